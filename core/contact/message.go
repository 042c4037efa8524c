package contact

import (
	"context"
	"encoding/json"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Templates of messages. Their texts are the message keys "mail.<template>.subject",
// "mail.<template>.text" and "sms.<template>".
const (
	TemplateCode           = "code"            // a one-time code
	TemplateLink           = "link"            // an e-mail with a link and a code
	TemplateApproved       = "approved"        // the account is active
	TemplateNeedsApplicant = "needs_applicant" // something is asked again
	TemplateRejected       = "rejected"
	TemplateExpired        = "expired"
	TemplateReturn         = "return"   // a link back to the application, asked for
	TemplateReminder       = "reminder" // the application expires soon; a link back to it
)

// Templates about the recovery of an account. TemplateRecovery goes to whoever
// asked and carries the one-time link; the others go to the account's contacts.
const (
	TemplateRecovery        = "recovery"
	TemplateRecoveryAsked   = "recovery_asked"
	TemplateRecoveryGranted = "recovery_granted"
	TemplateRecoveryRefused = "recovery_refused" // refused or given up: nothing has changed
	TemplateRecoveryDone    = "recovery_done"    // a new login password was set
)

// Templates to account holders.
const (
	TemplateSignIn  = "signin"  // a code to sign in with
	TemplateRights  = "rights"  // something was asked of those who hold the person's data, or answered; ParamEvent says what
	TemplateChanged = "changed" // something about how one signs in has changed; ParamEvent says what
)

// Parameters of message bodies.
const (
	ParamEvent   = "event"   // what has changed: the end of a key "security.event.…"
	ParamDevice  = "device"  // browser and system that did it; "" when unknown
	ParamAt      = "at"      // when, in milliseconds
	ParamUntil   = "until"   // in milliseconds: not sent any more from then on
	ParamCode    = "code"    // digits
	ParamToken   = "token"   // of a link; the sender makes the address of it
	ParamMinutes = "minutes" // how long code and link live
)

// Sealer seals a column of an applicant; core/vault implements it.
type Sealer interface {
	Seal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, plain []byte) ([]byte, error)
}

// Notice is a message to be sent.
type Notice struct {
	Tenant      kyc.TenantID
	Application kyc.ApplicationID
	Applicant   kyc.ApplicantID
	Challenge   kyc.ChallengeID // "" when it carries no code
	Channel     kyc.ContactKind
	Template    string
	Locale      kyc.Locale
	To          string            // canonical
	Params      map[string]string // personal or secret values only; the tenant's name is known when sending
	Charge      *kyc.Charge       // what was reserved for it
}

// Message makes the message and the writes that queue it for sending.
func (m *Maker) Message(ctx context.Context, n Notice, now time.Time) (kyc.Message, []kyc.Write, error) {
	body, err := json.Marshal(kyc.MessageBody{To: n.To, Params: n.Params, Charge: n.Charge})
	if err != nil {
		return kyc.Message{}, nil, kyc.Wrap(kyc.Internal, err, "encode a message body")
	}
	sealed, err := m.Sealer.Seal(ctx, n.Tenant, n.Applicant, kyc.SealedMessage, body)
	if err != nil {
		return kyc.Message{}, nil, err
	}
	msg := kyc.Message{
		Tenant: n.Tenant, ID: kyc.MessageID(m.IDs()), Application: n.Application, Applicant: n.Applicant,
		Challenge: n.Challenge, Channel: n.Channel, Template: n.Template, Locale: n.Locale,
		Sealed: sealed, State: kyc.MessageQueued, Created: kyc.At(now), Updated: kyc.At(now),
	}
	return msg, []kyc.Write{
		kyc.SaveMessage{Message: msg},
		kyc.Enqueue{Job: kyc.Job{Tenant: n.Tenant, Kind: kyc.JobSend, Ref: string(msg.ID)}},
	}, nil
}
