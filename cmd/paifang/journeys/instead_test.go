package journeys

import (
	"net/url"
	"strings"
	"testing"

	"github.com/paifang/paifang/locales"
)

// TestO3AnotherContact: the activation mail never comes; the person proves the phone
// in its place, signs in with it, and nothing of the mail does anything any more.
func TestO3AnotherContact(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const lost, phone = "lost@example.com", "+201001234601"
		p := passport{number: "C01X0061H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
		c := newClient(s, "pk_test_demo", "overseas", "ru", newPerson(t, overseasPerson(lost, phone, p)))
		if c.view.Next.Instead != nil {
			t.Errorf("offered before anything was sent: %+v", c.view.Next.Instead)
		}
		c.once("overseas")
		words, err := locales.Load()
		must(t, err)
		ru := words.Printer("ru")
		if i := c.view.Next.Instead; i == nil || i.Step != "phone" || !i.Login || i.Title != ru.T("apply.instead.phone.title") || i.Text != ru.T("apply.instead.phone.login") {
			t.Fatalf("offered: %+v", i)
		}
		link := strings.TrimPrefix(s.newMessage(lost, 1).link(t), s.base)
		staffFind(s, lost)
		c.check(c.do(c.action("switch"), nil))
		c.wants("form", "phone")
		if c.view.Steps[0].State != "aside" {
			t.Errorf("steps: %+v", c.view.Steps)
		}
		late := newBrowserless(s) // the mail comes after all
		late.get(link)
		if !strings.Contains(late.page, ru.T("apply.link.expired")) {
			t.Errorf("the link of the contact that was left: %.2000s", late.page)
		}
		c.check(c.do(c.action("switch"), nil)) // back, and over again
		c.wants("form", "account")
		c.check(c.do(c.action("switch"), nil))

		page := c.elsewhere() // another device stands where this one does
		page.get("/t/demo/applications/" + c.view.ID)
		if !strings.Contains(page.page, "/switch/phone") {
			t.Error("the page offers no way back")
		}
		c.wants("form", "phone")
		c.run("overseas")
		s.reviewed(c, "overseas")
		if len(c.view.Result.Logins) != 1 {
			t.Errorf("login names %v", c.view.Result.Logins)
		}
		s.session(phone, password, 201)
		s.session(lost, password, 401)

		m := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson("+8613800138602")))
		m.once("mainland") // a market that knows of no other contact offers none
		if m.view.Next.Instead != nil {
			t.Errorf("offered: %+v", m.view.Next.Instead)
		}
		if f := m.do(action{Method: "POST", Href: "/api/v1/applications/" + m.view.ID + "/steps/account/switch"}, nil); f == nil || f.Status != 409 || f.Code != "no_other_contact" {
			t.Errorf("switching all the same: %+v", f)
		}
		plain := m.elsewhere()
		if strings.Contains(plain.page, "/switch/") {
			t.Error("the page offers what the market does not")
		}
		plain.submit("/correct/account", url.Values{})
	})
}

// browserInstead is O3 in French: away from the mail, back, away again, and the text
// message is put off to the end in another application.
func browserInstead(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "o3-instead", locale, true)
	v.instead("perdu@example.com", "1001234603", "C01X0063H")
	v.signIn("demo", "+201001234603")
}

// plainInstead puts the text message off, without scripts and in Russian.
func plainInstead(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "o3-instead-plain", locale, false)
	v.asResident("later@example.com")
	v.followLink(v.next("later@example.com").link(v.t))
	v.choose("phone.region", "EG")
	v.fill("phone", "1001234604")
	v.proceed()
	v.reads(v.T("apply.instead.later"))
	v.press(v.T("apply.instead.email.title"))
	v.profile(annas)
	v.proceed()
	if !ask[bool](v, `document.querySelector("[name=document_kind]") !== null`) {
		t.Error("the person does not go on with the document")
	}
}

// asResident is the first step of O1.
func (v *visitor) asResident(email string) {
	v.t.Helper()
	v.open("/t/demo/start/overseas")
	v.press(v.T("apply.start.go"))
	v.choose("residence", "EG")
	v.fill("email", email)
	v.tick("consent")
	v.proceed()
}

func (v *visitor) instead(email, phone, number string) {
	v.t.Helper()
	v.asResident(email)
	v.reads(v.T("apply.instead.phone.login"))
	v.press(v.T("apply.instead.phone.title"))
	v.press(v.T("apply.instead.email.back"))
	if typed := ask[string](v, `document.querySelector("[name=email]").value`); typed != email {
		v.t.Errorf("what was typed is %q now", typed)
	}
	v.press(v.T("apply.instead.phone.title"))
	v.choose("phone.region", "EG")
	v.fill("phone", phone)
	v.proceed()
	v.enterCode(v.next("+20" + phone).code(v.t))
	p := annas
	p.number = number
	v.profile(p)
	v.proceed()
	v.choose("issuing_country", "SE")
	v.fill("document_number", p.number)
	v.date("expiry_date", p.expiry)
	v.fill("mrz", p.mrz("SWE"))
	v.proceed()
	v.upload(0, 74)
	v.proceed()
	v.overseasEnd()
	o := newOfficer(v.server, "demo")
	o.next()
	o.approve()
	v.waited(v.T("apply.done.title"))
}

// staffFind: somebody writes that nothing arrived, before there is any case; staff
// find the application by the address, see the message, and send it again.
func staffFind(s *server, email string) {
	s.t.Helper()
	k := newClerk(s, "demo", "officer", s.password)
	var list struct{ Applications []struct{ ID, State string } }
	if _, f := s.request("POST", k.at+"/deliveries/search", k.token, map[string]string{"what": strings.ToUpper(email), "why": "complaint"}, &list); f != nil || len(list.Applications) != 1 {
		s.t.Fatalf("found: %+v, %+v", list, f)
	}
	type seen struct {
		Case     string
		Messages []struct {
			State, To string
			Kind      string
			KindText  string `json:"kind_text"`
		}
	}
	var v seen
	path := k.at + "/deliveries/" + list.Applications[0].ID
	s.request("GET", path, k.token, nil, &v)
	if v.Case != "" || len(v.Messages) != 1 || v.Messages[0].Kind != "link" || v.Messages[0].To == email || !strings.HasSuffix(v.Messages[0].To, "@example.com") {
		s.t.Errorf("staff see %+v", v)
	}
	if _, f := s.request("POST", path+"/send-again", k.token, nil, nil); f == nil || f.Status != 429 {
		s.t.Errorf("before the countdown is over: %+v", f)
	}
	o := newOfficer(s, "demo")
	o.get("/admin/demo/deliveries")
	o.submit("/admin/demo/deliveries", url.Values{"what": {list.Applications[0].ID}})
	if !strings.Contains(o.page, "/deliveries/"+list.Applications[0].ID) {
		s.t.Errorf("the page does not find it: %.3000s", o.page)
	}
}
