package journeys

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const afresh = "harbour violin 63 thistle"

var (
	recoveryPath = regexp.MustCompile(`/t/demo/recover/[\w-]+`)
	stopPath     = regexp.MustCompile(`/t/demo/stop/[\w-]+`)
)

// TestRecovery is the way of somebody who has money in an account and cannot get
// in: it ends with people. The answer goes by e-mail in one run, to a phone in the other.
func TestRecovery(t *testing.T) {
	t.Setenv("PAIFANG_RECOVERY_WAIT", "1s")
	databases(t, func(t *testing.T, s *server) {
		const login, phone = "locked@example.com", "+201001234591"
		away, way := "elsewhere@example.com", "email"
		if s.database != "" {
			away, way = "+8613800138092", "phone"
		}
		c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson(login, phone, annas)))
		c.run("overseas")
		s.reviewed(c, "overseas")
		session := s.session(login, password, 201)
		holder{s, session}.freezes(login, phone)

		asked := asksToGetIn(s, login, way, away)
		unknown := asksToGetIn(s, "nobody@example.com", "email", "nobody-else@example.com")
		if asked.view.State != "in_review" || unknown.view.State != "in_review" || asked.view.Next.Kind != unknown.view.Next.Kind {
			t.Fatalf("a known name is %s %+v, an unknown one %s %+v", asked.view.State, asked.view.Next, unknown.view.State, unknown.view.Next)
		}
		for _, to := range []string{login, phone} {
			s.awaitText(to, "cannot get into your account")
		}
		s.request("GET", "/api/v1/account", session, nil, nil)

		s.strangersStayOut(unknown.view.ID)
		first, second := newClerk(s, "demo", "officer", s.password), s.hire("demo", "second", "senior_reviewer")
		first.judges(asked.view.ID, true)
		s.toldOfLooks("/api/v1/applications/"+asked.view.ID+"/readers", asked.auth, reading{"passport", "compliance_officer", 1})
		first.cannotConfirm(asked.view.ID)
		second.confirms(asked.view.ID)
		link := s.awaitText(away, "/recover/")
		for _, to := range []string{login, phone} {
			s.awaitText(to, "granted")
		}
		s.setsPassword(link, login, session)
		s.toldOfLooks("/api/v1/account/readers", s.session(login, afresh, 201), reading{"passport", "compliance_officer", 2})
		if status, _ := s.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, nil); status != 401 {
			t.Errorf("who held the account's application before is answered %d", status)
		}
		asked.request("GET", "/api/v1/applications/"+asked.view.ID, asked.auth, nil, &asked.view)
		if asked.view.State != "activated" || asked.view.Next.Kind != "closed" || asked.view.Result != nil {
			t.Errorf("afterwards the request is %s %+v", asked.view.State, asked.view.Next)
		}
		late := stopPath.FindString(s.awaitText(login, "granted").Text)
		if _, f := s.request("POST", "/api/v1/recoveries/stop", "pk_test_demo", map[string]string{"token": late[strings.LastIndex(late, "/")+1:]}, nil); f == nil || f.Status != 410 {
			t.Errorf("stopping too late: %+v", f)
		}
		first.judges(unknown.view.ID, false)
		s.freezesByLink(login)
		s.unharmed()
	})
}

var freezePath = regexp.MustCompile(`/t/demo/not-me/[\w-]{43}`)

// freezes shuts the holder's own account: nobody gets in with what is right, which is said
// to those who have it alone.
func (h holder) freezes(login, phone string) {
	h.t.Helper()
	h.does("POST", "/account/freeze", nil, nil, 204)
	h.does("GET", "/account", nil, nil, 401)
	h.session(login, password, 403)
	h.session(login, "not it", 401)
	for _, to := range []string{login, phone} {
		h.awaitText(to, "Your account was frozen")
	}
}

// freezesByLink follows the link in the news of a new password.
func (s *server) freezesByLink(login string) {
	s.t.Helper()
	session := s.session(login, afresh, 201)
	path := freezePath.FindString(s.awaitText(login, "A new login password was set").Text)
	for range 2 { // a scanner
		if r := s.send("GET", path, nil, nil); r.status != 200 || !strings.Contains(r.body, "Freeze the account now") {
			s.t.Errorf("the link shows %d %.2000s", r.status, r.body)
		}
	}
	keyed, token := holder{s, "pk_test_demo"}, path[strings.LastIndex(path, "/")+1:]
	keyed.does("POST", "/freezes", map[string]string{"token": strings.Repeat("A", 43)}, nil, 404)
	holder{s, session}.does("GET", "/account", nil, nil, 200)
	keyed.does("POST", "/freezes", map[string]string{"token": token}, nil, 204)
	holder{s, session}.does("GET", "/account", nil, nil, 401)
	s.session(login, afresh, 403)
	if r := s.send("GET", path, nil, nil); r.status != 200 || !strings.Contains(r.body, "/t/demo/start/recovery") {
		s.t.Errorf("afterwards the link shows %d %.2000s", r.status, r.body)
	}
}

// TestRecoveryStopped: whoever reads a contact of the account stops what two
// people granted in the portal; it goes back to people, who say no. Nobody uses
// JavaScript.
func TestRecoveryStopped(t *testing.T) {
	s := newServer(t, "")
	const phone, thief = "+8613800138091", "thief@example.com"
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
	c.run("mainland")
	c.activated("")
	page := newBrowserless(s)
	page.get("/t/demo/sign-in")
	if !strings.Contains(page.page, `href="/t/demo/start/recovery"`) {
		t.Error("the sign-in page offers no way to a person")
	}
	page.get("/t/demo/start/recovery")
	page.submit("/start/recovery", url.Values{})
	if !strings.Contains(page.at.Path, "/applications/") {
		t.Errorf("the request is at %s", page.at)
	}

	r := asksToGetIn(s, phone, "email", thief)
	rival := asksToGetIn(s, phone, "phone", "+8613800138093")
	first := newOfficer(s, "demo")
	s.hire("demo", "second", "senior_reviewer")
	second := signedIn(s, "demo", "second", password)
	first.grants(r.view.ID, "somebody else has to confirm")
	second.grants(r.view.ID, "The link will be sent")
	k := newClerk(s, "demo", "officer", s.password)
	k.finds(r.view.ID, "decided")
	k.refuses("POST", "send-again", nil, 409, "recovery_waits")
	k.finds(rival.view.ID, "open")
	if n := len(k.view.Recovery.Others); n != 1 || k.view.Recovery.Others[0].State != "approved" {
		t.Errorf("other requests about the account: %+v", k.view.Recovery.Others)
	}

	page.stops(stopPath.FindString(s.awaitText(phone, "granted").Text))
	k.takes(r.view.ID)
	if k.view.Recovery.Stopped == "" || k.view.Recovery.Opens != "" || k.view.First != "" || k.view.ApplicationState != "in_review" {
		t.Errorf("the stopped request is %s %+v", k.view.ApplicationState, k.view.Recovery)
	}
	k.refuses("POST", "decision", k.verdict("reject", "policy.underage"), 400, "reason_unfit")
	k.must("POST", "decision", k.verdict("reject", "policy.account_unconfirmed"))
	other := newClerk(s, "demo", "second", password)
	other.takes(r.view.ID)
	other.must("POST", "confirmation", other.shown())
	s.awaitText(phone, "came to nothing")
	r.request("GET", "/api/v1/applications/"+r.view.ID, r.auth, nil, &r.view)
	if len(r.view.Next.Reasons) != 1 || !strings.Contains(r.view.Next.Reasons[0].Text, "could not confirm") {
		t.Errorf("who asked reads %+v", r.view.Next.Reasons)
	}
	if s.received(thief, "/recover/") {
		t.Error("a link was sent in spite of the stop")
	}
	s.session(phone, password, 201)

	first.grants(rival.view.ID, "somebody else has to confirm")
	second.grants(rival.view.ID, "The link will be sent")
	second.submit("/take-back", url.Values{})
	k.finds(rival.view.ID, "open")
	s.unharmed()
}

// TestRecoveryBudgets: who names the account of somebody else again and again
// shuts nobody out, and one contact is answered three times a day.
func TestRecoveryBudgets(t *testing.T) {
	inOneWindow(24*time.Hour, time.Minute)
	s := newServer(t, "")
	const phone = "+8613800138094"
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
	c.run("mainland")
	c.activated("")
	for range 3 {
		asksToGetIn(s, phone, "email", "thief@example.com")
	}
	r := begins(s, phone, "email", "thief@example.com")
	if f := r.do(r.action("submit"), map[string]any{"values": r.fill("recovery")}); f == nil || f.Status != 429 {
		t.Errorf("the fourth request that one contact is to be answered: %+v", f)
	}
	for _, other := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		asksToGetIn(s, phone, "email", other)
	}
	asksToGetIn(s, phone, "phone", phone) // the holder, whose phone is there and whose password is not
	told := func() (notices int) {
		for _, m := range s.messages(phone) {
			if strings.Contains(m.Text, "cannot get into your account") {
				notices++
			}
		}
		return notices
	}
	for end := time.Now().Add(patience); told() < 5 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond) // for those too many
	if notices := told(); notices != 5 {
		t.Errorf("of seven requests in a day %d were told, want 5", notices)
	}
}

// reading is a look of staff at a document, as the person is told of it.
type reading struct {
	Document, Role string
	Times          int
}

// toldOfLooks: in one case staff opened the document of the request once and that of
// the account twice; each of the two people is told of his own, who asked of nothing else.
func (s *server) toldOfLooks(path, bearer string, want reading) {
	s.t.Helper()
	var told struct{ Readings []reading }
	if _, f := s.request("GET", path, bearer, nil, &told); f != nil {
		s.t.Fatalf("%s: %+v", path, f)
	}
	if !slices.Contains(told.Readings, want) || want.Times == 1 && len(told.Readings) != 1 {
		s.t.Errorf("%s tells %+v, want %+v", path, told.Readings, want)
	}
}

func recoveryAnswers(login, way, contact string) map[string]any {
	answers := map[string]any{"login": login, "name": "Anna Maria Eriksson", "story": "My phone and my mailbox are gone.",
		"document_kind": "passport", "number": "c01x-0006 h", "consent": true, "phone.region": "CN"}
	maps.Copy(answers, map[string]any{way: contact})
	return answers
}

// begins is a request whose contact is proved.
func begins(s *server, login, way, contact string) *client {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "recovery", "en", newPerson(s.t, recoveryAnswers(login, way, contact)))
	c.sent[contact] = len(s.codes(contact))
	if way != "email" {
		c.check(c.do(action{Method: "POST", Href: "/api/v1/applications/" + c.view.ID + "/way"}, map[string]string{"way": way}))
	}
	c.once("recovery")
	c.once("recovery")
	c.wants("form", "account")
	return c
}

// asksToGetIn sends a request to the end.
func asksToGetIn(s *server, login, way, contact string) *client {
	s.t.Helper()
	c := begins(s, login, way, contact)
	c.run("recovery")
	return c
}

// awaitText waits for a message with these words.
func (s *server) awaitText(to, words string) message {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		for _, m := range s.messages(to) {
			if strings.Contains(m.Text, words) {
				return m
			}
		}
	}
	s.t.Fatalf("%s got no message with %q", to, words)
	return message{}
}

func (s *server) received(to, words string) bool {
	for _, m := range s.messages(to) {
		if strings.Contains(m.Text, words) {
			return true
		}
	}
	return false
}

// session signs in and wants an answer.
func (s *server) session(login, password string, want int) string {
	s.t.Helper()
	var session struct {
		Token string `json:"session_token"`
	}
	status, _ := s.request("POST", "/api/v1/sessions", "pk_test_demo", map[string]string{"login": login, "password": password}, &session)
	if status != want {
		s.t.Errorf("signing in answers %d, want %d", status, want)
	}
	return session.Token
}

// strangersStayOut: who has no business with it decides nothing.
func (s *server) strangersStayOut(application string) {
	s.t.Helper()
	viewer := s.hire("demo", "plain-reviewer", "reviewer")
	viewer.takes(application)
	viewer.refuses("POST", "decision", viewer.verdict("approve"), 403, "forbidden")
	viewer.refuses("POST", "take-back", nil, 403, "forbidden")
	viewer.must("POST", "release", nil)
}

var caseFile = regexp.MustCompile(`/cases/[\w-]+/files/[\w-]+`)

// setsPassword opens the link in a browser and uses it once.
func (s *server) setsPassword(m message, login, session string) {
	s.t.Helper()
	path := recoveryPath.FindString(m.Text)
	token := path[strings.LastIndex(path, "/")+1:]
	with := func(token, password string) map[string]string {
		return map[string]string{"token": token, "password": password}
	}
	for range 2 { // a scanner
		if r := s.send("GET", path, nil, nil); r.status != 200 {
			s.t.Fatalf("the link answers %d: %s", r.status, r.body)
		}
	}
	for _, wrong := range []string{strings.Repeat("A", len(token)), "x"} {
		for range 2 {
			if _, f := s.request("POST", "/api/v1/recoveries", "pk_test_demo", with(wrong, afresh), nil); f == nil || f.Status != 404 {
				s.t.Errorf("a wrong link: %+v", f)
			}
		}
	}
	for _, other := range []string{"/t/demo/l/" + token, "/t/demo/r/" + token, "/t/demo/stop/" + token, "/t/harbor/recover/" + token} {
		if r := s.send("GET", other, nil, nil); r.status != 404 {
			s.t.Errorf("%s answers %d", other, r.status)
		}
	}
	for _, bad := range []string{"", "short", "locked@example.com", "Eriksson Anna"} {
		if _, f := s.request("POST", "/api/v1/recoveries", "pk_test_demo", with(token, bad), nil); f == nil || f.Status != 422 {
			s.t.Errorf("the password %q: %+v", bad, f)
		}
	}
	page := newBrowserless(s)
	page.get(path)
	page.submit(path, url.Values{"password": {afresh}})
	if _, f := s.request("POST", "/api/v1/recoveries", "pk_test_demo", with(token, "once more "+afresh), nil); f == nil || f.Status != 410 {
		s.t.Errorf("the link a second time: %+v", f)
	}
	if status, _ := s.request("GET", "/api/v1/account", session, nil, nil); status != 401 {
		s.t.Errorf("the old session answers %d", status)
	}
	s.session(login, password, 401)
	s.session(login, afresh, 201)
	s.awaitText(login, "new login password was set")
}
