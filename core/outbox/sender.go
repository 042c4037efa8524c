package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// SendAttempts is how often a message is tried before it is given up; with the
// queue's pauses this takes about an hour.
const SendAttempts = 12

// askAgain is after how many tries of a message those messengers get it that
// surely have not sent it, though one that keeps silent may have.
const askAgain = 3

// sendTimeout bounds one try.
const sendTimeout = 30 * time.Second

// Why a message failed for good, when it is not the messenger's own code.
const (
	FailExpired   = "expired"   // its code was no longer good
	FailErased    = "erased"    // the person's data has been erased
	FailTemplate  = "template"  // there is no text for it
	FailMessenger = "messenger" // no messenger took it in time
)

// MessageStore is what a Sender reads and where its changes go.
type MessageStore interface {
	Message(ctx context.Context, tenant kyc.TenantID, id kyc.MessageID) (kyc.Message, kyc.Challenge, error)
	Tenant(ctx context.Context, tenant kyc.TenantID) (kyc.Tenant, error)
	StaffLink(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.StaffLink, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Unsealer opens a sealed column; core/vault implements it.
type Unsealer interface {
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
}

// Messenger sends. An error means that it could not tell or could not send now.
type Messenger interface {
	Send(ctx context.Context, m kyc.Outgoing) (kyc.Receipt, error)
}

// Sender works the jobs of kind kyc.JobSend. All fields are required.
type Sender struct {
	Store     MessageStore
	Vault     Unsealer
	Messenger Messenger
	Composer  *Composer
	Printer   func(kyc.Locale) Printer
	Clock     kyc.Clock
	IDs       kyc.IDs
}

// Work is how the queue works messages: Config.Workers[kyc.JobSend].
func (s *Sender) Work() Work {
	return Work{Handle: s.Handle, Attempts: SendAttempts, Timeout: sendTimeout}
}

// Handle sends the message that the job names. It is a Handler. A message that
// is sent or given up already is left alone. The messenger is called outside any
// transaction, with the message's id as idempotency key, because the result can
// fail to be stored. A code that is no longer good is not sent. Once a message
// is settled its body, with the code and the address, is forgotten. While it is
// queued, Message.Messenger names the one that may have sent it: it is stored
// before that one is asked, when there are several.
func (s *Sender) Handle(ctx context.Context, job kyc.Job, attempt int) error {
	m, code, err := s.Store.Message(ctx, job.Tenant, kyc.MessageID(job.Ref))
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil // erased meanwhile
	}
	if err != nil || m.State != kyc.MessageQueued {
		return err
	}
	m.Attempts++
	if m.Challenge != "" && (code.State != kyc.ChallengePending || kyc.At(s.Clock()) >= code.Expires) {
		return s.settle(ctx, m, kyc.Receipt{State: kyc.MessageFailed, Failure: FailExpired})
	}
	out, charge, failure, err := s.compose(ctx, m)
	if err != nil {
		return err
	}
	if failure != "" {
		return s.settle(ctx, m, kyc.Receipt{State: kyc.MessageFailed, Failure: failure})
	}
	segments := int64(1)
	if m.Channel == kyc.Phone {
		segments = int64(Segments(out.Text))
	}
	out.Unsettled, out.GivenUp = m.Messenger, m.Attempts > askAgain
	out.Again = attempt > 1
	out.Asking = func(ctx context.Context, messenger string) error {
		asked := m
		asked.Messenger, asked.Updated = messenger, kyc.At(s.Clock())
		return s.Store.Commit(ctx, m.Tenant, kyc.Change{kyc.SaveMessage{Message: asked}})
	}
	receipt, err := s.Messenger.Send(ctx, out)
	if err != nil {
		var unsettled *kyc.UnsettledError
		if errors.As(err, &unsettled) {
			m.Messenger = unsettled.Messenger
		}
		return s.later(ctx, m, attempt, err)
	}
	if charge == nil {
		return s.settle(ctx, m, receipt)
	}
	return s.settle(ctx, m, receipt, contact.Settle(m.Tenant, m.Channel, *charge, segments, receipt.Cost)...)
}

// compose opens and writes a message. charge is what was reserved for it, nil for
// nothing; failure says why it can never be sent.
func (s *Sender) compose(ctx context.Context, m kyc.Message) (out kyc.Outgoing, charge *kyc.Charge, failure string, err error) {
	tenant, err := s.Store.Tenant(ctx, m.Tenant)
	if err != nil {
		return out, nil, "", err
	}
	plain, err := s.unseal(ctx, m)
	switch kyc.CodeOf(err) {
	case "":
	case kyc.Gone, kyc.NotFound:
		return out, nil, FailErased, nil
	default:
		return out, nil, "", err
	}
	var body kyc.MessageBody
	if err := json.Unmarshal(plain, &body); err != nil {
		return out, nil, "", kyc.E(kyc.Internal, "body of message %s is not JSON", m.ID)
	}
	if until, err := strconv.ParseInt(body.Params[contact.ParamUntil], 10, 64); err == nil && kyc.At(s.Clock()) >= kyc.Millis(until) {
		return out, nil, FailExpired, nil
	}
	if ended, err := s.ended(ctx, m, body); err != nil || ended {
		return out, nil, FailExpired, err
	}
	if out, err = s.Composer.Compose(s.Printer(m.Locale), tenant, m, body); err != nil {
		return out, nil, FailTemplate, nil
	}
	return out, body.Charge, "", nil
}

func (s *Sender) unseal(ctx context.Context, m kyc.Message) ([]byte, error) {
	if m.Staff != "" {
		return s.Vault.UnsealTenant(ctx, m.Tenant, kyc.SealedLetter(m.ID), m.Sealed)
	}
	return s.Vault.Unseal(ctx, m.Tenant, m.Applicant, kyc.SealedMessage, m.Sealed)
}

// ended tells whether the link in a letter to staff is of no use any more.
func (s *Sender) ended(ctx context.Context, m kyc.Message, body kyc.MessageBody) (bool, error) {
	token := body.Params[contact.ParamToken]
	if m.Staff == "" || token == "" {
		return false, nil
	}
	link, err := s.Store.StaffLink(ctx, m.Tenant, contact.HashToken(token))
	if kyc.CodeOf(err) == kyc.NotFound {
		return true, nil
	}
	return kyc.At(s.Clock()) >= link.Expires, err
}

// later counts a failed try. The last one settles the message.
func (s *Sender) later(ctx context.Context, m kyc.Message, attempt int, cause error) error {
	// The try may have failed because its time was over; its result is kept all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if attempt >= SendAttempts {
		return s.settle(ctx, m, kyc.Receipt{Messenger: m.Messenger, State: kyc.MessageFailed, Failure: FailMessenger})
	}
	m.Updated = kyc.At(s.Clock())
	if err := s.Store.Commit(ctx, m.Tenant, kyc.Change{kyc.SaveMessage{Message: m}}); err != nil {
		return err
	}
	return cause
}

// settle stores what became of a message, with its audit line and what puts its
// budgets right.
func (s *Sender) settle(ctx context.Context, m kyc.Message, r kyc.Receipt, more ...kyc.Write) error {
	now := kyc.At(s.Clock())
	m.State, m.Messenger, m.Reference, m.Failure = kyc.MessageSent, r.Messenger, r.Reference, ""
	action := "message.sent"
	switch r.State {
	case kyc.MessageDelivered:
		m.State = kyc.MessageDelivered
	case kyc.MessageFailed:
		m.State, m.Failure, action = kyc.MessageFailed, r.Failure, "message.failed"
	}
	m.Sealed, m.Updated = []byte{}, now
	detail := map[string]string{"channel": string(m.Channel), "template": m.Template}
	if m.Messenger != "" {
		detail["messenger"] = m.Messenger
	}
	if m.Failure != "" {
		detail["failure"] = m.Failure
	}
	return s.Store.Commit(ctx, m.Tenant, append(kyc.Change{
		kyc.SaveMessage{Message: m},
		kyc.AppendAudit{AuditLine: kyc.AuditLine{
			Tenant: m.Tenant, ID: kyc.AuditID(s.IDs()), At: now, Actor: kyc.Actor{Kind: "system", ID: "outbox"},
			Action: action, ObjectKind: "message", ObjectID: string(m.ID), Detail: detail,
		}},
	}, more...))
}
