package admin

import (
	"context"
	"io"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// Rollouts is what the operator of the platform sees and does about providers;
// *rollout.Board says what each answers.
type Rollouts interface {
	View(ctx context.Context, provider string) (*rollout.View, error)
	Resting(ctx context.Context) ([]string, error)
	Enable(ctx context.Context, a rollout.Act, provider, version string) (kyc.Rollout, error)
	Disable(ctx context.Context, a rollout.Act, provider string) (kyc.Rollout, error)
	Rollback(ctx context.Context, a rollout.Act, provider string) (kyc.Rollout, error)
	Prove(ctx context.Context, provider, version string, w rollout.Wanted) (rollout.Proof, error)
	Upgrade(ctx context.Context, a rollout.Act, u rollout.Upgrade) (kyc.Rollout, rollout.Proof, error)
	Remove(ctx context.Context, a rollout.Act, provider, version string) error
	Install(ctx context.Context, a rollout.Act, contentType string, body io.Reader, verify func(name, value string) error) (rollout.Announced, error)
}

// maxRehearsed bounds the recorded applications that one request asks about: the
// command line has the time for more.
const maxRehearsed = 500

func (d *Door) rolloutRoutes(base string) []policies.Route[fiber.Handler] {
	one := base + "/providers/:provider"
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/install", Needs: policies.ProviderManage, Handle: d.installForm, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/install", Needs: policies.ProviderManage, Handle: d.install, Fresh: true, Streams: true},
		{Method: fiber.MethodGet, Path: one, Needs: policies.ProviderManage, Handle: d.provider},
		{Method: fiber.MethodPost, Path: one + "/enable", Needs: policies.ProviderManage, Handle: d.enableProvider, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/disable", Needs: policies.ProviderManage, Handle: d.disableProvider, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/rollback", Needs: policies.ProviderManage, Handle: d.rollbackProvider, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/upgrade", Needs: policies.ProviderManage, Handle: d.upgradeProvider, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/remove", Needs: policies.ProviderManage, Handle: d.removeProvider, Fresh: true},
	}
}

// providerData is the page of one provider.
type providerData struct {
	Bar       bar
	Name      string
	Now       kyc.Rollout
	Share     string
	Back      bool // there is something to go back to
	Choices   []versionChoice
	Nodes     []nodeRow
	History   []changeRow
	Lines     []lineRow
	Form      upgradeForm
	Proof     *proofData
	Problem   string // message key
	Installed []installedRow
	Moved     string // applications that the upgrade just made has moved; "" for none
}

// Wrong makes the title begin with "Error:".
func (p providerData) Wrong() bool { return p.Problem != "" }

type versionChoice struct {
	Value    string
	Selected bool
}

type installedRow struct {
	rollout.Installed
	Moment moment
	Idle   bool // it may be removed, as far as what runs goes
}

type nodeRow struct {
	rollout.NodeView
	Up          bool
	At          moment
	Generations []generationRow
}

type generationRow struct {
	rollout.Generation
	Up            bool
	Calls, Faults string
}

type changeRow struct {
	kyc.Rollout
	At moment
	By string
}

type lineRow struct {
	rollout.NodeLine
	At moment
}

type upgradeForm struct {
	Version, Share, Applications, Why string
	Force                             bool
}

// proofData is what was found about a version.
type proofData struct {
	rollout.Proof
	Vectors, Failed, Applications, Steps, Decisions, Findings, Unreadable, More string
	Moved                                                                       string // "" for none
}

func (d *Door) provider(c *fiber.Ctx) error {
	return d.providerPage(c, fiber.StatusOK, upgradeForm{Applications: "100"}, nil, "")
}

func (d *Door) providerPage(c *fiber.Ctx, status int, f upgradeForm, proof *rollout.Proof, problem string) error {
	v, err := d.Rollouts.View(c.UserContext(), c.Params("provider"))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	data := providerData{Bar: d.bar(c, "providers"), Name: v.Now.Provider, Now: v.Now, Share: p.Number(v.Now.Share), Form: f, Problem: problem,
		Back: !v.Now.Off && (v.Now.Canary != "" || v.Now.Warm != "")}
	other := func(version string) bool { return v.Now.Off || version != v.Now.Version }
	if v.Shipped && other(kyc.ShippedVersion) {
		data.Choices = append(data.Choices, versionChoice{kyc.ShippedVersion, f.Version == kyc.ShippedVersion})
	}
	for _, i := range v.Installed {
		idle := v.Now.Off || i.Version != v.Now.Version && i.Version != v.Now.Canary && i.Version != v.Now.Warm
		data.Installed = append(data.Installed, installedRow{i, k.at(i.At), idle})
		if i.Trouble == "" && other(i.Version) {
			data.Choices = append(data.Choices, versionChoice{i.Version, f.Version == i.Version})
		}
	}
	for _, n := range v.Nodes {
		row := nodeRow{NodeView: n, Up: n.Provider.State == "ready" && !n.Silent, At: k.at(n.At)}
		for _, g := range n.Provider.Generations {
			row.Generations = append(row.Generations, generationRow{g, g.State == "ready", p.Number(g.Calls), p.Number(g.Faults)})
		}
		data.Nodes = append(data.Nodes, row)
	}
	for _, r := range v.History {
		data.History = append(data.History, changeRow{Rollout: r.Rollout, At: k.at(r.At), By: whoDid(p, r)})
	}
	for _, l := range v.Lines {
		data.Lines = append(data.Lines, lineRow{l, k.at(l.At)})
	}
	if moved, ok := number(c.Query("moved"), 0, 1<<31-1); ok && moved > 0 && proof == nil {
		data.Moved = p.Number(int64(moved))
	}
	if proof != nil && proof.To != "" {
		r := proof.Rehearsal
		n := func(i int) string { return p.Number(int64(i)) }
		data.Proof = &proofData{Proof: *proof, Vectors: n(proof.Vectors), Failed: n(len(proof.Failed)), Applications: n(r.Applications), Steps: n(r.Steps),
			Decisions: n(len(r.Decisions)), Findings: n(len(r.Findings) + r.More), Unreadable: n(r.Unreadable), More: n(r.More)}
		if proof.Moved > 0 {
			data.Proof.Moved = p.Number(proof.Moved)
		}
	}
	return d.Renderer.Page(c, status, "admin/provider", data)
}

// whoDid names who made a change: staff by their names, commands and nodes by
// what they are.
func whoDid(p *locales.Printer, r rollout.ChangeView) string {
	if r.By != "" {
		return r.By
	}
	return words.Label(p, "admin.provider.by."+r.ByID, r.ByID)
}

// acts is who does something and why.
func acts(c *fiber.Ctx) rollout.Act {
	w, _ := whoOf(c)
	return rollout.Act{By: audit.Staff(w.Staff.ID), Why: c.FormValue("why")}
}

// did leads back to the page, or shows it with what stood against it.
func (d *Door) did(c *fiber.Ctx, f upgradeForm, proof *rollout.Proof, err error) error {
	code := kyc.CodeOf(err)
	switch {
	case err == nil:
		return seeOther(c, "/providers/"+c.Params("provider"))
	case keyOf(err) != "" && (code == kyc.Conflict || code == kyc.Invalid):
		return d.providerPage(c, web.StatusOf(err), f, proof, keyOf(err))
	case code == kyc.Conflict || code == kyc.Invalid || code == kyc.Unavailable || code == kyc.Forbidden || code == kyc.NotFound && c.FormValue("version") != "":
		return d.providerPage(c, web.StatusOf(err), f, proof, "error.rollout_start")
	}
	return err
}

func (d *Door) enableProvider(c *fiber.Ctx) error {
	_, err := d.Rollouts.Enable(c.UserContext(), acts(c), c.Params("provider"), c.FormValue("version"))
	return d.did(c, readUpgrade(c), nil, err)
}

func (d *Door) disableProvider(c *fiber.Ctx) error {
	_, err := d.Rollouts.Disable(c.UserContext(), acts(c), c.Params("provider"))
	return d.did(c, readUpgrade(c), nil, err)
}

func (d *Door) rollbackProvider(c *fiber.Ctx) error {
	_, err := d.Rollouts.Rollback(c.UserContext(), acts(c), c.Params("provider"))
	return d.did(c, readUpgrade(c), nil, err)
}

func (d *Door) removeProvider(c *fiber.Ctx) error {
	err := d.Rollouts.Remove(c.UserContext(), acts(c), c.Params("provider"), c.FormValue("version"))
	return d.did(c, upgradeForm{}, nil, err)
}

func readUpgrade(c *fiber.Ctx) upgradeForm {
	return upgradeForm{Version: c.FormValue("version"), Share: c.FormValue("share"), Applications: c.FormValue("applications"),
		Why: c.FormValue("why"), Force: c.FormValue("force") != ""}
}

// upgradeProvider tries a version and, unless that was all that was asked for,
// puts it in force.
func (d *Door) upgradeProvider(c *fiber.Ctx) error {
	f := readUpgrade(c)
	share, ok := number(f.Share, 0, 99)
	applications, fine := number(f.Applications, 0, maxRehearsed)
	if !ok || !fine {
		return d.providerPage(c, fiber.StatusUnprocessableEntity, f, nil, "error.rollout_share")
	}
	wanted := rollout.Wanted{Applications: applications, Share: share}
	if c.FormValue("try") != "" {
		proof, err := d.Rollouts.Prove(c.UserContext(), c.Params("provider"), f.Version, wanted)
		if err == nil {
			return d.providerPage(c, fiber.StatusOK, f, &proof, "")
		}
		return d.did(c, f, &proof, err)
	}
	_, proof, err := d.Rollouts.Upgrade(c.UserContext(), acts(c), rollout.Upgrade{Provider: c.Params("provider"), Version: f.Version, Share: share, Force: f.Force, Wanted: wanted})
	if err == nil && proof.Moved > 0 {
		return seeOther(c, "/providers/"+c.Params("provider")+"?moved="+strconv.FormatInt(proof.Moved, 10))
	}
	return d.did(c, f, &proof, err)
}

// number reads a whole number within bounds; "" is the lowest.
func number(text string, low, high int) (int, bool) {
	if text == "" {
		return low, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= low && n <= high
}
