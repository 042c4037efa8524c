package journeys

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// device gives the browser's page an authenticator of its own, with the
// fingerprint always at hand.
func (v *visitor) device() {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, webauthn.Enable, webauthn.EnableParams{})
	must(v.t, err)
	_, err = chromedp.Call(v.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	must(v.t, err)
}

// TestBrowserPasskey is the whole life of a staff passkey in Chromium: enrolled at
// the first sign-in, alone, beside the password, to confirm, and removed.
func TestBrowserPasskey(t *testing.T) {
	b := newBrowser(t)
	s := newServer(t, "")
	password := hire(s, "lena", "Lena Passkey")
	named := *s
	named.base = strings.Replace(s.base, "127.0.0.1", "localhost", 1) // passkeys need a name
	for _, locale := range []string{"en", "ar"} {                     // somebody else's browser sees what there is without a passkey
		v := b.visit(&named, "passkey-"+locale, locale, true)
		v.open("/admin/demo/sign-in?lang=" + locale)
		v.reads(v.T("admin.passkey.signin"))
	}
	plain := b.visit(&named, "passkey-plain", "en", false)
	plain.open("/admin/demo/sign-in")
	plain.readsNot(plain.T("admin.passkey.signin"))
	here := b.visit(s, "passkey-address", "en", true)
	here.open("/admin/demo/sign-in")
	here.readsNot(here.T("admin.passkey.signin"))

	v := b.visit(&named, "passkey", "en", true)
	v.wide = true
	v.device()
	v.open("/admin/demo/sign-in")
	v.touch(v.T("admin.passkey.signin")) // there is none yet
	v.until(v.T("admin.passkey.failed"))
	v.fill("login", "lena")
	v.fill("password", password)
	v.press(v.T("admin.signin.do"))
	v.fill(v.T("admin.security.name"), "Reading room")
	v.press(v.T("admin.passkey.make"))
	codes := strings.Fields(ask[string](v, `[...document.querySelectorAll("ol.codes code")].map((c) => c.textContent).join(" ")`))
	if len(codes) != 10 {
		v.fatal("no recovery codes")
	}
	v.press(v.T("admin.codes.do"))

	v.press(v.T("admin.signout"))
	v.press(v.T("admin.passkey.signin"))
	v.open("/admin/demo/security")
	v.reads("Reading room")
	v.touch(v.T("admin.passkey.make")) // the device has one already
	v.until(v.T("admin.passkey.failed"))

	v.press(v.T("admin.signout"))
	v.fill("login", "lena")
	v.fill("password", password)
	v.press(v.T("admin.signin.do"))
	v.readsNot(v.T("admin.second.codeHint")) // there is no app
	v.press(v.T("admin.passkey.use"))
	if at := ask[string](v, "location.pathname"); at != "/admin/demo/cases" {
		t.Errorf("signed in at %s", at)
	}
}
