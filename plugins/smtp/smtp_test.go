package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// sink is an SMTP server that keeps what it gets.
type sink struct {
	mu       sync.Mutex
	messages []string
	refuse   error // of RCPT
	needAuth bool
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{sink: s}, nil }

func (s *sink) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages
}

type session struct {
	sink *sink
	in   bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "gate" || password != "secret" {
			return errors.New("no")
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if s.sink.needAuth && !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.sink.refuse }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.messages = append(s.sink.messages, string(b))
	return err
}

// serve starts the sink with a certificate of its own and returns its port and
// the file of the certificate.
func serve(t *testing.T, s *sink, implicit bool) (int, string) {
	t.Helper()
	certificate, file := selfSigned(t)
	server := smtp.NewServer(s)
	server.Domain = "localhost"
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if implicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return port, file
}

func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func configuration(port int, rest string) string {
	return `{"host":"localhost","port":` + strconv.Itoa(port) + `,"from":"no-reply@example.org"` + rest + `}`
}

func letter() *wirev1.SendRequest {
	return &wirev1.SendRequest{
		IdempotencyKey: "01990000-0000-7000-8000-000000000001", Channel: "email", To: "erika@example.com",
		Sender: "سوق أطلانتس", Subject: "رمز التحقق", Text: "رمزك هو 123456", Locale: "ar",
		Html: `<p dir="rtl">رمزك هو <b>123456</b></p>`,
	}
}

func deliver(t *testing.T, c *plugintest.Client, r *wirev1.SendRequest) *wirev1.SendResponse {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 9*time.Second)
	defer cancel()
	res, err := c.Messenger.Send(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestConformance(t *testing.T) {
	program := plugintest.Build(t, ".")
	s := &sink{}
	port, ca := serve(t, s, false)
	config := configuration(port, `,"ca_file":"`+ca+`"`)
	plugintest.Conform(t, conformance.Options{Program: program, Config: []byte(config), Recipients: map[string]string{"email": letter().To}})
	client := plugintest.Start(t, program)
	client.Configure(t, config)
	if r := deliver(t, client, letter()); r.State != wirev1.DeliveryState_DELIVERY_STATE_SENT {
		t.Errorf("receipt: %v", r)
	}
}

func TestDelivery(t *testing.T) {
	for name, mode := range map[string]string{
		"starttls and sign-in": `,"user":"gate","password":"secret"`,
		"implicit":             `,"tls":"implicit","user":"gate","password":"secret"`,
		"none":                 `,"tls":"none"`,
	} {
		t.Run(name, func(t *testing.T) {
			s := &sink{needAuth: strings.Contains(mode, "user")}
			port, ca := serve(t, s, name == "implicit")
			c := plugintest.Serve(t, &messenger{})
			c.Configure(t, configuration(port, mode+`,"ca_file":"`+ca+`"`))
			first, second := deliver(t, c, letter()), deliver(t, c, letter())
			if first.State != wirev1.DeliveryState_DELIVERY_STATE_SENT || first.Reference == "" || first.Reference != second.Reference {
				t.Fatalf("receipts: %v, %v", first, second)
			}
			checkLetter(t, s.all()[0], first.Reference)
		})
	}
}

func checkLetter(t *testing.T, raw, id string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "سوق أطلانتس" || from[0].Address != "no-reply@example.org" {
		t.Errorf("from: %v, %v", from, err)
	}
	if got := m.Header.Get("Message-Id"); strings.Trim(got, "<>") != strings.Trim(id, "<>") {
		t.Errorf("message id %q, receipt %q", got, id)
	}
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("content type %q", m.Header.Get("Content-Type"))
	}
	parsed, err := gomail.EMLToMsgFromString(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := parsed.GetParts()[0].GetContent()
	if err != nil || strings.TrimSpace(string(text)) != "رمزك هو 123456" {
		t.Errorf("text %q, %v", text, err)
	}
}

func TestRefusals(t *testing.T) {
	s := &sink{}
	port, ca := serve(t, s, false)
	c := plugintest.Serve(t, &messenger{})
	c.Configure(t, configuration(port, `,"ca_file":"`+ca+`"`))
	for name, change := range map[string]func(*wirev1.SendRequest){
		"subject": func(r *wirev1.SendRequest) { r.Subject = "x\r\nBcc: other@example.com" },
		"sender":  func(r *wirev1.SendRequest) { r.Sender = "x\nBcc: other@example.com" },
		"to":      func(r *wirev1.SendRequest) { r.To = "a@example.com\r\nRCPT TO:<b@example.com>" },
		"two":     func(r *wirev1.SendRequest) { r.To = "a@example.com, b@example.com" },
		"named":   func(r *wirev1.SendRequest) { r.To = "B <b@example.com>" },
		"sms":     func(r *wirev1.SendRequest) { r.Channel = "phone"; r.To = "+8613800138000" },
	} {
		r := letter()
		change(r)
		if got := deliver(t, c, r); got.State != wirev1.DeliveryState_DELIVERY_STATE_FAILED || got.Failure == "" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if len(s.all()) > 0 {
		t.Error("something was sent")
	}
}

func TestServersAnswers(t *testing.T) {
	for name, want := range map[string]struct {
		refuse  error
		state   wirev1.DeliveryState
		failure string
	}{
		"unknown mailbox": {&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no erika@example.com here"},
			wirev1.DeliveryState_DELIVERY_STATE_FAILED, "address_refused"},
		"greylisted": {&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"},
			wirev1.DeliveryState_DELIVERY_STATE_DEFERRED, "try_later"},
	} {
		t.Run(name, func(t *testing.T) {
			port, ca := serve(t, &sink{refuse: want.refuse}, false)
			c := plugintest.Serve(t, &messenger{})
			c.Configure(t, configuration(port, `,"ca_file":"`+ca+`"`))
			if r := deliver(t, c, letter()); r.State != want.state || r.Failure != want.failure {
				t.Errorf("receipt: %v", r)
			}
		})
	}
}

func TestUntrustedAndUnreachableServersAreDeferred(t *testing.T) {
	s := &sink{}
	port, _ := serve(t, s, false)
	for name, config := range map[string]string{
		"untrusted":   configuration(port, ""),
		"no listener": configuration(1, `,"tls":"none"`),
	} {
		c := plugintest.Serve(t, &messenger{})
		c.Configure(t, config)
		if r := deliver(t, c, letter()); r.State != wirev1.DeliveryState_DELIVERY_STATE_DEFERRED || r.RetryAfterMs == 0 {
			t.Errorf("%s: %v", name, r)
		}
	}
	if len(s.all()) > 0 {
		t.Error("something was sent to a server that nobody vouches for")
	}
}

func TestConfigurationIsJudged(t *testing.T) {
	m := &messenger{}
	for _, good := range []string{configuration(587, ""), configuration(465, `,"tls":"implicit","user":"u","password":"p"`)} {
		if d := m.ValidateConfig([]byte(good)); len(d) > 0 {
			t.Errorf("%s: %v", good, d)
		}
	}
	for _, bad := range []string{"", "{}", "[]", configuration(0, ""), configuration(25, `,"tls":"maybe"`),
		configuration(25, `,"user":"u"`), configuration(25, `,"tls":"none","user":"u","password":"p"`),
		configuration(25, `,"ca_file":"/no/such/file"`), configuration(25, `,"extra":1`),
		`{"host":"h","from":"A <a@example.org>"}`} {
		if d := m.ValidateConfig([]byte(bad)); len(d) == 0 {
			t.Errorf("%s was accepted", bad)
		}
	}
	var _ sdk.Configurer = m
}
