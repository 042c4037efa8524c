package journeys

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/factor/factortest"
)

// holder is somebody who looks after their own sign-in, by the JSON door.
type holder struct {
	*server
	token string
}

func (h holder) does(method, path string, body, out any, want int) *failure {
	h.t.Helper()
	status, f := h.request(method, "/api/v1"+path, h.token, body, out)
	if status != want {
		h.t.Errorf("%s %s: %d %+v, want %d", method, path, status, f, want)
	}
	return f
}

type ownSecurity struct {
	Password bool
	Payment  bool `json:"payment_password"`
	Level    int  `json:"assurance_level"`
	May      bool `json:"may_change"`
	Passkeys []struct{ ID, Name string }
	Sessions []struct {
		ID, Agent, Place string
		Methods          []string
		Current          bool
	}
}

// TestOwnSignIn: passwords, passkey and sessions of an account by the JSON door, on
// both databases, with what its contacts are told.
func TestOwnSignIn(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const login, phone = "owner@example.com", "+201001234596"
		c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson(login, phone, annas)))
		c.run("overseas")
		s.reviewed(c, "overseas")
		tells := func(words string) {
			t.Helper()
			for _, to := range []string{login, phone} {
				s.awaitText(to, words)
			}
		}
		h, other := holder{s, s.session(login, password, 201)}, s.session(login, password, 201)
		tells("device not seen before")
		var own ownSecurity
		h.does("GET", "/account/security", nil, &own, 200)
		if !own.Password || !own.Payment || own.Level != 1 || !own.May || len(own.Sessions) != 2 || own.Sessions[0].Place == "" || own.Sessions[0].Methods[0] != "password" {
			t.Errorf("%+v", own)
		}
		h.passwords(other)
		tells("login password of your account was changed")
		tells("payment password of your account was changed")
		h.passkey()
		tells("passkey was added")
		tells("passkey was removed")
		h.sessions(login)
		tells("Other sessions of your account were ended")
		s.unharmed()
	})
}

func (h holder) passwords(other string) {
	h.t.Helper()
	for weak, code := range map[string]string{"Spartaque312": "password.breached", "aaaaaaaaaa": "", "short": "password.short"} {
		f := h.does("PUT", "/account/password", map[string]string{"password": weak}, nil, 422)
		if f != nil && code != "" && (f.Errors[0].Code != code || f.Errors[0].Path != "password") {
			h.t.Errorf("%s: %+v", weak, f)
		}
	}
	var rated struct {
		Score   int
		Code    string
		Message string
	}
	keyed := holder{h.server, "pk_test_demo"}
	keyed.does("POST", "/password-strength", map[string]string{"password": "Spartaque312"}, &rated, 200)
	if rated.Score != 0 || rated.Code != "password.breached" || !strings.Contains(rated.Message, "stolen") {
		h.t.Errorf("%+v", rated)
	}
	keyed.does("POST", "/password-strength", map[string]string{"password": afresh}, &rated, 200)
	if rated.Score != 4 {
		h.t.Errorf("%+v", rated)
	}
	h.does("PUT", "/account/password", map[string]string{"password": afresh}, nil, 204)
	holder{h.server, other}.does("GET", "/account", nil, nil, 401)
	inOneWindow(15*time.Minute, 15*time.Second)
	h.does("PUT", "/account/payment-password", map[string]string{"current": "111222", "payment_password": "731904"}, nil, 422)
	h.does("PUT", "/account/payment-password", map[string]string{"current": "385172", "payment_password": payment}, nil, 422) // six digits, says the market
	h.does("PUT", "/account/payment-password", map[string]string{"current": "385172", "payment_password": "731904"}, nil, 204)
	for range 3 {
		h.does("PUT", "/account/payment-password", map[string]string{"current": "111222", "payment_password": "804213"}, nil, 422)
	}
	h.does("PUT", "/account/payment-password", map[string]string{"current": "731904", "payment_password": "804213"}, nil, 429)
}

func (h holder) passkey() {
	h.t.Helper()
	at, err := url.Parse(h.base)
	must(h.t, err)
	device := &factortest.Device{Origin: "http://localhost:" + at.Port(), Knows: true}
	ask := func(who holder, path string) []byte {
		h.t.Helper()
		var question json.RawMessage
		who.does("POST", path, nil, &question, 200)
		return question
	}
	made := device.Create(h.t, ask(h, "/account/passkeys/question"))
	h.does("POST", "/account/passkeys", map[string]any{"passkey": json.RawMessage(made), "name": "My phone"}, nil, 204)
	keyed := holder{h.server, "pk_test_demo"}
	answer := map[string]any{"passkey": json.RawMessage(device.Get(h.t, ask(keyed, "/sessions/passkey-question")))}
	var session struct {
		Token string `json:"session_token"`
	}
	keyed.does("POST", "/sessions/by-passkey", answer, &session, 201)
	keyed.does("POST", "/sessions/by-passkey", answer, nil, 410) // once
	by := holder{h.server, session.Token}
	var own ownSecurity
	by.does("GET", "/account/security", nil, &own, 200)
	if own.Level != 2 || len(own.Passkeys) != 1 || own.Passkeys[0].Name != "My phone" {
		h.t.Errorf("%+v", own)
	}
	confirm := device.Get(h.t, ask(by, "/sessions/current/passkey-question"))
	by.does("POST", "/sessions/current/confirmation", map[string]any{"passkey": json.RawMessage(confirm)}, nil, 204)
	h.does("DELETE", "/account/passkeys/"+own.Passkeys[0].ID, nil, nil, 204)
	by.does("GET", "/account", nil, nil, 401)
	keyed.does("POST", "/sessions/by-passkey", map[string]any{"passkey": json.RawMessage(device.Get(h.t, ask(keyed, "/sessions/passkey-question")))}, nil, 401)
}

func (h holder) sessions(login string) {
	h.t.Helper()
	one, two := h.session(login, afresh, 201), h.session(login, afresh, 201)
	var own ownSecurity
	holder{h.server, one}.does("GET", "/account/security", nil, &own, 200)
	for _, s := range own.Sessions {
		if s.Current {
			h.does("DELETE", "/account/sessions/"+s.ID, nil, nil, 204)
			h.does("DELETE", "/account/sessions/"+s.ID, nil, nil, 404)
		}
	}
	holder{h.server, one}.does("GET", "/account", nil, nil, 401)
	h.does("DELETE", "/account/sessions", nil, nil, 204)
	holder{h.server, two}.does("GET", "/account", nil, nil, 401)
	h.does("GET", "/account", nil, nil, 200)
}
