package journeys

import (
	"fmt"
	"testing"
)

// browserEmail is M2 with a travel permit of Hong Kong residents (M5): the link of
// the e-mail is opened on another device, and both go on where they are.
func browserEmail(t *testing.T, b *browser, s *server, locale string) {
	const email, phone = "permit@example.com", "13800138091"
	v := b.visit(s, "m2", locale, true)
	v.byEmail(email, phone)
	link := v.next(email).link(t)

	other := b.visit(s, "m2-other", locale, false)
	other.followLink(link)
	other.reads(other.of("mainland", "profile.title"))
	v.open(ask[string](v, "location.pathname"))
	v.reads(v.of("mainland", "profile.title"))

	v.choose("document_kind", "hk_macao_permit")
	v.fill("name_latin", "CHAN Siu Ming")
	v.fill("name_native", "陳小明")
	v.fill("document_number", "H87654321")
	v.date("birth_date", "1990-02-03")
	v.choose("gender", "male")
	v.date("expiry_date", "2033-01-01")
	v.whereAndWork()
	v.bind(phone)
	v.proceed()

	v.upload(0, 61)
	v.upload(1, 62)
	v.proceed()
	v.passwordRules()
	v.proceed()
	o := newOfficer(s, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
	v.reads(v.of("mainland", "tiers.certified.label"))
	v.signIn("demo", phone)
	v.signIn("demo", email)
}

// plainEmail is M2 without scripts, beginning by phone and changing over; the box
// comes when the form is sent, and is honoured when it is not ticked.
func plainEmail(t *testing.T, b *browser, s *server, locale string) {
	const email, phone = "plain@example.com", "13800138092"
	v := b.visit(s, "m2-plain", locale, false)
	v.open("/t/demo/start/mainland")
	v.press(v.T("apply.start.go"))
	v.press(v.of("mainland", "ways.email"))
	v.email("mistyped@example.com", phone)
	v.press(v.T("apply.challenge.email.wrong"))
	v.fill("email", email)
	v.tick("consent")
	v.proceed()
	v.enterCode(v.next(email).code(t))

	v.fill("real_name", "测试·样本")
	v.fill("id_number", residentID("11010519491231014"))
	v.whereAndWork()
	v.fill("contact_phone", phone)
	v.readsNot(v.of("mainland", "profile.bind_phone.label"))
	v.proceed()
	v.reads(v.of("mainland", "profile.bind_phone.label"))
	v.click(`field("bind_phone")`)
	v.proceed()
	v.passwordRules()
	v.proceed()
	v.waited(v.T("apply.done.title"))
	v.signIn("demo", email)
}

// byEmail starts by the link on the start page and goes to the e-mail's code.
func (v *visitor) byEmail(email, phone string) {
	v.t.Helper()
	v.open("/t/demo/start/mainland")
	v.press(v.of("mainland", "ways.email"))
	v.reads(v.of("mainland", "activation.title"))
	v.press(v.T("apply.start.go"))
	v.email(email, phone)
}

func (v *visitor) email(email, phone string) {
	v.t.Helper()
	v.fill("email", email)
	v.tick("consent")
	v.proceed()
	v.fill("phone", phone)
	v.proceed()
	v.enterCode(v.next("+86" + phone).code(v.t))
	v.reads(v.T("apply.challenge.email.title"))
}

func (v *visitor) whereAndWork() {
	v.t.Helper()
	v.choose("occupation", "company")
	v.country("address.country", "CN", "address.line1")
	v.fill("address.admin_area", "北京市")
	v.fill("address.locality", "北京市")
	v.fill("address.dependent_locality", "朝阳区")
	v.fill("address.postal_code", "100000")
	v.fill("address.line1", "样本路1号")
}

// bind types another phone, then the proved one: only then the box is there,
// ticked.
func (v *visitor) bind(phone string) {
	v.t.Helper()
	const box = `document.querySelector("[data-same]")`
	v.fill("contact_phone", "13900139000")
	v.awaits(box+".hidden", "the box is there for another phone")
	v.fill("contact_phone", phone)
	v.awaits("!"+box+".hidden && "+box+`.querySelector("[type=checkbox]").checked`, fmt.Sprintf("no box for %d digits", len(phone)))
}
