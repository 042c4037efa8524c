package journeys

import (
	"strings"
	"testing"
	"time"
)

// wantsCode asks for a code to sign in with, past the human test.
func (c *client) wantsCode(login, device string) map[string]string {
	c.t.Helper()
	body := map[string]string{"login": login, "device_token": device}
	if device == "" {
		body["human_test"] = c.solve("/api/v1/human-tests")
	}
	var asked map[string]string
	if status, f := c.request("POST", "/api/v1/sessions/codes", "pk_test_demo", body, &asked); status != 201 {
		c.t.Fatalf("asking for a code: %d %+v", status, f)
	}
	return asked
}

// TestSignInByCode: a code opens the account, on both databases; a name that is
// nobody's is answered alike and gets nothing.
func TestSignInByCode(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const phone, nobody = "+8613800138071", "+8613800138072"
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
		c.run("mainland")
		c.activated("")
		c.auth = "pk_test_demo"
		_, f := s.request("POST", "/api/v1/sessions/codes", "pk_test_demo", map[string]string{"login": phone}, nil)
		if f == nil || f.Status != 422 || f.Errors[0].Code != "human.required" {
			t.Errorf("without a human test: %+v", f)
		}
		before := len(s.codes(phone))
		asked, unknown := c.wantsCode(phone, ""), c.wantsCode(nobody, "")
		for name, value := range asked {
			if len(unknown[name]) != len(value) || name == "channel" && unknown[name] != value {
				t.Errorf("%s is %q for a known name, %q for an unknown one", name, value, unknown[name])
			}
		}
		code := s.newCode(phone, before+1)
		wrong := map[string]string{"ticket": unknown["ticket"], "code": code}
		_, other := s.request("POST", "/api/v1/sessions/by-code", "pk_test_demo", wrong, nil)
		wrong["ticket"], wrong["code"] = asked["ticket"], opposite(code)
		_, mine := s.request("POST", "/api/v1/sessions/by-code", "pk_test_demo", wrong, nil)
		if mine == nil || other == nil || mine.Status != 422 || mine.Errors[0] != other.Errors[0] || mine.Errors[0].Code != "code.wrong" {
			t.Errorf("a wrong code is answered %+v, one of an unknown name %+v", mine, other)
		}
		var session struct {
			Token  string `json:"session_token"`
			Device string `json:"device_token"`
		}
		right := map[string]string{"ticket": asked["ticket"], "code": code}
		if status, f := s.request("POST", "/api/v1/sessions/by-code", "pk_test_demo", right, &session); status != 201 {
			t.Fatalf("the right code: %d %+v", status, f)
		}
		if _, f := s.request("GET", "/api/v1/account", session.Token, nil, nil); f != nil {
			t.Errorf("the account: %+v", f)
		}
		if _, f := s.request("POST", "/api/v1/sessions/by-code", "pk_test_demo", right, nil); f == nil || f.Errors[0].Code != "code.expired" {
			t.Errorf("the code again: %+v", f)
		}
		if !strings.Contains(s.awaitText(phone, "device not seen before").Text, "/not-me") {
			t.Error("the message about a new device does not say what to do")
		}
		before = len(s.codes(phone))
		again := c.wantsCode(phone, session.Device) // no human test on a known device
		code = s.newCode(phone, before+1)
		if status, f := s.request("POST", "/api/v1/sessions/by-code", "pk_test_demo",
			map[string]string{"ticket": again["ticket"], "code": code, "device_token": session.Device}, nil); status != 201 {
			t.Errorf("on the known device: %d %+v", status, f)
		}
		time.Sleep(200 * time.Millisecond)
		if n := len(s.messages(nobody)); n != 0 {
			t.Errorf("%d messages to a name that is nobody's", n)
		}
		s.unharmed()
	})
}

// opposite is another code.
func opposite(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+5)%10 }, code)
}
