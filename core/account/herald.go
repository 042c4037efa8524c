package account

import (
	"context"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Events that the contacts of an account are told of: the ends of the message keys
// "security.event.<event>".
const (
	NewDevice       = "new_device"       // somebody signed in on a device not seen before
	PasswordChanged = "password_changed" // the login password
	PaymentChanged  = "payment_changed"  // the payment password
	AnswersChanged  = "answers_changed"  // the security questions
	PasskeyAdded    = "passkey_added"
	PasskeyRemoved  = "passkey_removed"
	ContactChanged  = "contact_changed"
	SessionsEnded   = "sessions_ended" // others than the one that asked
	Frozen          = "frozen"         // nobody signs in or pays any more
)

// Events lists all of them.
func Events() []string {
	return []string{NewDevice, PasswordChanged, PaymentChanged, AnswersChanged, PasskeyAdded, PasskeyRemoved, ContactChanged, SessionsEnded, Frozen}
}

// Events of what people ask of those who hold their data; also ends of the message
// keys "security.event.<event>".
const (
	ExportAsked    = "export_asked"
	ExportReady    = "export_ready"
	ErasureAsked   = "erasure_asked"
	ErasureUndone  = "erasure_undone"
	ErasureGranted = "erasure_granted" // it will be carried out
	ErasureRefused = "erasure_refused"
)

// RightsEvents lists all of them.
func RightsEvents() []string {
	return []string{ExportAsked, ExportReady, ErasureAsked, ErasureUndone, ErasureGranted, ErasureRefused}
}

// Contacts are what a Herald reads.
type Contacts interface {
	AccountIdentifiers(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Identifier, error)
}

// Herald tells every contact of an account what has changed in how one signs in.
type Herald struct {
	Store  Contacts
	Names  Opener
	Codes  *contact.Maker
	Warden *contact.Warden
}

// Tell is the change that writes to all contacts of an account, each with a link that
// freezes it. device is what did
// it, as its owner knows it; "" when unknown. What the messages cost is counted and
// never a reason not to send them.
func (h *Herald) Tell(ctx context.Context, a kyc.Account, event, device string, now time.Time) (kyc.Change, error) {
	return h.tell(ctx, a, contact.TemplateChanged, event, device, now)
}

// Rights is Tell about what was asked of those who hold the person's data.
func (h *Herald) Rights(ctx context.Context, a kyc.Account, event, device string, now time.Time) (kyc.Change, error) {
	return h.tell(ctx, a, contact.TemplateRights, event, device, now)
}

func (h *Herald) tell(ctx context.Context, a kyc.Account, template, event, device string, now time.Time) (kyc.Change, error) {
	contacts, err := h.Store.AccountIdentifiers(ctx, a.Tenant, a.ID)
	if err != nil {
		return nil, err
	}
	var change kyc.Change
	for _, id := range contacts {
		if id.Kind != string(kyc.Phone) && id.Kind != string(kyc.Email) {
			continue
		}
		to, err := h.Names.Contact(ctx, id)
		if err != nil {
			return nil, err
		}
		permit, err := h.Warden.Notice(ctx, Sending(id, to), now)
		if err != nil {
			return nil, err
		}
		params := map[string]string{contact.ParamEvent: event, contact.ParamDevice: device, contact.ParamAt: strconv.FormatInt(int64(kyc.At(now)), 10)}
		if template == contact.TemplateChanged { // the others lead to a page, not to a link of one's own
			token, link, err := h.Codes.FreezeLink(a, id, now)
			if err != nil {
				return nil, err
			}
			params[contact.ParamToken], change = token, append(change, link)
		}
		_, writes, err := h.Codes.Message(ctx, contact.Notice{Tenant: a.Tenant, Application: a.Application, Applicant: a.Applicant,
			Channel: kyc.ContactKind(id.Kind), Template: template, Locale: a.Locale, To: to, Charge: permit.Charge, Params: params}, now)
		if err != nil {
			return nil, err
		}
		change = append(append(change, permit.Writes...), writes...)
	}
	return change, nil
}

// Sending is a message to a contact of an account, as the budgets see it.
func Sending(id kyc.Identifier, to string) contact.Sending {
	s := contact.Sending{Tenant: id.Tenant, Channel: kyc.ContactKind(id.Kind), To: to, Contact: id.Index}
	if phone, _, ok := contact.ParsePhone(to, "", nil); ok && s.Channel == kyc.Phone {
		s.Country = phone.Region
	}
	return s
}
