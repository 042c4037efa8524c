package review

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// searchesPerHour bounds how often one member of the staff looks for people.
const searchesPerHour = 60

// mostFound is how many applications a search lists, newest first.
const mostFound = 20

// Sought is a search for applications, cases or none.
type Sought struct {
	What   string // the number of an application, an e-mail address, or a phone number with its country code
	Why    string // one of RevealReasons, for a contact: that it is found tells something
	Ticket string // number of a ticket or file, optional; letters, digits and ._/-
}

// Found is an application in a list of them, without anything personal.
type Found struct {
	kyc.Application
	Title string // message key of the market
}

// Deliveries is what became of the messages of one application.
type Deliveries struct {
	Found
	Case     kyc.CaseID // "" when there is none
	Messages []Delivered
	Repeat   bool        // one may have the newest sent again
	Account  kyc.Account // that it led to; the zero value for none
	Freeze   bool        // one may freeze it
}

// Delivered is a message as it stands; To is masked, "" when it is not known any
// more: what was sent is not kept, and nothing is of a person who was erased.
type Delivered struct {
	kyc.Message
	To string
}

// MessageStore is what is read to find people who wait for a message.
type MessageStore interface {
	// ApplicationsByContact lists applications that ever claimed a contact, newest first.
	ApplicationsByContact(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, limit int) ([]kyc.ApplicationID, error)
	Challenge(ctx context.Context, tenant kyc.TenantID, id kyc.ChallengeID) (kyc.Challenge, error)
}

var applicationNumber = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// FindDeliveries finds applications by number or contact. The search is a line of the
// record, with its reason and without the contact. Invalid ("error.sought",
// "error.reveal_reason"), Limited past the budget.
func (d *Desk) FindDeliveries(ctx context.Context, w Who, s Sought) ([]Found, error) {
	if err := d.may(w, policies.MessageRead); err != nil {
		return nil, err
	}
	if s.Ticket != "" && !audit.Ticket(s.Ticket) {
		return nil, kyc.EKey(kyc.Invalid, "error.reveal_ticket", "ticket is not a number of letters, digits and ._/-")
	}
	by, ids, err := d.seek(ctx, w, s)
	if err != nil {
		return nil, err
	}
	var list []Found
	for _, id := range ids {
		app, err := d.Store.Application(ctx, w.Tenant, id)
		if errors.Is(err, kyc.E(kyc.NotFound, "")) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d.foundOf(ctx, app))
	}
	now, hour := kyc.At(d.Clock()), kyc.Millis(time.Hour.Milliseconds())
	return list, d.Store.Commit(ctx, w.Tenant, kyc.Change{
		kyc.TakeBudget{Tenant: w.Tenant, Key: "find:" + string(w.Staff.ID), Start: now - now%hour, Window: time.Hour, Limit: searchesPerHour},
		audit.Line(d.Clock, d.IDs, w.Tenant, audit.Staff(w.Staff.ID), audit.MessagesSought, "tenant", string(w.Tenant),
			"by", by, "found", strconv.Itoa(len(list)), "why", s.Why, "ticket", s.Ticket)})
}

// seek tells by what is sought, and what is there.
func (d *Desk) seek(ctx context.Context, w Who, s Sought) (by string, ids []kyc.ApplicationID, err error) {
	what := strings.TrimSpace(s.What)
	if id := strings.ToLower(what); applicationNumber.MatchString(id) {
		return "number", []kyc.ApplicationID{kyc.ApplicationID(id)}, nil
	}
	kind, canonical := kyc.Phone, ""
	if strings.Contains(what, "@") || strings.Contains(what, "＠") {
		kind = kyc.Email
		canonical, _, _ = contact.ParseEmail(what)
	} else if phone, _, ok := contact.ParsePhone(what, "", nil); ok {
		canonical = phone.E164
	}
	if canonical == "" {
		return "", nil, kyc.EKey(kyc.Invalid, "error.sought", "neither a number of an application nor a contact")
	}
	if !slices.Contains(revealReasons, s.Why) {
		return "", nil, kyc.EKey(kyc.Invalid, "error.reveal_reason", "unknown reason for looking for a contact")
	}
	index, err := contact.IndexContact(ctx, d.Vault, w.Tenant, kind, canonical)
	if err != nil {
		return "", nil, err
	}
	ids, err = d.Store.ApplicationsByContact(ctx, w.Tenant, string(kind), index, mostFound)
	return string(kind), ids, err
}

func (d *Desk) foundOf(ctx context.Context, app kyc.Application) Found {
	f := Found{Application: app}
	if flow, err := d.Flows.Flow(ctx, app.Market, app.Provider); err == nil {
		f.Title = flow.Title // without it the market is shown by its id
	}
	return f
}

// Deliveries tells what became of the messages of an application, newest first.
func (d *Desk) Deliveries(ctx context.Context, w Who, id kyc.ApplicationID) (Deliveries, error) {
	if err := d.may(w, policies.MessageRead); err != nil {
		return Deliveries{}, err
	}
	app, err := d.Store.Application(ctx, w.Tenant, id)
	if err != nil {
		return Deliveries{}, err
	}
	out := Deliveries{Found: d.foundOf(ctx, app)}
	c, err := d.Store.CaseOfApplication(ctx, w.Tenant, id)
	switch {
	case errors.Is(err, kyc.E(kyc.NotFound, "")):
	case err != nil:
		return out, err
	case d.mayCase(w, c, policies.CaseRead) == nil:
		out.Case = c.ID
	}
	out.Repeat = d.mayRepeat(ctx, w, id) == nil
	out.Account, err = d.Store.AccountOfApplication(ctx, w.Tenant, id)
	if err != nil && !errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return out, err
	}
	out.Freeze = out.Account.State == kyc.AccountActive && d.mayFreeze(ctx, w, out.Account) == nil
	messages, err := d.Store.Messages(ctx, w.Tenant, id, mostFound)
	if err != nil {
		return out, err
	}
	contacts, err := d.Store.Identifiers(ctx, w.Tenant, id)
	for _, m := range messages {
		out.Messages = append(out.Messages, Delivered{Message: m, To: d.addressOf(ctx, m, contacts)})
	}
	return out, err
}

// addressOf is where a message went, masked: as it says itself while it waits, then
// the contact that its code is about.
func (d *Desk) addressOf(ctx context.Context, m kyc.Message, contacts []kyc.Identifier) string {
	var body kyc.MessageBody
	if plain, err := d.Vault.Unseal(ctx, m.Tenant, m.Applicant, kyc.SealedMessage, m.Sealed); err == nil && json.Unmarshal(plain, &body) == nil {
		return contact.Mask(m.Channel, body.To)
	}
	if m.Challenge == "" {
		return ""
	}
	c, err := d.Store.Challenge(ctx, m.Tenant, m.Challenge)
	if err != nil {
		return ""
	}
	for _, id := range contacts {
		if id.ID != c.Identifier {
			continue
		}
		if to, err := d.Vault.Unseal(ctx, m.Tenant, m.Applicant, kyc.SealedIdentifier, id.Sealed); err == nil {
			return contact.Mask(m.Channel, string(to))
		}
	}
	return ""
}

// RepeatMessage sends an applicant once more what matters now, see
// Messages.SendAgain. Where there is a case, who may not claim it may not do this.
func (d *Desk) RepeatMessage(ctx context.Context, w Who, id kyc.ApplicationID) error {
	if err := d.mayRepeat(ctx, w, id); err != nil {
		return err
	}
	if _, err := d.Store.Application(ctx, w.Tenant, id); err != nil {
		return err
	}
	return d.Messages.SendAgain(ctx, w.Tenant, id, w.Staff.ID)
}

func (d *Desk) mayRepeat(ctx context.Context, w Who, id kyc.ApplicationID) error {
	if err := d.may(w, policies.MessageRepeat); err != nil {
		return err
	}
	c, err := d.Store.CaseOfApplication(ctx, w.Tenant, id)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.mayCase(w, c, policies.CaseClaim)
}
