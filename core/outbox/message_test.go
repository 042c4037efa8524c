package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
)

var (
	_ outbox.MessageStore = (*store.Store)(nil)
	_ outbox.Unsealer     = (*vault.Vault)(nil)
	_ outbox.Printer      = (*locales.Printer)(nil)
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func bundle(t *testing.T) *locales.Bundle {
	t.Helper()
	b, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func composer(t *testing.T, base string) *outbox.Composer {
	t.Helper()
	c, err := outbox.NewComposer(base)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	shop   = kyc.Tenant{ID: "demo", Name: "Demo Market"}
	secret = map[string]string{"code": "048213", "minutes": "30", "token": "TOKEN"}
)

func message(channel kyc.ContactKind, template string, locale kyc.Locale) kyc.Message {
	return kyc.Message{Tenant: "demo", ID: "m1", Application: "app-1", Applicant: "p", Channel: channel, Template: template, Locale: locale, State: kyc.MessageQueued}
}

// templates are the values of the constants Template… of package contact, read
// from its source so that none can be forgotten here.
func templates(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../contact/message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Template") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, value)
		return false
	})
	if !slices.Contains(list, contact.TemplateReturn) || !slices.Contains(list, contact.TemplateReminder) {
		t.Fatalf("templates are %v", list)
	}
	return list
}

// Every template has its texts in every language, with nothing left to fill in.
func TestComposeAll(t *testing.T) {
	b, c := bundle(t), composer(t, "https://id.example.com/")
	shipped, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	all := append(templates(t), letter.Templates()...)
	for _, locale := range shipped {
		for _, template := range all {
			for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
				desk := strings.HasPrefix(template, "staff_")
				if channel == kyc.Phone && (template == contact.TemplateLink || desk) {
					continue
				}
				params := map[string]string{"minutes": "30"}
				if template == contact.TemplateCode || template == contact.TemplateSignIn {
					params["code"] = "048213"
				}
				if template == contact.TemplateChanged {
					params = map[string]string{"event": account.NewDevice, "device": "Firefox · Linux", "at": "1795350000000"}
				}
				if template == contact.TemplateLink {
					params = secret
				}
				m := message(channel, template, locale)
				if desk {
					m.Staff, params["minutes"], params["token"] = "s1", "10080", "T0ken"
				}
				out, err := c.Compose(b.Printer(locale), shop, m, kyc.MessageBody{To: "to", Params: params})
				if err != nil {
					t.Errorf("%s %s %s: %v", locale, channel, template, err)
					continue
				}
				all := out.Subject + out.Text + out.HTML
				for _, wrong := range []string{"{{", "<no value>", "mail.", "sms.", "message.", "#ZgotmplZ", "%!"} {
					if strings.Contains(strings.ReplaceAll(all, "id.example.com", ""), wrong) {
						t.Errorf("%s %s %s holds %q:\n%s", locale, channel, template, wrong, all)
					}
				}
				if out.To != "to" || out.ID != "m1" || out.Sender != "Demo Market" || !strings.Contains(out.Text, "Demo Market") {
					t.Errorf("%+v", out)
				}
				room := 1
				if strings.HasPrefix(template, "recovery") || template == contact.TemplateChanged {
					room = 3 // rare, and must be understood by who did not ask for it
				}
				if channel == kyc.Phone && outbox.Segments(out.Text) > room {
					t.Errorf("%s %s takes %d text messages: %s", locale, template, outbox.Segments(out.Text), out.Text)
				}
			}
		}
	}
}

func TestComposeMail(t *testing.T) {
	b, c := bundle(t), composer(t, "http://127.0.0.1:8080")
	out, err := c.Compose(b.Printer("ar"), shop, message(kyc.Email, contact.TemplateLink, "ar"),
		kyc.MessageBody{To: "a@b.cd", Params: map[string]string{"code": "048213", "minutes": "1440", "token": "TOKEN"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="ar" dir="rtl">`, `href="http://127.0.0.1:8080/t/demo/l/TOKEN"`, `<p class="code"><bdi dir="ltr">048213</bdi>`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s in\n%s", want, out.HTML)
		}
	}
	if !strings.Contains(out.Text, "\nhttp://127.0.0.1:8080/t/demo/l/TOKEN\n") || !strings.Contains(out.Text, "\n048213\n") || !strings.Contains(out.Text, "ساعة") {
		t.Error(out.Text)
	}
	if strings.Contains(out.HTML, "<script") || strings.Contains(out.HTML, "src=") {
		t.Error("an e-mail fetches something")
	}
	out, err = c.Compose(b.Printer("en"), kyc.Tenant{ID: "demo", Name: "A<b>\r\nBcc: x@y.zz"}, message(kyc.Email, contact.TemplateApproved, "en"), kyc.MessageBody{})
	if err != nil || strings.ContainsAny(out.Subject, "\r\n") || strings.Contains(out.HTML, "<b>") {
		t.Errorf("%v\n%q\n%s", err, out.Subject, out.HTML)
	}
	if !strings.Contains(out.Text, "http://127.0.0.1:8080/t/demo/sign-in?lang=en") {
		t.Error(out.Text)
	}
}

func TestComposeSMS(t *testing.T) {
	b := bundle(t)
	m := message(kyc.Phone, contact.TemplateCode, "en")
	body := kyc.MessageBody{To: "+8613800138000", Params: map[string]string{"code": "048213", "minutes": "1"}}
	out, err := composer(t, "https://id.example.com").Compose(b.Printer("en"), shop, m, body)
	if err != nil || !strings.HasSuffix(out.Text, "\n@id.example.com #048213") || !strings.Contains(out.Text, "1 minute.") {
		t.Errorf("%v %q", err, out.Text)
	}
	out, _ = composer(t, "http://localhost:8080").Compose(b.Printer("en"), shop, m, body)
	if strings.Contains(out.Text, "@localhost") || out.Subject != "" || out.HTML != "" {
		t.Errorf("%+v", out)
	}
	if _, err := composer(t, "http://localhost:8080").Compose(b.Printer("en"), shop, message(kyc.Phone, "nonsense", "en"), body); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("unknown template: %v", err)
	}
	for _, base := range []string{"", "localhost:8080", "ftp://x", "https://", "javascript:alert(1)"} {
		if _, err := outbox.NewComposer(base); err == nil {
			t.Errorf("%q is taken as a base", base)
		}
	}
}

// Everything that the contacts of an account are told of is said in words.
func TestComposeEvents(t *testing.T) {
	b, c := bundle(t), composer(t, "https://id.example.com/")
	shipped, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range shipped {
		for _, event := range account.Events() {
			for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
				out, err := c.Compose(b.Printer(locale), shop, message(channel, contact.TemplateChanged, locale),
					kyc.MessageBody{To: "to", Params: map[string]string{"event": event, "at": "1795350000000"}})
				if err != nil || strings.Contains(out.Text+out.HTML, "security.") || !strings.Contains(out.Text, "/t/demo/not-me") {
					t.Errorf("%s %s %s: %v\n%s", locale, channel, event, err, out.Text)
				}
				if channel == kyc.Email && (!strings.Contains(out.Text, "2026") || !strings.Contains(out.HTML, "/t/demo/not-me")) {
					t.Errorf("%s %s: %s", locale, event, out.Text)
				}
				if n := outbox.Segments(out.Text); channel == kyc.Phone && n > 3 {
					t.Errorf("%s %s takes %d text messages: %s", locale, event, n, out.Text)
				}
			}
		}
	}
}

func TestSegments(t *testing.T) {
	for text, want := range map[string]int{
		"": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("中", 70): 1, strings.Repeat("中", 71): 2, strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2,
		strings.Repeat("😀", 35): 1, strings.Repeat("😀", 36): 2,
	} {
		if got := outbox.Segments(text); got != want {
			t.Errorf("%d bytes: %d, want %d", len(text), got, want)
		}
	}
}

// post is store, vault and messenger in one.
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

func (p *post) Message(_ context.Context, _ kyc.TenantID, id kyc.MessageID) (kyc.Message, error) {
	if id != p.message.ID {
		return kyc.Message{}, kyc.E(kyc.NotFound, "no message")
	}
	return p.message, nil
}

func (p *post) Challenge(context.Context, kyc.TenantID, kyc.ChallengeID) (kyc.Challenge, error) {
	return p.challenge, nil
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
