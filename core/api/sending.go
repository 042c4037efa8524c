package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/review"
)

// SendingState is how the budgets of messages stand today (UTC). It tells of nobody.
type SendingState struct {
	Currency string          `json:"currency" doc:"ISO 4217"`
	Ends     string          `json:"ends_at" format:"date-time" doc:"When the day is over and the sums begin anew"`
	Total    SendingBudget   `json:"total"`
	Budgets  []SendingBudget `json:"budgets" doc:"By channel and region, of what was used today"`
	Counts   []SendingCount  `json:"counts" doc:"Messages of the running hour, of the tenant and by country: the 200 busiest"`
	Prefixes []SendingPrefix `json:"prefixes" doc:"Beginnings of numbers of which too few codes come back, at most 200"`
}

// SendingBudget is a sum of money in a day.
type SendingBudget struct {
	What     string `json:"what" doc:"Names it when it is to be re-opened" example:"money.phone.CN"`
	Channel  string `json:"channel,omitempty" enum:"phone,email" doc:"Absent: of everything"`
	Region   string `json:"region,omitempty" doc:"ISO 3166-1 alpha-2, of text messages"`
	Used     int64  `json:"used_thousandths" doc:"In thousandths of the currency's minor unit"`
	Limit    int64  `json:"limit_thousandths"`
	Released int64  `json:"released" doc:"How often a person re-opened it today"`
	Mode     string `json:"mode" enum:"free,human,later" doc:"human: a human test is asked before each message; later: nothing is sent today"`
}

// SendingCount is a budget by count. Nobody re-opens it.
type SendingCount struct {
	Channel string `json:"channel" enum:"phone,email"`
	Region  string `json:"region,omitempty" doc:"ISO 3166-1 alpha-2, of text messages; absent: all of the tenant on the channel"`
	Used    int64  `json:"used" doc:"Messages"`
	Limit   int64  `json:"limit"`
	Begins  string `json:"begins_at" format:"date-time"`
	Ends    string `json:"ends_at" format:"date-time" doc:"When it counts from nought again"`
	Mode    string `json:"mode" enum:"free,later" doc:"later: nothing is sent until then"`
}

// SendingPrefix is the standing of the numbers that begin alike.
type SendingPrefix struct {
	What     string `json:"what" doc:"Names it when it is to be re-opened" example:"prefix.+8613800"`
	Prefix   string `json:"prefix" example:"+8613800"`
	Sent     int64  `json:"sent" doc:"Codes sent in the last hours, but for the last minutes"`
	Verified int64  `json:"verified" doc:"Codes that came back"`
	Mode     string `json:"mode" enum:"human,later"`
	Until    string `json:"until,omitempty" format:"date-time" doc:"A closed one stays so until then at least"`
}

// ReleaseRequest re-opens a budget or a prefix.
type ReleaseRequest struct {
	What   string `json:"what" minLength:"5" maxLength:"40" doc:"As the state names it"`
	Why    string `json:"why" enum:"expected_rush,examined,vendor_trouble" doc:"Recorded with who asked and when"`
	Ticket string `json:"ticket,omitempty" maxLength:"40" doc:"Number of a ticket or file: letters, digits and ._/-; never a name"`
}

func (d *Door) sendingState(c *fiber.Ctx, who caller, _ none) (SendingState, error) {
	s, err := d.Desk.SendingState(c.UserContext(), who.desk)
	if err != nil {
		return SendingState{}, err
	}
	out := SendingState{Currency: s.Currency, Ends: stamp(s.Ends), Total: sendingBudget(s.Total), Budgets: []SendingBudget{}, Counts: []SendingCount{}, Prefixes: []SendingPrefix{}}
	for _, b := range s.Spent {
		out.Budgets = append(out.Budgets, sendingBudget(b))
	}
	for _, n := range s.Counted {
		out.Counts = append(out.Counts, SendingCount{Channel: string(n.Channel), Region: n.Region, Used: n.Used, Limit: n.Limit,
			Begins: stamp(n.Begins), Ends: stamp(n.Ends), Mode: string(n.Mode)})
	}
	for _, p := range s.Prefixes {
		x := SendingPrefix{What: "prefix." + p.Prefix, Prefix: p.Prefix, Sent: p.Sent, Verified: p.Verified, Mode: string(p.Mode)}
		if p.Until > 0 {
			x.Until = stamp(p.Until)
		}
		out.Prefixes = append(out.Prefixes, x)
	}
	return out, nil
}

func sendingBudget(s contact.Spent) SendingBudget {
	return SendingBudget{What: s.What, Channel: string(s.Channel), Region: s.Region, Used: s.Used, Limit: s.Limit, Released: s.Released, Mode: string(s.Mode)}
}

func (d *Door) releaseSending(c *fiber.Ctx, who caller, in ReleaseRequest) (SendingState, error) {
	if err := d.Desk.ReleaseSending(c.UserContext(), who.desk, review.Release{What: in.What, Why: in.Why, Ticket: in.Ticket}); err != nil {
		return SendingState{}, err
	}
	return d.sendingState(c, who, none{})
}
