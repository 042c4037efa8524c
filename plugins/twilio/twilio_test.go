package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

const (
	account = "AC00000000000000000000000000000000"
	token   = "an auth token of the tests"
	phone   = "+15005550009" // of Twilio's own test numbers
)

// vendor answers as api.twilio.com does, as far as the messenger asks.
type vendor struct {
	mu     sync.Mutex
	taken  []url.Values
	status int    // of the next answers; 0: 201
	code   int    // in the body of a refusal
	after  string // Retry-After
	cut    bool   // takes the message, and the connection ends before the answer
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	user, password, _ := r.BasicAuth()
	if r.URL.Path != "/2010-04-01/Accounts/"+account+"/Messages.json" || user != account || password != token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		v.list(w, r)
		return
	}
	if v.status != 0 {
		w.Header().Set("Retry-After", v.after)
		w.WriteHeader(v.status)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": v.code, "message": "The number " + phone + " says no", "status": v.status})
		return
	}
	_ = r.ParseForm()
	v.taken = append(v.taken, r.PostForm)
	if v.cut {
		v.cut = false
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]string{"sid": v.sid(len(v.taken)), "status": "queued"})
}

func (v *vendor) sid(n int) string { return "SM" + strings.Repeat(string(rune('0'+n)), 32) }

func (v *vendor) list(w http.ResponseWriter, r *http.Request) {
	var found []map[string]string
	for i, m := range v.taken {
		if m.Get("To") == r.URL.Query().Get("To") {
			found = append(found, map[string]string{"sid": v.sid(i + 1), "body": m.Get("Body"), "status": "sent"})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": found})
}

func (v *vendor) sent() []url.Values {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.taken
}

func configuration(endpoint, rest string) string {
	return `{"account":"` + account + `","token":"` + token + `","from":"+15005550006","endpoint":"` + endpoint + `"` + rest + `}`
}

// begin starts a vendor and a messenger that uses it.
func begin(t *testing.T) (*vendor, *plugintest.Client) {
	t.Helper()
	v := &vendor{}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	c := plugintest.Serve(t, &messenger{})
	c.Configure(t, configuration(server.URL, `,"base":"https://id.shop.example"`))
	return v, c
}

func text() *wirev1.SendRequest {
	return &wirev1.SendRequest{IdempotencyKey: "01990000-0000-7000-8000-000000000001", Tenant: "shop", Channel: "phone",
		To: phone, Sender: "Shop", Text: "您的验证码是 123456", Locale: "zh-Hans", Time: timestamppb.Now()}
}

func deliver(t *testing.T, c *plugintest.Client, r *wirev1.SendRequest) (*wirev1.SendResponse, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 9*time.Second)
	defer cancel()
	return c.Messenger.Send(ctx, r)
}

func TestConformance(t *testing.T) {
	v := &vendor{}
	server := httptest.NewServer(v)
	defer server.Close()
	program, config := plugintest.Build(t, "."), configuration(server.URL, "")
	plugintest.Conform(t, conformance.Options{Program: program, Config: []byte(config), Recipients: map[string]string{"phone": phone}})
	c := plugintest.Start(t, program)
	c.Configure(t, config)
	if r, err := deliver(t, c, text()); err != nil || r.State != wirev1.DeliveryState_DELIVERY_STATE_SENT {
		t.Errorf("receipt: %v, %v", r, err)
	}
}

func TestDelivery(t *testing.T) {
	v, c := begin(t)
	r, err := deliver(t, c, text())
	if err != nil || r.State != wirev1.DeliveryState_DELIVERY_STATE_SENT || r.Reference != v.sid(1) {
		t.Fatalf("receipt: %v, %v", r, err)
	}
	want := url.Values{"To": {phone}, "From": {"+15005550006"}, "Body": {"您的验证码是 123456"},
		"StatusCallback": {"https://id.shop.example/receipts/shop/twilio"}}
	if got := v.sent(); len(got) != 1 || got[0].Encode() != want.Encode() {
		t.Errorf("the vendor got %v", got)
	}
}

// When the answer is lost the vendor may have the message: the next try with
// the same key finds it and does not send it again.
func TestLostAnswerSendsOnce(t *testing.T) {
	v, c := begin(t)
	v.cut = true
	if r, err := deliver(t, c, text()); err == nil {
		t.Fatalf("a lost answer became %v", r)
	} else if strings.Contains(err.Error(), phone) {
		t.Errorf("the error quotes the number: %v", err)
	}
	again := text()
	again.Again = true
	r, err := deliver(t, c, again)
	if err != nil || r.State != wirev1.DeliveryState_DELIVERY_STATE_SENT || r.Reference != v.sid(1) || len(v.sent()) != 1 {
		t.Errorf("%v, %v; sent %d times", r, err, len(v.sent()))
	}
	other := text()
	other.Again, other.Text = true, "您的验证码是 654321"
	if r, err := deliver(t, c, other); err != nil || r.Reference != v.sid(2) || len(v.sent()) != 2 {
		t.Errorf("another code: %v, %v; sent %d times", r, err, len(v.sent()))
	}
}

func TestRefusals(t *testing.T) {
	for name, x := range map[string]struct {
		status, code int
		after        string
		state        wirev1.DeliveryState
		failure      string
		wait         int64
	}{
		"no number":      {status: 400, code: 21211, state: wirev1.DeliveryState_DELIVERY_STATE_FAILED, failure: "address_refused"},
		"stop":           {status: 400, code: 21610, state: wirev1.DeliveryState_DELIVERY_STATE_FAILED, failure: "blocked"},
		"region":         {status: 400, code: 21408, state: wirev1.DeliveryState_DELIVERY_STATE_FAILED, failure: "region_refused"},
		"something else": {status: 400, code: 29999, state: wirev1.DeliveryState_DELIVERY_STATE_FAILED, failure: "refused"},
		"too many":       {status: 429, code: 20429, after: "7", state: wirev1.DeliveryState_DELIVERY_STATE_DEFERRED, failure: "try_later", wait: 7000},
		"wrong token":    {status: 401, code: 20003, state: wirev1.DeliveryState_DELIVERY_STATE_DEFERRED, failure: "not_signed_in", wait: 60000},
	} {
		t.Run(name, func(t *testing.T) {
			v, c := begin(t)
			v.status, v.code, v.after = x.status, x.code, x.after
			r, err := deliver(t, c, text())
			if err != nil || r.State != x.state || r.Failure != x.failure || r.RetryAfterMs != x.wait {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
	v, c := begin(t)
	v.status = 503
	if r, err := deliver(t, c, text()); err == nil || strings.Contains(err.Error(), phone) {
		t.Errorf("503: %v, %v", r, err)
	}
	for name, change := range map[string]func(*wirev1.SendRequest){
		"mail":    func(r *wirev1.SendRequest) { r.Channel, r.To = "email", "erika@example.com" },
		"two":     func(r *wirev1.SendRequest) { r.To += "," + phone },
		"no text": func(r *wirev1.SendRequest) { r.Text = "" },
		"long":    func(r *wirev1.SendRequest) { r.Text = strings.Repeat("码", maxText+1) },
	} {
		r := text()
		change(r)
		if got, err := deliver(t, c, r); err != nil || got.State != wirev1.DeliveryState_DELIVERY_STATE_FAILED || got.Failure == "" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if len(v.sent()) > 0 {
		t.Error("something was sent")
	}
}

func TestUnreachableVendorIsDeferred(t *testing.T) {
	c := plugintest.Serve(t, &messenger{})
	c.Configure(t, configuration("http://127.0.0.1:1", ""))
	r, err := deliver(t, c, text())
	if err != nil || r.State != wirev1.DeliveryState_DELIVERY_STATE_DEFERRED || r.Failure != "unreachable" || r.RetryAfterMs == 0 {
		t.Errorf("%v, %v", r, err)
	}
}

// The vector is the example of Twilio's page on the security of requests.
func TestSignatureOfTheVendor(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+12349013030"}, "Digits": {"1234"},
		"From": {"+12349013030"}, "To": {"+18005551212"}}
	got := base64.StdEncoding.EncodeToString(sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form))
	if got != "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" {
		t.Errorf("signature %s", got)
	}
}

func TestReceipts(t *testing.T) {
	_, c := begin(t)
	const target = "/receipts/shop/twilio"
	report := func(status, code string) url.Values {
		return url.Values{"AccountSid": {account}, "MessageSid": {"SM1"}, "MessageStatus": {status}, "ErrorCode": {code}, "To": {phone}}
	}
	ask := func(target string, form url.Values, key string) *wirev1.ParseReceiptResponse {
		t.Helper()
		r, err := c.Messenger.ParseReceipt(context.Background(), &wirev1.ParseReceiptRequest{Method: "POST", Target: target,
			Headers: map[string]string{"x-twilio-signature": base64.StdEncoding.EncodeToString(sign(key, "https://id.shop.example"+target, form))},
			Body:    []byte(form.Encode()), Time: timestamppb.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for status, want := range map[string]wirev1.DeliveryState{
		"queued": wirev1.DeliveryState_DELIVERY_STATE_SENT, "sent": wirev1.DeliveryState_DELIVERY_STATE_SENT,
		"delivered":   wirev1.DeliveryState_DELIVERY_STATE_DELIVERED,
		"undelivered": wirev1.DeliveryState_DELIVERY_STATE_FAILED, "failed": wirev1.DeliveryState_DELIVERY_STATE_FAILED,
	} {
		r := ask(target, report(status, "30003"), token)
		if !r.Authentic || r.ReplyStatus != 204 || len(r.Reports) != 1 || r.Reports[0].Reference != "SM1" || r.Reports[0].State != want {
			t.Errorf("%s: %v", status, r)
		}
		if failed := want == wirev1.DeliveryState_DELIVERY_STATE_FAILED; failed != (r.Reports[0].Failure == "unreachable") {
			t.Errorf("%s: failure %q", status, r.Reports[0].Failure)
		}
	}
	stranger := report("delivered", "")
	stranger.Set("AccountSid", "ACffffffffffffffffffffffffffffffff")
	for name, r := range map[string]*wirev1.ParseReceiptResponse{
		"another token":   ask(target, report("delivered", ""), "guessed"),
		"another account": ask(target, stranger, token),
	} {
		if r.Authentic || len(r.Reports) > 0 || r.ReplyStatus != 403 {
			t.Errorf("%s: %v", name, r)
		}
	}
}

func TestConfigurationIsJudged(t *testing.T) {
	m := &messenger{}
	for _, good := range []string{configuration("https://api.twilio.com", ""),
		configuration("http://127.0.0.1:9", `,"key":"SK00000000000000000000000000000000","secret":"s"`),
		`{"account":"` + account + `","token":"t","service":"MG00000000000000000000000000000000"}`} {
		if d := m.ValidateConfig([]byte(good)); len(d) > 0 {
			t.Errorf("%s: %v", good, d)
		}
	}
	for _, bad := range []string{"", "{}", "[]", configuration("http://api.twilio.com", ""), configuration("https://user@api.twilio.com", ""),
		configuration("https://api.twilio.com", `,"extra":1`), configuration("https://api.twilio.com", `,"base":"http://id.shop.example"`),
		configuration("https://api.twilio.com", `,"key":"SK00000000000000000000000000000000"`),
		configuration("https://api.twilio.com", `,"service":"MG00000000000000000000000000000000"`),
		configuration("https://api.twilio.com", `,"ca_file":"/no/such/file"`),
		`{"account":"` + account + `","token":"t","from":"5550006"}`, `{"account":"AC1","token":"t","from":"+15005550006"}`} {
		if d := m.ValidateConfig([]byte(bad)); len(d) == 0 {
			t.Errorf("%s was accepted", bad)
		}
	}
	var _ sdk.ReceiptParser = m
}

func FuzzReceipt(f *testing.F) {
	m := &messenger{config: config{Account: account, Token: token, Base: "https://id.shop.example"}}
	f.Add("/receipts/shop/twilio", []byte("MessageSid=SM1&MessageStatus=delivered"), "AAAA")
	f.Add("", []byte("%zz"), "=")
	f.Fuzz(func(t *testing.T, target string, body []byte, signature string) {
		a, err := m.ParseReceipt(context.Background(), &sdk.Callback{Target: target, Body: body,
			Headers: map[string]string{"X-Twilio-Signature": signature}})
		if err != nil || a.Authentic {
			t.Fatalf("%+v, %v", a, err)
		}
	})
}
