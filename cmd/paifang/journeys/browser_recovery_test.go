package journeys

import (
	"testing"
)

// browserRecovery is decision 17 through pages alone: somebody asks to get into
// their account, two people of the staff grant it, and the one-time link sets a
// new password.
func browserRecovery(t *testing.T, b *browser, s *server, locale string) {
	const login, away, number = "+8613800138611", "away@example.com", "C01X0006H"
	holder := mainlandPerson(login)
	holder["id_number"] = residentID("11010519491231018")
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, holder))
	c.sent[login] = len(s.codes(login))
	c.run("mainland")
	c.activated("")

	v := b.visit(s, "recovery", locale, true)
	v.open("/t/demo/sign-in")
	v.leave(func() { v.click(`document.querySelector("a[href$='/start/recovery']")`) })
	v.press(v.T("apply.start.go"))
	v.fill("email", away)
	v.tick("consent")
	v.proceed()
	v.enterCode(v.next(away).code(t))
	v.fill("login", login)
	v.fill("name", "测试·样本")
	v.fill("story", "My phone was stolen.")
	v.choose("document_kind", "passport")
	v.fill("number", number)
	v.proceed()
	v.upload(0, 77)
	v.proceed()
	v.waited(v.T("apply.wait.in_review.title"))

	b.grants(s, "officer", s.password, "admin.decide.approve", "somebody else has to confirm")
	b.grants(s, "second", hire(s, "second", "Second Person"), "admin.proposal.confirm", "The link will be sent")
	link := s.awaitText(away, "/recover/")
	v.open(recoveryPath.FindString(link.Text))
	v.open(recoveryPath.FindString(link.Text)) // a scanner
	v.reads(v.T("recovery.new.title"))
	v.fill("password", afresh)
	v.press(v.T("recovery.new.go"))
	v.reads(v.T("recovery.done.title"))
	v.open(recoveryPath.FindString(link.Text))
	v.reads(v.T("recovery.link.used"))
	s.session(login, password, 401)
	s.session(login, afresh, 201)
}

// grants is one of the two people who decide on a request: every picture is
// looked at, then it is approved.
func (b *browser) grants(s *server, login, password, button, words string) {
	s.t.Helper()
	o := b.staff(s, "recovery-"+login, login, password)
	k := newClerk(s, "demo", login, password)
	var list struct{ Cases []struct{ ID string } }
	s.request("GET", k.at+"/cases?market=recovery&state=open", k.token, nil, &list)
	if len(list.Cases) != 1 {
		s.t.Fatalf("requests that wait: %+v", list)
	}
	o.open("/admin/demo/cases/" + list.Cases[0].ID)
	o.press(o.T("admin.case.claim"))
	o.awaits(`[...document.querySelectorAll("[data-glass] img")].every((i) => i.naturalWidth > 0)`, "a picture cannot be seen")
	o.press(o.T(button))
	o.reads(words)
}
