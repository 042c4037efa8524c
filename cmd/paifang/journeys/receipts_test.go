package journeys

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // as the vendor signs
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	smsAccount = "AC00000000000000000000000000000000"
	smsToken   = "a token of the tests"
)

// smsVendor takes text messages as api.twilio.com does.
type smsVendor struct {
	mu    sync.Mutex
	taken []url.Values
}

func (v *smsVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != smsAccount || password != smsToken || r.ParseForm() != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	v.mu.Lock()
	v.taken = append(v.taken, r.PostForm)
	v.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]string{"sid": "SM" + r.PostForm.Get("To")[1:]})
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// code waits for the text message to a number.
func (v *smsVendor) code(t *testing.T, to string) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		v.mu.Lock()
		i := slices.IndexFunc(v.taken, func(m url.Values) bool { return m.Get("To") == to })
		v.mu.Unlock()
		if i >= 0 {
			return sixDigits.FindString(v.taken[i].Get("Body"))
		}
	}
	t.Fatal("no text message came")
	return ""
}

// reports posts what became of a message, as the vendor does.
func (v *smsVendor) reports(s *server, to, state, token string) int {
	s.t.Helper()
	form := url.Values{"AccountSid": {smsAccount}, "ErrorCode": {"30003"}, "MessageSid": {"SM" + to[1:]}, "MessageStatus": {state}}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte("https://id.shop.example/receipts/demo/twilio"))
	for _, name := range []string{"AccountSid", "ErrorCode", "MessageSid", "MessageStatus"} {
		mac.Write([]byte(name + form.Get(name)))
	}
	return s.send("POST", "/receipts/demo/twilio", map[string]string{"Content-Type": "application/x-www-form-urlencoded",
		"X-Twilio-Signature": base64.StdEncoding.EncodeToString(mac.Sum(nil))}, strings.NewReader(form.Encode())).status
}

// TestDeliveryReports: text messages go through a vendor's API, and what the
// vendor reports later is what applicants and staff are told.
func TestDeliveryReports(t *testing.T) {
	v := &smsVendor{}
	vendor := httptest.NewServer(v)
	t.Cleanup(vendor.Close)
	folder := t.TempDir()
	settings, err := json.Marshal(map[string]any{
		"sandboxmailbox": map[string]string{"dir": filepath.Join(folder, "mail")},
		"twilio": map[string]string{"account": smsAccount, "token": smsToken, "from": "+15005550006",
			"endpoint": vendor.URL, "base": "https://id.shop.example"},
	})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "settings.json"), settings, 0o600))
	t.Setenv("PAIFANG_SETTINGS", filepath.Join(folder, "settings.json"))
	t.Setenv("PAIFANG_MESSENGERS", "phone=twilio;email=sandboxmailbox")
	databases(t, func(t *testing.T, s *server) {
		v.mu.Lock()
		v.taken = nil
		v.mu.Unlock()
		const arrives, lost = "+8613800138041", "+8613800138042"
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(arrives)))
		c.once("mainland")
		code := v.code(t, arrives)
		c.delivery("sent")
		for what, status := range map[string]int{
			"another token": v.reports(s, arrives, "delivered", "guessed"),
			"another size":  s.send("POST", "/receipts/demo/twilio", nil, strings.NewReader(strings.Repeat("x", 65<<10))).status,
			"no messenger":  s.send("POST", "/receipts/demo/mainland", nil, nil).status,
			"no reports":    s.send("POST", "/receipts/demo/sandboxmailbox", nil, nil).status,
			"no message":    v.reports(s, "+8613800138043", "delivered", smsToken),
		} {
			want := map[string]int{"another token": 403, "another size": 413}[what]
			if want == 0 {
				want = 404
			}
			if status != want {
				t.Errorf("%s: %d, want %d", what, status, want)
			}
		}
		c.delivery("sent")
		for range 2 { // vendors repeat themselves
			if status := v.reports(s, arrives, "delivered", smsToken); status != 204 {
				t.Fatalf("a report is answered %d", status)
			}
		}
		v.reports(s, arrives, "failed", smsToken) // too late: it has arrived
		c.delivery("delivered")
		c.wants("challenge", "account")
		if f := c.do(c.action("answer"), map[string]any{"code": code}); f != nil {
			t.Errorf("the code is refused: %+v", f)
		}
		c = newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(lost)))
		c.once("mainland")
		v.code(t, lost)
		c.delivery("sent")
		if status := v.reports(s, lost, "undelivered", smsToken); status != 204 {
			t.Fatalf("a report is answered %d", status)
		}
		c.delivery("failed")
	})
}

// delivery waits until the application tells the state of its newest message.
func (c *client) delivery(state string) {
	c.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
		if len(c.view.Messages) > 0 && c.view.Messages[0].State == state && c.view.Next.Challenge.Delivery == state {
			return
		}
	}
	c.t.Fatalf("the message is %+v, want it %s", c.view.Messages, state)
}
