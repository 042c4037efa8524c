package journeys

import (
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// browserHandOver goes on on a phone that photographs the screen, after the link of
// the mail was clicked too late: one click sends a new one.
func browserHandOver(t *testing.T, b *browser, s *server, locale string) {
	const email = "handed@example.com"
	v := b.visit(s, "handover", locale, true)
	v.asResident(email)
	here := ask[string](v, "location.pathname")
	late := v.next(email).link(t)
	s.tooLate(here[strings.LastIndex(here, "/")+1:])
	mail := b.visit(s, "handover-mail", locale, false)
	mail.open(late)
	mail.reads(v.T("apply.link.expired"), v.T("apply.link.expired_text"))
	mail.press(v.T("apply.link.renew"))
	mail.reads(v.T("apply.link.sent"))
	mail.followLink(v.next(email).link(t))
	mail.reads(v.of("overseas", "phone.title"))

	v.open(here)
	v.press(v.T("apply.handover.title"))
	old := v.photograph()
	v.press(v.T("apply.handover.anew"))
	link, code := v.handedOver()
	phone := b.visit(s, "handover-phone", "en", true) // speaks another language
	phone.locale, phone.Printer = v.locale, v.Printer
	phone.open(old)
	phone.reads(v.T("apply.takeover.expired"), v.T("apply.takeover.expired_text"))
	phone.open(link)
	phone.fill("code", string('0'+(code[0]-'0'+1)%10)+code[1:])
	phone.press(v.T("apply.takeover.go"))
	if !ask[bool](phone, `document.querySelector("#code-error p") !== null && location.pathname.includes("/r/")`) {
		t.Errorf("a wrong code is not told:\n%s", phone.text())
	}
	phone.fill("code", code)
	phone.press(v.T("apply.takeover.go"))
	if at := ask[string](phone, "location.pathname"); at != here {
		t.Errorf("the phone goes on at %s", at)
	}
	phone.choose("phone.region", "EG")
	phone.fill("phone", "1001234609")
	phone.proceed()
	phone.enterCode(phone.next("+201001234609").code(t))
	phone.reads(v.of("overseas", "profile.title"))
	phone.open(link)
	phone.reads(v.T("apply.takeover.used"))
	v.open(here) // and the first device sees what the phone did
	v.reads(v.of("overseas", "profile.title"))
}

// handedOver is the link that is photographed, by day and by night, and the code
// beside it. The link is written out, too, for who has no camera.
func (v *visitor) handedOver() (link, code string) {
	v.t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		v.colours(scheme)
		link = v.photograph()
		if written := ask[string](v, `document.querySelector("p.address").innerText.trim()`); link != written || !strings.HasPrefix(link, v.base+"/t/demo/r/") {
			v.t.Fatalf("in %s the code says %q, the page %q", scheme, link, written)
		}
	}
	return link, ask[string](v, `document.querySelector("p.spoken").innerText.trim()`)
}

// tooLate lets the time of the first link of an application pass.
func (s *server) tooLate(application string) {
	s.t.Helper()
	db, ctx := s.store(), background(s.t)
	c, err := db.PendingChallenge(ctx, "demo", kyc.ApplicationID(application), "account")
	must(s.t, err)
	c.ResendAt, c.Expires = c.Created, c.Created+1
	must(s.t, db.Commit(ctx, "demo", kyc.Change{kyc.SaveChallenge{Challenge: c, Expect: c.Tries}}))
}
