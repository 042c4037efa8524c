package journeys

import (
	"testing"
)

// paper is a document of M5 as its holder types it.
type paper struct {
	kind, number, country string
	sides                 int
}

// browserPassport is M5 for a foreigner with a mainland phone and a foreign passport (O3).
func browserPassport(t *testing.T, b *browser, s *server, locale string) {
	b.visit(s, "m5-passport", locale, true).kind("13800138095", paper{"passport", "AB765432", "CA", 1})
}

// browserOldCard is M5 with a foreign permanent resident card in its old form, whose
// number begins with the letters of the nationality.
func browserOldCard(t *testing.T, b *browser, s *server, locale string) {
	b.visit(s, "m5-old-card", locale, true).kind("13800138096", paper{"foreign_permanent_res", "CAN11008108032" + digit("CAN11008108032"), "CA", 2})
}

// browserPermits is M5 with the documents of residents of Hong Kong, Macao and Taiwan
// that browserEmail does not have.
func browserPermits(t *testing.T, b *browser, s *server, locale string) {
	b.visit(s, "m5-residence", locale, true).kind("13800138097", paper{"hmt_residence_permit", residentID("81000019940823002"), "", 2})
	b.visit(s, "m5-taiwan", locale, true).kind("13800138098", paper{"taiwan_permit", "87654321", "", 2})
}

// kind is M1 by phone with another document than a resident ID card: the form asks
// for what belongs to it, and a person looks at its photos.
func (v *visitor) kind(phone string, p paper) {
	v.t.Helper()
	v.open("/t/demo/start/mainland")
	v.press(v.T("apply.start.go"))
	v.fill("phone", phone)
	v.tick("consent")
	v.proceed()
	v.enterCode(v.next("+86" + phone).code(v.t))
	v.choose("document_kind", p.kind)
	if p.kind == "hmt_residence_permit" {
		v.fill("real_name", "陳小明")
	} else {
		v.fill("name_latin", "Specimen Anna")
		v.date("birth_date", "1981-08-03")
		v.choose("gender", "female")
	}
	if p.country != "" {
		v.choose("nationality", p.country)
	}
	if p.kind == "passport" {
		v.choose("issuing_country", p.country)
	}
	v.fill("document_number", p.number)
	v.date("expiry_date", "2033-01-01")
	v.whereAndWork()
	v.proceed()
	if n := ask[int](v, `document.querySelectorAll(".side").length`); n != p.sides {
		v.t.Fatalf("%d sides of %s are asked for: %.900s", n, p.kind, v.text())
	}
	for n := range p.sides {
		v.upload(n, 80+n)
	}
	v.proceed()
	v.passwordRules()
	v.proceed()
	o := newOfficer(v.server, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
	v.reads(v.of("mainland", "tiers.certified.label"))
	v.signIn("demo", phone)
}
