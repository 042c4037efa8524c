package journeys

import (
	"strings"
	"testing"
)

// TestBrowserOwnSignIn: an account holder signs in by a code, shows the password,
// adds a passkey, signs in with it alone and changes the password, in Chromium.
func TestBrowserOwnSignIn(t *testing.T) {
	b := newBrowser(t)
	s := newServer(t, "")
	const phone = "+8613800138077"
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
	c.run("mainland")
	c.activated("")
	named := *s
	named.base = strings.Replace(s.base, "127.0.0.1", "localhost", 1) // passkeys need a name
	v := b.visit(&named, "own", "en", true)
	v.device()
	v.open("/t/demo/sign-in/code")
	v.fill("login", phone)
	sent := len(s.codes(phone))
	v.press(v.T("apply.signin.code_send"))
	v.reads(v.T("apply.signin.enter_title"))
	v.fill("code", s.newCode(phone, sent+1))
	v.until(v.T("apply.account.title"))
	v.open("/t/demo/account/security")
	v.reads(v.T("apply.security.confirm_text")) // a code alone changes nothing
	v.readsNot(v.T("apply.security.passkey_add"))
	v.fill("password", password)
	v.press(v.T("apply.security.confirm_go"))
	v.press(v.T("apply.security.passkey_add"))
	v.reads(v.T("apply.security.done.passkey"))
	v.fill("new_password", "password1")
	v.until(v.T("problem.password.common"))
	v.fill("new_password", afresh)
	v.press(v.T("apply.security.change"))
	v.reads(v.T("apply.security.done.password"))
	v.open("/t/demo/account")
	v.press(v.T("apply.account.out"))
	v.open("/t/demo/sign-in")
	v.press(v.T("apply.signin.passkey"))
	v.reads(v.T("apply.account.title"))
	v.press(v.T("apply.account.out"))
	v.open("/t/demo/sign-in") // the browser offers it beside the name, and the device says yes
	if how := ask[string](v, `document.getElementById("login").autocomplete`); how != "username webauthn" {
		t.Errorf("the name is filled in by %q", how)
	}
	v.leave(func() { ask[bool](v, `document.getElementById("login").focus(), true`) })
	v.reads(v.T("apply.account.title"))
	for _, words := range []string{"passkey was added", "login password of your account was changed"} {
		s.awaitText(phone, words)
	}
}
