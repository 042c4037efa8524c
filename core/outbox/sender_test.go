package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/outbox"
)

type post struct {
	asks      string // the messenger that Send asks
	known     string // who was stored as having the message meanwhile
	message   kyc.Message
	challenge kyc.Challenge
	erased    bool
	down      error
	receipt   kyc.Receipt
	sent      []kyc.Outgoing
	audit     []kyc.AuditLine
	broken    bool // commits fail
	link      kyc.StaffLink
}

func (p *post) Message(_ context.Context, _ kyc.TenantID, id kyc.MessageID) (kyc.Message, kyc.Challenge, error) {
	if id != p.message.ID {
		return kyc.Message{}, kyc.Challenge{}, kyc.E(kyc.NotFound, "no message")
	}
	return p.message, p.challenge, nil
}

func (p *post) Tenant(context.Context, kyc.TenantID) (kyc.Tenant, error) { return shop, nil }

func (p *post) Commit(_ context.Context, _ kyc.TenantID, change kyc.Change) error {
	if p.broken {
		return kyc.E(kyc.Unavailable, "no database")
	}
	for _, w := range change {
		switch w := w.(type) {
		case kyc.SaveMessage:
			p.message = w.Message
		case kyc.AppendAudit:
			p.audit = append(p.audit, w.AuditLine)
		}
	}
	return nil
}

func (p *post) StaffLink(_ context.Context, _ kyc.TenantID, hash []byte) (kyc.StaffLink, error) {
	if !bytes.Equal(hash, p.link.Hash) {
		return kyc.StaffLink{}, kyc.E(kyc.NotFound, "no link")
	}
	return p.link, nil
}

func (p *post) UnsealTenant(_ context.Context, _ kyc.TenantID, column string, sealed []byte) ([]byte, error) {
	if column != kyc.SealedLetter(p.message.ID) {
		return nil, fmt.Errorf("column %s", column)
	}
	return sealed, nil
}

func (p *post) Unseal(_ context.Context, _ kyc.TenantID, _ kyc.ApplicantID, column string, sealed []byte) ([]byte, error) {
	if p.erased {
		return nil, kyc.E(kyc.Gone, "erased")
	}
	if column != kyc.SealedMessage {
		return nil, fmt.Errorf("column %s", column)
	}
	return sealed, nil
}

func (p *post) Send(ctx context.Context, m kyc.Outgoing) (kyc.Receipt, error) {
	p.sent = append(p.sent, m)
	if p.asks != "" {
		if err := m.Asking(ctx, p.asks); err != nil {
			return kyc.Receipt{}, err
		}
		p.known = p.message.Messenger
	}
	return p.receipt, p.down
}

func sender(t *testing.T) (*outbox.Sender, *post) {
	t.Helper()
	sealed, err := json.Marshal(kyc.MessageBody{To: "+8613800138000", Params: secret})
	if err != nil {
		t.Fatal(err)
	}
	p := &post{message: message(kyc.Phone, contact.TemplateCode, "zh-Hans"), receipt: kyc.Receipt{Messenger: "sandbox", Reference: "r1", State: kyc.MessageSent}}
	p.message.Sealed, p.message.Challenge = sealed, "c1"
	p.challenge = kyc.Challenge{ID: "c1", State: kyc.ChallengePending, Expires: kyc.At(noon.Add(time.Minute))}
	b := bundle(t)
	return &outbox.Sender{Store: p, Vault: p, Messenger: p, Composer: composer(t, "http://localhost:8080"),
		Printer: func(l kyc.Locale) outbox.Printer { return b.Printer(l) },
		Clock:   func() time.Time { return noon }, IDs: func() string { return "id" }}, p
}

var job = kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: "m1"}

func TestHandle(t *testing.T) {
	s, p := sender(t)
	for attempt := 1; attempt <= 3; attempt++ { // the same job again and again
		if err := s.Handle(context.Background(), job, attempt); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.sent) != 1 || !strings.Contains(p.sent[0].Text, "048213") || p.sent[0].To != "+8613800138000" {
		t.Fatalf("%+v", p.sent)
	}
	m := p.message
	if m.State != kyc.MessageSent || m.Messenger != "sandbox" || m.Reference != "r1" || m.Attempts != 1 || len(m.Sealed) != 0 {
		t.Errorf("%+v", m)
	}
	if len(p.audit) != 1 || p.audit[0].Action != "message.sent" || strings.Contains(fmt.Sprint(p.audit), "138001") || strings.Contains(fmt.Sprint(p.audit), "048213") {
		t.Errorf("%+v", p.audit)
	}
	if err := s.Handle(context.Background(), kyc.Job{Tenant: "demo", Ref: "unknown"}, 1); err != nil {
		t.Errorf("a message that is no more: %v", err)
	}
}

func TestHandleFails(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change  func(*post)
		failure string
		sent    int
	}{
		"expired":  {func(p *post) { p.challenge.Expires = kyc.At(noon) }, outbox.FailExpired, 0},
		"answered": {func(p *post) { p.challenge.State = kyc.ChallengeAnswered }, outbox.FailExpired, 0},
		"dead":     {func(p *post) { p.challenge.State = kyc.ChallengeDead }, outbox.FailExpired, 0},
		"erased":   {func(p *post) { p.erased = true }, outbox.FailErased, 0},
		"no text":  {func(p *post) { p.message.Template = "nonsense" }, outbox.FailTemplate, 0},
		"refused": {func(p *post) { p.receipt = kyc.Receipt{State: kyc.MessageFailed, Failure: "address_refused"} },
			"address_refused", 1},
	} {
		s, p := sender(t)
		c.change(p)
		if err := s.Handle(ctx, job, 1); err != nil || p.message.State != kyc.MessageFailed || p.message.Failure != c.failure ||
			len(p.sent) != c.sent || len(p.audit) != 1 || p.audit[0].Action != "message.failed" || len(p.message.Sealed) != 0 {
			t.Errorf("%s: %v %+v %+v", name, err, p.message, p.audit)
		}
	}
}

func TestHandleRetries(t *testing.T) {
	ctx := context.Background()
	s, p := sender(t)
	p.down = errors.New("connection refused")
	for attempt := 1; attempt < outbox.SendAttempts; attempt++ {
		if err := s.Handle(ctx, job, attempt); !errors.Is(err, p.down) || p.message.State != kyc.MessageQueued || p.message.Attempts != attempt {
			t.Fatalf("attempt %d: %v %+v", attempt, err, p.message)
		}
	}
	if err := s.Handle(ctx, job, outbox.SendAttempts); err != nil || p.message.State != kyc.MessageFailed || p.message.Failure != outbox.FailMessenger {
		t.Errorf("last attempt: %v %+v", err, p.message)
	}
	// Sent, but the result is lost: it is sent again under the same id.
	s, p = sender(t)
	p.broken = true
	if err := s.Handle(ctx, job, 1); kyc.CodeOf(err) != kyc.Unavailable {
		t.Error(err)
	}
	p.broken = false
	if err := s.Handle(ctx, job, 2); err != nil || len(p.sent) != 2 || p.sent[0].ID != p.sent[1].ID {
		t.Errorf("%v %+v", err, p.sent)
	}
	if w := s.Work(); w.Handle == nil || w.Attempts != outbox.SendAttempts {
		t.Errorf("%+v", w)
	}
}

// Whoever dies while a messenger has the message has stored who that is, and
// that it was a try; who surely has not got it is forgotten again.
func TestWhoIsAskedIsStoredBefore(t *testing.T) {
	s, p := sender(t)
	p.asks, p.down = "first", kyc.E(kyc.Unavailable, "deferred")
	if err := s.Handle(context.Background(), job, 1); kyc.CodeOf(err) != kyc.Unavailable {
		t.Fatal(err)
	}
	if p.known != "first" {
		t.Errorf("while it is asked, %q may have the message", p.known)
	}
	if p.message.Messenger != "" || p.message.Attempts != 1 || p.message.State != kyc.MessageQueued {
		t.Errorf("nobody has it: %+v", p.message)
	}
}

// A messenger that may have sent a message is asked three times, under the
// same id, before the others get it; the record says who it was.
func TestSilentMessengerIsAskedAgain(t *testing.T) {
	s, p := sender(t)
	p.down = &kyc.UnsettledError{Messenger: "first", Err: errors.New("no answer in time")}
	for attempt := 1; attempt <= 4; attempt++ {
		if err := s.Handle(context.Background(), job, attempt); !errors.Is(err, p.down) {
			t.Fatalf("attempt %d: %v", attempt, err)
		}
		if p.message.Messenger != "first" || p.message.State != kyc.MessageQueued {
			t.Errorf("attempt %d: %+v", attempt, p.message)
		}
	}
	for i, want := range []kyc.Outgoing{{}, {Unsettled: "first"}, {Unsettled: "first"}, {Unsettled: "first", GivenUp: true}} {
		if got := p.sent[i]; got.Unsettled != want.Unsettled || got.GivenUp != want.GivenUp || got.ID != "m1" {
			t.Errorf("try %d: %+v", i+1, got)
		}
	}
	p.down, p.receipt = nil, kyc.Receipt{Messenger: "second", Reference: "r2", State: kyc.MessageSent}
	if err := s.Handle(context.Background(), job, 5); err != nil || p.message.Messenger != "second" || p.message.State != kyc.MessageSent {
		t.Errorf("%v %+v", err, p.message)
	}
	if len(p.audit) != 1 || p.audit[0].Detail["messenger"] != "second" {
		t.Errorf("%+v", p.audit)
	}
	// When all tries are used up the record names the one that kept silent.
	s, p = sender(t)
	p.down = &kyc.UnsettledError{Messenger: "first", Err: errors.New("no answer in time")}
	for _, attempt := range []int{1, outbox.SendAttempts} {
		_ = s.Handle(context.Background(), job, attempt)
	}
	if p.message.State != kyc.MessageFailed || p.message.Failure != outbox.FailMessenger || p.audit[0].Detail["messenger"] != "first" {
		t.Errorf("%+v %+v", p.message, p.audit)
	}
}

// A letter to staff leads to the desk; its link is sent while it is good.
func TestLetters(t *testing.T) {
	for name, c := range map[string]struct {
		template, want string
		change         func(*post)
	}{
		"invited":   {letter.Invited, "http://localhost:8080/admin/demo/invitation/048213?lang=en", nil},
		"forgotten": {letter.Forgotten, "http://localhost:8080/admin/demo/password/048213?lang=en", nil},
		"withdrawn": {letter.Invited, "", func(p *post) { p.link.Hash = nil }},
		"too late":  {letter.Invited, "", func(p *post) { p.link.Expires = kyc.At(noon) }},
		"a notice":  {letter.Device, "http://localhost:8080/admin/demo/security?lang=en", func(p *post) { p.link.Hash = nil }},
	} {
		s, p := sender(t)
		body := kyc.MessageBody{To: "lena@example.com", Params: map[string]string{"token": "048213", "minutes": "10080"}}
		if c.template == letter.Device {
			body.Params = nil
		}
		sealed, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		p.message = message(kyc.Email, c.template, "en")
		p.message.Staff, p.message.Sealed = "s1", sealed
		p.link = kyc.StaffLink{Hash: contact.HashToken("048213"), Expires: kyc.At(noon.Add(time.Minute))}
		if c.change != nil {
			c.change(p)
		}
		if err := s.Handle(context.Background(), job, 1); err != nil {
			t.Fatal(err)
		}
		switch {
		case c.want == "" && (len(p.sent) > 0 || p.message.State != kyc.MessageFailed || p.message.Failure != outbox.FailExpired):
			t.Errorf("%s: %+v %+v", name, p.sent, p.message)
		case c.want != "" && (len(p.sent) != 1 || !strings.Contains(p.sent[0].Text, "\n"+c.want+"\n") || p.sent[0].To != "lena@example.com"):
			t.Errorf("%s: %+v", name, p.sent)
		case c.template == letter.Invited && c.want != "" && !strings.Contains(p.sent[0].Text, "7 days"):
			t.Errorf("%s: %s", name, p.sent[0].Text)
		}
	}
}
