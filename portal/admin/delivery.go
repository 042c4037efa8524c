package admin

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/portal/web"
)

// soughtData is the page on which staff look for applications by number or
// contact. What was typed is shown again, to whoever typed it alone.
type soughtData struct {
	Bar     bar
	Reasons []string
	Sought  review.Sought
	Asked   bool
	Found   []foundRow
	Problem string // message key
}

// Wrong tells whether the search has just been refused.
func (s soughtData) Wrong() bool { return s.Problem != "" }

type foundRow struct {
	ID, Short, Market, State string
	Created, Updated         moment
}

// deliveryData is the page of the messages of one application.
type deliveryData struct {
	Bar     bar
	App     foundRow
	Case    string
	Repeat  bool
	Account string // state: active, frozen, erased; "" for none
	Freeze  bool
	Reasons []string
	Rows    []deliveredRow
	Problem string
}

// Wrong tells whether a wish has just been refused.
func (s deliveryData) Wrong() bool { return s.Problem != "" }

type deliveredRow struct {
	sentRow
	To, Messenger, Why, Attempts string
	Created                      moment
}

func (d *Door) foundRow(c *fiber.Ctx, f review.Found) foundRow {
	k := clockwork{d.Renderer.Clock(), web.VisitOf(c).Printer}
	return foundRow{ID: string(f.ID), Short: short(string(f.ID)), Market: words.Label(k.p, f.Title, string(f.Market)), State: string(f.State),
		Created: k.at(f.Created), Updated: k.at(f.Updated)}
}

// failure says why a message was not delivered; "" for no code.
func failure(p *locales.Printer, code string) string {
	if code == "" {
		return ""
	}
	return words.Failure(p, code)
}

func (d *Door) seek(c *fiber.Ctx) error {
	return d.Renderer.Page(c, fiber.StatusOK, "admin/deliveries", soughtData{Bar: d.bar(c, "deliveries"), Reasons: review.RevealReasons()})
}

// found answers a search. It is a form that is sent, so that no address keeps
// whom somebody looked for.
func (d *Door) found(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	page := soughtData{Bar: d.bar(c, "deliveries"), Reasons: review.RevealReasons(), Asked: true,
		Sought: review.Sought{What: strings.TrimSpace(c.FormValue("what")), Why: c.FormValue("why"), Ticket: strings.TrimSpace(c.FormValue("ticket"))}}
	status := fiber.StatusOK
	list, err := d.Desk.FindDeliveries(c.UserContext(), w, page.Sought)
	if err != nil {
		var ok bool
		if page.Problem, status, ok = mendable(err); !ok {
			return err
		}
		page.Asked = false
	}
	for _, f := range list {
		page.Found = append(page.Found, d.foundRow(c, f))
	}
	return d.Renderer.Page(c, status, "admin/deliveries", page)
}

func (d *Door) delivery(c *fiber.Ctx) error { return d.deliveryPage(c, fiber.StatusOK, "") }

func (d *Door) deliveryPage(c *fiber.Ctx, status int, problem string) error {
	w, _ := whoOf(c)
	v, err := d.Desk.Deliveries(c.UserContext(), w, kyc.ApplicationID(c.Params("application")))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	page := deliveryData{Bar: d.bar(c, "deliveries"), App: d.foundRow(c, v.Found), Case: string(v.Case), Repeat: v.Repeat, Problem: problem,
		Account: v.Account.State, Freeze: v.Freeze, Reasons: review.FreezeReasons()}
	for _, m := range v.Messages {
		row := deliveredRow{sentRow: sentRow{Channel: string(m.Channel), Template: words.Label(p, "admin.template."+m.Template, m.Template),
			State: string(m.State), Failure: m.Failure, At: k.at(m.Updated)}, To: m.To, Messenger: m.Messenger, Attempts: p.Number(int64(m.Attempts)), Created: k.at(m.Created)}
		row.Why = failure(p, m.Failure)
		page.Rows = append(page.Rows, row)
	}
	return d.Renderer.Page(c, status, "admin/delivery", page)
}

func (d *Door) repeatMessage(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	id := c.Params("application")
	if err := d.Desk.RepeatMessage(c.UserContext(), w, kyc.ApplicationID(id)); err != nil {
		key, status, ok := mendable(err)
		var e *kyc.Error
		if !ok && errors.As(err, &e) && e.Code == kyc.Limited && e.Key != "" { // the countdown, five an hour
			key, status, ok = e.Key, fiber.StatusTooManyRequests, true
		}
		if !ok {
			return err
		}
		return d.deliveryPage(c, status, key)
	}
	return seeOther(c, "/deliveries/"+id)
}

// freezeAccount freezes the account that the application led to, on its holder's word.
func (d *Door) freezeAccount(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	id := c.Params("application")
	err := d.Desk.FreezeAccount(c.UserContext(), w, kyc.ApplicationID(id), review.Freezing{Why: c.FormValue("why"), Ticket: strings.TrimSpace(c.FormValue("ticket"))})
	if err != nil {
		key, status, ok := mendable(err)
		if !ok {
			return err
		}
		return d.deliveryPage(c, status, key)
	}
	return seeOther(c, "/deliveries/"+id)
}
