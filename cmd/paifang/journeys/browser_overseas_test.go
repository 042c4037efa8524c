package journeys

import (
	"testing"
)

func browserOverseas(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "o1", locale, true)
	v.open("/t/demo")
	v.overseas("demo", "layla@example.com", "1001234567", passport{number: "C01X0016H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
	review(b, v)
	v.signIn("demo", "layla@example.com")
}

// browserCard is O1 with a national identity card, in Arabic: the page shows
// what belongs to the kind, and the steps are the same number from the start.
func browserCard(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "o1-card", locale, true)
	v.open("/t/demo")
	p := passport{number: "AA7654321", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
	v.overseasTo("salma@example.com", "1001234577", p)
	planned := ask[int](v, `document.querySelectorAll(".where li").length`)
	expiry := func() bool { return ask[bool](v, `!document.querySelector("[name='expiry_date.year']").disabled`) }
	box := func() bool { return ask[bool](v, `!document.querySelector("[name=no_expiry]").disabled`) }
	if !expiry() || box() {
		t.Error("of a passport the expiry is asked, and no box offers to leave it out")
	}
	v.choose("document_kind", "national_id")
	v.tick("no_expiry")
	if expiry() {
		t.Error("a card that does not expire is asked for its expiry")
	}
	v.click(`field("no_expiry")`)
	v.choose("issuing_country", "SE")
	v.fill("document_number", p.number)
	v.date("expiry_date", p.expiry)
	v.fill("mrz", p.mrz("SWE"))
	v.proceed()
	v.reads(v.T("problem.field.mrz_format"))
	v.fill("mrz", p.card("SWE"))
	v.proceed()
	if n := ask[int](v, `document.querySelectorAll(".where li").length`); n != planned {
		t.Errorf("the steps were %d and are %d", planned, n)
	}
	v.reads("بطاقة هوية وطنية")
	if n := ask[int](v, `document.querySelectorAll(".side").length`); n != 2 {
		t.Errorf("%d sides of the card are asked for", n)
	}
	v.upload(0, 71)
	v.upload(1, 72)
	v.proceed()
	v.overseasEnd()
	o := newOfficer(s, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
	v.signIn("demo", "salma@example.com")
}

func plainOverseas(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "o1-plain", locale, false)
	v.open("/t/demo")
	v.overseas("demo", "nour@example.com", "1001234568", passport{number: "C01X0017H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
	o := newOfficer(s, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
	v.signIn("demo", "nour@example.com")
}

// browserHarbor: a tenant of another brand that offers one market, in Arabic first.
func browserHarbor(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "harbor", locale, true)
	v.open("/t/harbor")
	v.reads("Harbor Bazaar")
	if n := ask[int](v, `document.querySelectorAll(".choices a[href*='/start/']").length`); n != 1 {
		t.Errorf("%d markets are offered", n)
	}
	if accent := ask[string](v, `getComputedStyle(document.documentElement).getPropertyValue("--accent").trim()`); accent != "#7a3cc2" {
		t.Errorf("the accent is %q", accent)
	}
	v.locale, v.Printer = "en", b.words.Printer("en")
	v.touch("العربية")
	v.press("English")
	v.reads("Harbor Bazaar", v.T("apply.home.heading", "tenant", "Harbor Bazaar"))
	v.press("Buyer")
	v.open("/t/harbor/sign-in")
	// An account of another tenant is none of this one.
	v.fill("login", "layla@example.com")
	v.fill("password", password)
	v.press(v.T("apply.signin.go"))
	v.reads(v.T("apply.signin.refused"))
}

// overseas is O1 up to the wait for the review.
func (v *visitor) overseas(tenant, email, phone string, p passport) {
	v.t.Helper()
	v.overseasTo(email, phone, p)
	v.choose("issuing_country", "SE")
	v.fill("document_number", p.number)
	v.date("expiry_date", p.expiry)
	v.fill("mrz", p.mrz("SWE"))
	v.proceed()
	v.upload(0, 70)
	v.proceed()
	v.overseasEnd()
}

// overseasTo is O1 up to the question for the document.
func (v *visitor) overseasTo(email, phone string, p passport) {
	v.t.Helper()
	v.leave(func() { v.click(`document.querySelector("a[href$='/start/overseas']")`) })
	v.press(v.T("apply.start.go"))
	v.choose("residence", "EG")
	v.fill("email", email)
	v.tick("consent")
	if v.scripts {
		v.until(v.T("apply.available.yes"))
	}
	v.proceed()

	v.followLink(v.next(email).link(v.t))
	if v.scripts {
		v.seek("phone.region", "0020", "EG")
	} else {
		v.choose("phone.region", "EG")
	}
	v.fill("phone", phone)
	v.proceed()
	v.enterCode(v.next("+20" + phone).code(v.t))

	v.profile(p)
	v.proceed()
}

// overseasEnd is O1 from the passwords to the wait for the review.
func (v *visitor) overseasEnd() {
	v.t.Helper()
	v.passwordRules()
	v.fill("payment_password", "385172")
	for _, n := range []string{"1", "2"} {
		ask[bool](v, `(() => { const s = document.querySelector("[name='questions.`+n+`.question']"); s.selectedIndex = `+n+`; return true; })()`)
		v.fill("questions."+n+".answer", "Uppsala "+n)
	}
	v.proceed()
	v.waited(v.T("apply.wait.in_review.title"))
}

// seek types into the search of a long list, which then has chosen.
func (v *visitor) seek(name, words, want string) {
	v.t.Helper()
	got := ask[string](v, `(() => {
const select = document.querySelector("[name='`+name+`']"), box = document.getElementById(select.id + "-find");
box.focus();
box.value = `+quoted(words)+`;
box.dispatchEvent(new Event("input", { bubbles: true }));
box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
return select.value;
})()`)
	if got != want {
		v.t.Errorf("searching %s for %q finds %q, want %q", name, words, got, want)
	}
}

func (v *visitor) profile(p passport) {
	v.t.Helper()
	v.fill("name_latin", "Anna Maria Eriksson")
	v.fill("name_native", "آنا ماريا إريكسون")
	v.choose("gender", "female")
	v.choose("nationality", "SE")
	v.date("birth_date", p.birth)
	v.country("address.country", "EG", "address.admin_area")
	v.fill("address.admin_area", "القاهرة")
	v.fill("address.locality", "القاهرة")
	v.fill("address.line1", "شارع العينة 1")
}

// followLink opens the link of a mail as a scanner does, twice, and then as
// the person.
func (v *visitor) followLink(link string) {
	v.t.Helper()
	v.open(link)
	v.open(link)
	v.reads(v.T("apply.link.ready"))
	v.press(v.T("apply.link.go"))
}
