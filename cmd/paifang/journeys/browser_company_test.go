package journeys

import (
	"fmt"
	"testing"
)

func browserCompany(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "x1-company", locale, true)
	v.company("15112345693", passport{number: "C01X0028H", birth: "1974-08-12"}, v.account)
}

func plainCompany(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "x1-company-plain", locale, false)
	v.company("15112345694", passport{number: "C01X0029H", birth: "1974-08-12"}, v.accountAbroad)
}

// company is X1 of a company whose phone the marketplace does not know; settle
// fills where money is paid out to.
func (v *visitor) company(phone string, owner passport, settle func()) {
	v.t.Helper()
	v.enter("gold", "")
	v.choose("phone.region", "DE")
	v.fill("phone", phone)
	v.tick("consent")
	v.proceed()
	v.enterCode(v.next("+49" + phone).code(v.t))
	v.passwords()
	v.choose("kind", "company")
	v.proceed()
	v.licence()
	v.proceed()
	v.choose("document_kind", "resident_id")
	v.fill("name", "测试样本")
	v.fill("id_number", specimenID)
	v.proceed()
	v.owners(owner)
	settle()
	v.proceed()

	for n := range 4 { // the licence, both sides of a card, a page of a passport
		v.upload(n, 10*int(phone[len(phone)-1])+n)
	}
	v.proceed()
	v.waited(v.T("apply.wait.in_review.title"))
	o := newOfficer(v.server, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
	v.reads(v.of("crossborder", "tiers.company.label"), "USD", "CNY")
}

func (v *visitor) licence() {
	v.t.Helper()
	v.fill("company_name", "样本贸易有限公司")
	v.choose("registered", "mainland")
	v.fill("uscc", "91350100M0001TGQXM")
	v.choose("licence_term", "until")
	v.date("licence_until", "2046-01-31")
	v.country("address.country", "CN", "address.locality")
	v.fill("address.admin_area", "福建省")
	v.fill("address.locality", "福州市")
	v.fill("address.dependent_locality", "鼓楼区")
	v.fill("address.postal_code", "350000")
	v.fill("address.line1", "样本路1号")
}

// owners fills a list: rows are added and removed, one falls short, and nothing
// that was typed is lost.
func (v *visitor) owners(p passport) {
	v.t.Helper()
	v.readsNot(v.T("apply.derived")) // of the legal representative, on a page about others
	v.choose("anyone", "yes")
	v.fill("owners.1.percentage", "60")
	v.tick("owners.1.representative")
	v.row(v.T("apply.list.add"), 2)
	v.fill("owners.2.percentage", "20")
	v.fill("owners.2.name", "Anna Maria Eriksson")
	v.choose("owners.2.document_kind", "passport")
	v.fill("owners.2.document_number", p.number)
	v.find("owners.2.issuing_country", "SE")
	v.choose("owners.2.nationality", "SE")
	v.date("owners.2.birth_date", p.birth)
	v.row(v.T("apply.list.add"), 3)
	v.fill("owners.3.percentage", "5")
	v.row(v.T("apply.list.remove", "number", 3), 2)
	v.proceed()
	v.reads(v.T("apply.list.row", "number", 2)+" · ", v.of("crossborder", "problem.percentage"))
	if name := ask[string](v, `document.querySelector("[name='owners.2.name']").value`); name != "Anna Maria Eriksson" {
		v.t.Errorf("the owner's name is %q", name)
	}
	v.fill("owners.2.percentage", "33,5 %")
	v.proceed()
}

// find types what is sought into the search box above a list, which scripts add
// to lists that come later, too.
func (v *visitor) find(name, code string) {
	v.t.Helper()
	if !v.scripts {
		v.choose(name, code)
		return
	}
	const of = `document.getElementById(document.querySelector("[name='%s']").id + "-find")`
	box := fmt.Sprintf(of, name)
	v.click(box)
	v.keys(code)
	v.keys("\r")
	if got := ask[string](v, `document.querySelector("[name='`+name+`']").value`); got != code {
		v.t.Errorf("%s is %q after a search for %s", name, got, code)
	}
}

// row presses a button of a list, after which it has so many rows.
func (v *visitor) row(words string, rows int) {
	v.t.Helper()
	if v.scripts {
		v.touch(words)
	} else {
		v.press(words)
	}
	v.awaits(fmt.Sprintf(`document.querySelectorAll(".row-of-list").length === %d`, rows), fmt.Sprintf("the list has not %d rows", rows))
	if v.scripts {
		v.look()
	}
}

func (v *visitor) account() {
	v.t.Helper()
	v.fill("holder", "样本贸易有限公司")
	v.choose("account_country", "CN")
	v.choose("account_kind", "account")
	v.fill("bank_name", "样本银行福州分行")
	v.fill("account_number", "0200000009000000123")
}

// accountAbroad names an account by IBAN and BIC: a slip in the one and the bank of
// another country are told each beside its field, and both are taken as typed in groups.
func (v *visitor) accountAbroad() {
	v.t.Helper()
	v.fill("holder", "样本贸易有限公司")
	v.choose("account_country", "DE")
	for _, name := range []string{"account_kind", "bank_name", "account_number"} {
		if ask[bool](v, `(() => { const { field } = `+finding+`; return !!field(`+quoted(name)+`); })()`) {
			v.t.Errorf("%s is asked of an account with an IBAN", name)
		}
	}
	v.fill("iban", "DE88 3704 0044 0532 0130 00")
	v.fill("bic", "BNPAFRPP")
	v.proceed()
	v.reads(v.of("crossborder", "problem.account_check_digit"), v.of("crossborder", "problem.bic_country"))
	v.fill("iban", "de89 3704 0044 0532 0130 00")
	v.fill("bic", "COBADEFFXXX")
}
