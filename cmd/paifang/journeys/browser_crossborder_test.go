package journeys

import "testing"

func browserCrossborder(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "x1", locale, true)
	v.crossborder("15112345691", passport{number: "C01X0026H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
}

func plainCrossborder(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "x1-plain", locale, false)
	v.crossborder("15112345692", passport{number: "C01X0027H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
}

// browserIneligible: a membership that may not enter gets a clear page.
func browserIneligible(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "x1-silver", locale, true)
	v.enter("silver", "")
	v.reads("membership", v.T("apply.closed.rejected.excluded"))
}

// enter comes from the marketplace, signed in there.
func (v *visitor) enter(membership, phone string) {
	v.t.Helper()
	v.open("/dev/marketplace")
	v.choose("membership", membership)
	v.fill("phone", phone)
	v.press(v.T("dev.marketplace.sign"))
	v.press(v.T("dev.marketplace.open"))
	v.press(v.T("apply.enter.go"))
}

// crossborder is X1 from the marketplace to the balances.
func (v *visitor) crossborder(phone string, p passport) {
	v.t.Helper()
	v.enter("gold", "+49"+phone)
	v.tick("consent")
	v.proceed()
	v.enterCode(v.next("+49" + phone).code(v.t))
	v.passwords()

	v.choose("kind", "individual")
	v.proceed()
	v.seller(p)
	v.proceed()
	v.uploadAndProceed(len(phone) + int(phone[len(phone)-1]))
	v.waited(v.T("apply.wait.in_review.title"))
	o := newOfficer(v.server, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
	v.reads("USD", "CNY", v.Money(0, "USD"), v.Money(0, "CNY"))
}

// passwords sets both, after a try with one for two.
func (v *visitor) passwords() {
	v.t.Helper()
	v.passwordRules()
	v.fill("payment_password", password)
	v.proceed()
	v.reads(v.T("problem.password.same"))
	v.passwordRules()
	v.fill("payment_password", payment)
	v.proceed()
}

func (v *visitor) seller(p passport) {
	v.t.Helper()
	v.choose("document_kind", "passport")
	v.fill("name", "Anna Maria Eriksson")
	v.fill("document_number", p.number)
	v.choose("issuing_country", "SE")
	v.date("expiry_date", p.expiry)
	v.choose("nationality", "SE")
	v.date("birth_date", p.birth)
	v.choose("gender", "female")
	v.country("address.country", "DE", "address.locality")
	v.fill("address.locality", "Berlin")
	v.fill("address.postal_code", "10115")
	v.fill("address.line1", "Musterstraße 1")
}
