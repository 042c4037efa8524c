package admin

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

type providersData struct {
	Bar  bar
	Rows []providerRow

	Manage  bool     // who looks decides what runs
	Resting []string // installed, and nobody said that they shall run
}

type providerRow struct {
	review.Provider
	Kinds []string
	Up    bool
	Count string // of restarts
	At    moment
}

func (d *Door) providers(c *fiber.Ctx) error {
	printer := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), printer}
	data := providersData{Bar: d.bar(c, "providers")}
	w, _ := whoOf(c)
	states, err := d.Desk.ProviderStates(c.UserContext(), w)
	if err != nil {
		return err
	}
	for _, p := range states {
		row := providerRow{Provider: p, Up: p.State == "ready", Count: printer.Number(int64(p.Restarts)), At: k.at(p.Since)}
		if p.Kind != "" {
			row.Kinds = strings.Split(p.Kind, ",")
		}
		data.Rows = append(data.Rows, row)
	}
	if data.Manage = d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.ProviderManage); data.Manage {
		if data.Resting, err = d.Rollouts.Resting(c.UserContext()); err != nil {
			return err
		}
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/providers", data)
}

// query encodes pairs of name and value, empty ones left out.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v.Encode()
}
