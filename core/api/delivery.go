package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
)

// SoughtRequest looks for applications.
type SoughtRequest struct {
	What   string `json:"what" minLength:"3" maxLength:"320" doc:"The number of an application, an e-mail address, or a phone number with its country code"`
	Why    string `json:"why,omitempty" enum:"compare_document,contact_applicant,suspected_fraud,legal_request,complaint" doc:"Needed for a contact; recorded with who asked and when. The contact is not"`
	Ticket string `json:"ticket,omitempty" maxLength:"40" doc:"Number of a ticket or file: letters, digits and ._/-; never a name"`
}

// FoundList is what a search found, newest first, at most 20.
type FoundList struct {
	Applications []FoundApplication `json:"applications"`
}

// FoundApplication is an application without anything personal.
type FoundApplication struct {
	ID        string `json:"id" format:"uuid"`
	Market    string `json:"market"`
	Title     string `json:"title" doc:"Of the market"`
	State     string `json:"state" enum:"open,submitted,verifying,in_review,needs_applicant,approved,activated,rejected,withdrawn,expired"`
	StateText string `json:"state_text"`
	Created   string `json:"created_at" format:"date-time"`
	Updated   string `json:"updated_at" format:"date-time"`
}

// Deliveries is what became of the messages of an application.
type Deliveries struct {
	Application FoundApplication `json:"application"`
	Case        string           `json:"case,omitempty" format:"uuid" doc:"If there is one that you may read"`
	MayRepeat   bool             `json:"may_repeat" doc:"You may have sent again what matters now"`
	Account     string           `json:"account_state,omitempty" enum:"active,frozen,erased" doc:"Of the account that it led to"`
	MayFreeze   bool             `json:"may_freeze" doc:"You may freeze that account"`
	Messages    []SentMessage    `json:"messages" doc:"Newest first, at most 20"`
}

// SentMessage is a message and what became of it.
type SentMessage struct {
	Channel     string `json:"channel" enum:"phone,email"`
	Kind        string `json:"kind" example:"link"`
	KindText    string `json:"kind_text"`
	To          string `json:"to,omitempty" doc:"Masked; absent once the person's data are erased"`
	State       string `json:"state" enum:"queued,sent,delivered,failed" doc:"sent: a messenger took it over; delivered: a receipt says so; failed: given up"`
	StateText   string `json:"state_text"`
	Failure     string `json:"failure,omitempty" doc:"Code of why it failed"`
	FailureText string `json:"failure_text,omitempty"`
	Messenger   string `json:"messenger,omitempty"`
	Attempts    int    `json:"attempts"`
	Created     string `json:"created_at" format:"date-time"`
	Updated     string `json:"updated_at" format:"date-time" doc:"When it came into this state"`
}

func (d *Door) seekDeliveries(c *fiber.Ctx, who caller, in SoughtRequest) (FoundList, error) {
	found, err := d.Desk.FindDeliveries(c.UserContext(), who.desk, review.Sought{What: in.What, Why: in.Why, Ticket: in.Ticket})
	if err != nil {
		return FoundList{}, err
	}
	out := FoundList{Applications: []FoundApplication{}}
	for _, f := range found {
		out.Applications = append(out.Applications, foundApplication(d.Printer(who.locale), f))
	}
	return out, nil
}

func foundApplication(p *locales.Printer, f review.Found) FoundApplication {
	return FoundApplication{ID: string(f.ID), Market: string(f.Market), Title: words.Label(p, f.Title, string(f.Market)), State: string(f.State),
		StateText: p.T("admin.app.state." + string(f.State)), Created: stamp(f.Created), Updated: stamp(f.Updated)}
}

func (d *Door) deliveries(c *fiber.Ctx, who caller, _ none) (Deliveries, error) {
	return d.delivered(c, who, nil)
}

func (d *Door) repeatMessage(c *fiber.Ctx, who caller, _ none) (Deliveries, error) {
	return d.delivered(c, who, d.Desk.RepeatMessage(c.UserContext(), who.desk, kyc.ApplicationID(c.Params("application"))))
}

// FreezingRequest freezes an account on its holder's word.
type FreezingRequest struct {
	Why    string `json:"why" enum:"phone_lost,not_me,suspected_fraud" doc:"Recorded with who asked and when"`
	Ticket string `json:"ticket,omitempty" maxLength:"40" doc:"Number of a ticket or file: letters, digits and ._/-; never a name"`
}

func (d *Door) freezeFor(c *fiber.Ctx, who caller, in FreezingRequest) (Deliveries, error) {
	return d.delivered(c, who, d.Desk.FreezeAccount(c.UserContext(), who.desk, kyc.ApplicationID(c.Params("application")), review.Freezing{Why: in.Why, Ticket: in.Ticket}))
}

// delivered answers how messages stand, after whatever was done.
func (d *Door) delivered(c *fiber.Ctx, who caller, err error) (Deliveries, error) {
	if err != nil {
		return Deliveries{}, err
	}
	v, err := d.Desk.Deliveries(c.UserContext(), who.desk, kyc.ApplicationID(c.Params("application")))
	if err != nil {
		return Deliveries{}, err
	}
	p := d.Printer(who.locale)
	out := Deliveries{Application: foundApplication(p, v.Found), Case: string(v.Case), MayRepeat: v.Repeat, Account: v.Account.State, MayFreeze: v.Freeze, Messages: []SentMessage{}}
	for _, m := range v.Messages {
		x := SentMessage{Channel: string(m.Channel), Kind: m.Template, KindText: words.Label(p, "admin.template."+m.Template, m.Template), To: m.To,
			State: string(m.State), StateText: p.T("admin.sent.state." + string(m.State)), Failure: m.Failure, Messenger: m.Messenger,
			Attempts: m.Attempts, Created: stamp(m.Created), Updated: stamp(m.Updated)}
		if m.Failure != "" {
			x.FailureText = words.Failure(p, m.Failure)
		}
		out.Messages = append(out.Messages, x)
	}
	return out, nil
}
