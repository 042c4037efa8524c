package journeys

import (
	"html"
	"slices"
	"strings"
	"testing"
)

// TestAPI: a client that knows no market completes every market, and between
// any two requests the server may have been restarted.
func TestAPI(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		t.Run("M1", func(t *testing.T) { s.t = t; apiMainland(s) })
		t.Run("O1", func(t *testing.T) { s.t = t; apiOverseas(s) })
		t.Run("O1 by identity card", func(t *testing.T) { s.t = t; apiOverseasCard(s) })
		t.Run("O1 by driving licence", func(t *testing.T) { s.t = t; apiOverseasLicence(s) })
		t.Run("X1", func(t *testing.T) { s.t = t; apiCrossborder(s) })
		t.Run("X1 company", func(t *testing.T) { s.t = t; apiCompany(s) })
	})
}

func apiMainland(s *server) {
	c := newClient(s, "pk_test_demo", "mainland", "zh-Hans", newPerson(s.t, mainlandPerson("+8613800138000")))
	c.run("mainland")
	c.activated("verified")
	if want := []string{"account", "profile", "credentials"}; !slices.Equal(c.steps, want) {
		s.t.Errorf("steps were %v, want %v", c.steps, want)
	}
	c.signIn("+8613800138000")
}

func apiOverseas(s *server) {
	c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(s.t, overseasPerson("anna@example.com", "+201001234567", annas)))
	c.run("overseas")
	if c.view.State != "in_review" {
		s.t.Fatalf("state %s", c.view.State)
	}
	o := newOfficer(s, "demo")
	o.next()
	o.approve()
	c.run("overseas")
	c.activated("")
	c.signIn("anna@example.com")
}

func apiOverseasCard(s *server) {
	eva := passport{number: "AA1234567", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
	answers := overseasCard("card@example.com", "+201001234568", eva)
	answers["issuing_country"], answers["mrz"] = "SE", eva.mrz("SWE") // a passport's lines: not of this document
	c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(s.t, answers))
	for c.view.Next.Step != "document" {
		c.once("overseas")
	}
	if f := c.do(c.action("submit"), map[string]any{"version": c.view.Version, "values": c.fill("overseas")}); f == nil ||
		len(f.Errors) != 1 || f.Errors[0].Path != "mrz" || f.Errors[0].Code != "field.mrz_format" {
		s.t.Fatalf("a passport's lines for an identity card: %+v", f)
	}
	answers["mrz"] = eva.card("SWE")
	c.approvedWith("overseas", 2)
}

func apiOverseasLicence(s *server) {
	c := newClient(s, "pk_test_demo", "overseas", "zh-Hans", newPerson(s.t, overseasLicence("licence@example.com", "+201001234569")))
	c.approvedWith("overseas", 2)
}

// approvedWith goes on until a reviewer has approved, and counts the pictures
// that were asked for.
func (c *client) approvedWith(market string, pictures int) {
	c.t.Helper()
	for c.view.Next.Kind != "documents" {
		c.once(market)
	}
	asked := 0
	for _, d := range c.view.Next.Documents {
		asked += len(d.Sides)
	}
	if asked != pictures {
		c.t.Errorf("%d pictures are asked for, want %d: %+v", asked, pictures, c.view.Next.Documents)
	}
	c.run(market)
	if c.view.State != "in_review" {
		c.t.Fatalf("state %s, next %+v", c.view.State, c.view.Next)
	}
	o := newOfficer(c.server, "demo")
	o.next()
	o.approve()
	c.run(market)
	c.activated("")
}

func apiCrossborder(s *server) {
	answers := crossborderPerson("+4915112345678", passport{number: "C01X0007H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
	answers["assertion"] = s.assertion(`?member=m-100&membership=gold&phone=%2B4915112345678`)
	c := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(s.t, answers))
	c.run("crossborder")
	if c.view.State != "in_review" {
		s.t.Fatalf("state %s", c.view.State)
	}
	o := newOfficer(s, "demo")
	o.next()
	o.approve()
	c.run("crossborder")
	c.activated("")
	if len(c.view.Result.Balances) != 2 {
		s.t.Errorf("balances are %+v", c.view.Result.Balances)
	}
	for _, b := range c.view.Result.Balances {
		if b.Minor != 0 || (b.Currency != "USD" && b.Currency != "CNY") {
			s.t.Errorf("balance %+v", b)
		}
	}
}

// apiCompany: the marketplace knows no phone, so that one is bound; the code of
// the licence goes to a person, who sees why.
func apiCompany(s *server) {
	phone := "+4915112345601"
	answers := companyPerson(phone, passport{number: "C01X0101H", birth: "1974-08-12"})
	answers["assertion"] = s.assertion(`?member=company-1&membership=gold`)
	c := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(s.t, answers))
	c.run("crossborder")
	if c.view.State != "in_review" {
		s.t.Fatalf("state %s", c.view.State)
	}
	if want := "entry account credentials seller company representative owners settlement documents"; strings.Join(c.steps, " ") != want {
		s.t.Errorf("steps were %v", c.steps)
	}
	o := newOfficer(s, "demo")
	o.next()
	for _, words := range []string{"check character of the unified social credit code", "People who hold 25 % or more · No. 2", "Passport of owner no. 2"} {
		if !strings.Contains(html.UnescapeString(o.page), words) {
			s.t.Errorf("the reviewer does not see %q", words)
		}
	}
	if strings.Contains(o.page, "Passport of owner no. 1") {
		s.t.Error("a document of an owner who is the representative")
	}
	o.approve()
	c.run("crossborder")
	c.activated("company")
	if len(c.view.Result.Balances) != 2 || c.view.Result.Balances[0].Minor != 0 {
		s.t.Errorf("balances are %+v", c.view.Result.Balances)
	}
	c.signIn(phone)
}

// assertion asks the demo marketplace to vouch for a member.
func (s *server) assertion(query string) string {
	s.t.Helper()
	var out struct{ Assertion string }
	if _, f := s.request("GET", "/dev/marketplace"+query+"&format=json", "", nil, &out); f != nil || out.Assertion == "" {
		s.t.Fatalf("no assertion: %+v", f)
	}
	return out.Assertion
}

func (c *client) activated(tier string) {
	c.t.Helper()
	if c.view.State != "activated" || c.view.Result == nil || c.view.Next.Kind != "done" {
		c.t.Fatalf("state %s, next %+v", c.view.State, c.view.Next)
	}
	if tier != "" && c.view.Result.Tier.ID != tier {
		c.t.Errorf("tier %q, want %q", c.view.Result.Tier.ID, tier)
	}
	if c.view.Result.Tier.Label == "" || len(c.view.Result.Logins) == 0 {
		c.t.Errorf("result is not whole: %+v", c.view.Result)
	}
}

// signIn signs in with the new account and reads it.
func (c *client) signIn(login string) {
	c.t.Helper()
	var session struct {
		Token string `json:"session_token"`
	}
	if _, f := c.request("POST", "/api/v1/sessions", "pk_test_demo", map[string]string{"login": login, "password": password}, &session); f != nil {
		c.t.Fatalf("sign-in: %+v", f)
	}
	var account struct{ State string }
	if _, f := c.request("GET", "/api/v1/account", session.Token, nil, &account); f != nil || account.State != "active" {
		c.t.Fatalf("account: %+v %+v", account, f)
	}
	if status, _ := c.request("POST", "/api/v1/sessions", "pk_test_demo", map[string]string{"login": login, "password": "wrong " + password}, nil); status != 401 {
		c.t.Errorf("a wrong password answers %d", status)
	}
	if _, f := c.request("DELETE", "/api/v1/sessions/current", session.Token, nil, nil); f != nil {
		c.t.Errorf("sign-out: %+v", f)
	}
	if status, _ := c.request("GET", "/api/v1/account", session.Token, nil, nil); status != 401 {
		c.t.Errorf("a session that ended answers %d", status)
	}
}

// TestRestartBetweenSteps: the person goes on where they were.
func TestRestartBetweenSteps(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson("+8613800138011")))
		c.between = func() { s.restart() }
		c.run("mainland")
		c.activated("verified")
		s.restart()
		c.signIn("+8613800138011")
	})
}
