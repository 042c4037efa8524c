package admin

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// sendingData is the page of the budgets of messages.
type sendingData struct {
	Bar      bar
	Total    spentRow
	Spent    []spentRow
	Counted  []countedRow
	Prefixes []prefixRow
	Ends     moment
	Reasons  []string
	Release  bool   // one may re-open
	Problem  string // message key
}

// Wrong tells whether a wish has just been refused.
func (s sendingData) Wrong() bool { return s.Problem != "" }

type spentRow struct {
	contact.Spent
	Where string
	Used  string
	Limit string
	Times string // that it was re-opened today
}

// countedRow is a budget by count, which nobody re-opens.
type countedRow struct {
	contact.Counted
	Where string
	Used  string
	Limit string
	Ends  moment
}

type prefixRow struct {
	contact.Standing
	Sent     string
	Verified string
	Share    string // of codes that came back, in percent
	Until    moment
}

func (d *Door) sending(c *fiber.Ctx) error { return d.sendingPage(c, fiber.StatusOK, "") }

func (d *Door) sendingPage(c *fiber.Ctx, status int, problem string) error {
	w, _ := whoOf(c)
	state, err := d.Desk.SendingState(c.UserContext(), w)
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	data := sendingData{Bar: d.bar(c, "sending"), Total: spentOf(p, state.Currency, state.Total), Ends: k.at(state.Ends), Problem: problem,
		Reasons: review.ReleaseReasons(), Release: d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.SendingRelease)}
	for _, s := range state.Spent {
		data.Spent = append(data.Spent, spentOf(p, state.Currency, s))
	}
	for _, s := range state.Counted {
		row := countedRow{Counted: s, Where: p.T("admin.sending.all_" + string(s.Channel)), Used: p.Number(s.Used), Limit: p.Number(s.Limit), Ends: k.at(s.Ends)}
		if s.Region != "" {
			row.Where = p.Country(s.Region)
		}
		data.Counted = append(data.Counted, row)
	}
	for _, s := range state.Prefixes {
		data.Prefixes = append(data.Prefixes, prefixRow{Standing: s, Sent: p.Number(s.Sent), Verified: p.Number(s.Verified),
			Share: p.Number(s.Verified * 100 / max(s.Sent, 1)), Until: k.at(s.Until)})
	}
	return d.Renderer.Page(c, status, "admin/sending", data)
}

func spentOf(p *locales.Printer, currency string, s contact.Spent) spentRow {
	const milli = 1000 // amounts are counted in thousandths of what is shown
	row := spentRow{Spent: s, Used: p.Money((s.Used+milli-1)/milli, currency), Limit: p.Money(s.Limit/milli, currency)}
	if s.Released > 0 {
		row.Times = p.Number(s.Released)
	}
	switch {
	case s.Region != "":
		row.Where = p.Country(s.Region)
	case s.Channel == kyc.Email:
		row.Where = p.T("admin.sending.email")
	default:
		row.Where = p.T("admin.sending.all")
	}
	return row
}

// release re-opens a budget or a prefix.
func (d *Door) releaseSending(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	wish := review.Release{What: c.FormValue("what"), Why: c.FormValue("why"), Ticket: strings.TrimSpace(c.FormValue("ticket"))}
	err := d.Desk.ReleaseSending(c.UserContext(), w, wish)
	var e *kyc.Error
	if errors.As(err, &e) && e.Key != "" && (e.Code == kyc.Invalid || e.Code == kyc.Limited) {
		return d.sendingPage(c, fiber.StatusUnprocessableEntity, e.Key)
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/sending")
}
