package journeys

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// clerk is a member of staff whose only tool speaks JSON.
type clerk struct {
	*server
	token string
	at    string // path of the tenant
	view  dossier
}

// dossier is what a clerk reads of a case.
type dossier struct {
	ID, State, Outcome, Evidence string
	Mine                         bool
	Version                      int64
	ApplicationState             string   `json:"application_state"`
	Actions                      []action `json:"actions"`
	Risk                         string
	TakesTwo                     bool                                        `json:"takes_two"`
	First                        string                                      `json:"proposed_by"`
	Whys                         []struct{ Code, Level, About, Text string } `json:"risk_reasons"`
	Proposal                     *struct {
		Outcome, By, Note string
		Mine              bool
		Reasons           []struct{ Code, Text string }
	}
	Proposals []struct {
		State, Answer string
		EndedBy       string `json:"ended_by"`
	}
	Documents []struct {
		Requirement, Label string
		Sides              []struct {
			Label string
			File  *struct{ ID, State, Rendition, Original string }
		}
		Earlier []struct{ State, Rendition string }
	}
	Steps []struct {
		ID, Title string
		Data      []struct {
			Name, Label, Value, Text, Agreement string
			Masked                              bool
		}
	}
	Recovery *struct {
		Found     bool   `json:"account_found"`
		Known     bool   `json:"contact_of_account"`
		Number    string `json:"document_number"`
		Opens     string
		Stopped   string
		Others    []struct{ Application, State, Stopped string } `json:"other_requests"`
		Documents []struct {
			Sides []struct{ File *struct{ Rendition string } }
		}
		Steps []struct {
			Data []struct{ Name, Value string }
		}
	}
	Checks        []struct{ Name, Label, Result string }
	EarlierChecks []struct{ Name string } `json:"earlier_checks"`
	Decisions     []struct {
		Outcome, By, Note string
		First             string `json:"proposed_by"`
	}
	History []auditLine
	Offers  []struct {
		Outcome, Label string
		Subject        subject
		Codes          []struct{ Code, Label, Text string }
	}
}

type auditLine struct {
	Action, Text string
	Actor        struct{ Kind, Name string }
	Detail       map[string]string
}

type subject struct {
	Kind string `json:"kind"`
	Ref  string `json:"ref,omitempty"`
}

// newClerk signs a member of staff in.
func newClerk(s *server, tenant, login, password string) *clerk {
	s.t.Helper()
	k := &clerk{server: s, at: "/api/v1/tenants/" + tenant}
	var session struct {
		Token    string `json:"staff_token"`
		Next     string
		Pending  string   `json:"pending_token"`
		Recovery []string `json:"recovery_codes"`
		Staff    struct{ Permissions []string }
	}
	if _, f := s.request("POST", k.at+"/staff-sessions", "", map[string]string{"login": login, "password": password}, &session); f != nil {
		s.t.Fatalf("%s cannot sign in: %+v", login, f)
	}
	path, proof, a := "/second-factor", map[string]string{"pending_token": session.Pending}, s.authenticator(tenant, login, password)
	if session.Next == "enrol" {
		var offer struct{ Secret, Ticket string }
		if _, f := s.request("POST", k.at+"/staff-sessions/enrolment", "", proof, &offer); f != nil {
			s.t.Fatalf("%s cannot enrol: %+v", login, f)
		}
		path, proof["ticket"], proof["code"] = "/enrolment/complete", offer.Ticket, a.enrol(s.t, offer.Secret)
	} else {
		proof["code"] = a.code(s.t)
	}
	if _, f := s.request("POST", k.at+"/staff-sessions"+path, "", proof, &session); f != nil {
		s.t.Fatalf("%s has the password and cannot sign in: %+v", login, f)
	}
	if len(session.Recovery) > 0 {
		a.keep(session.Recovery)
	}
	if k.token = session.Token; !strings.HasPrefix(k.token, "dt."+tenant+".") || len(session.Staff.Permissions) == 0 {
		s.t.Fatalf("%s is signed in as %+v", login, session.Staff)
	}
	return k
}

// hire adds a member of staff with the command line.
func (s *server) hire(tenant, login, role string) *clerk {
	s.t.Helper()
	dir, err := programs()
	must(s.t, err)
	cmd := exec.Command(filepath.Join(dir, "paifang"), "staff", "add", tenant, login, "--name", "Name of "+login, "--role", role, "--stdin")
	cmd.Env = append(os.Environ(), "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("staff add: %v %s", err, out)
	}
	return newClerk(s, tenant, login, password)
}

// do makes a request; a case in the answer becomes the one at hand.
func (k *clerk) do(method, path string, body any) *failure {
	k.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = k.at + "/cases/" + k.view.ID + "/" + path
	}
	var next dossier
	_, f := k.request(method, path, k.token, body, &next)
	if f == nil && next.ID != "" {
		k.view = next
	}
	return f
}

// must wants a request to be done.
func (k *clerk) must(method, path string, body any) {
	k.t.Helper()
	if f := k.do(method, path, body); f != nil {
		k.t.Fatalf("%s %s: %+v", method, path, f)
	}
}

// refuses wants a request to be refused with a status and a code.
func (k *clerk) refuses(method, path string, body any, status int, code string) {
	k.t.Helper()
	if f := k.do(method, path, body); f == nil || f.Status != status || f.Code != code {
		k.t.Errorf("%s %s: %+v, want %d %s", method, path, f, status, code)
	}
}

// datum finds a value of the case.
func (k *clerk) datum(name string) (value string, masked bool) {
	for _, s := range k.view.Steps {
		for _, d := range s.Data {
			if d.Name == name {
				return d.Value, d.Masked
			}
		}
	}
	return "", false
}

func (k *clerk) may(name string) bool {
	return slices.ContainsFunc(k.view.Actions, func(a action) bool { return a.Name == name })
}

// TestReviewByAPI is R1 without the portal: whoever registers and whoever
// reviews use JSON only.
func TestReviewByAPI(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(t, overseasPerson("r1@example.com", "+201001234581", annas)))
		c.run("overseas")
		officer, viewer, second := newClerk(s, "demo", "officer", s.password), s.hire("demo", "vera", "viewer"), s.hire("demo", "sana", "senior_reviewer")

		viewer.reads()
		rivals(officer, second)
		officer.inspects()
		officer.asksForThePassport()
		officer.refuses("POST", "claim", nil, 409, "case_decided")

		c.wants("documents", "documents")
		if len(c.view.Next.Reasons) == 0 || c.view.Next.Reasons[0].Code != "image.glare" {
			t.Errorf("the applicant is told %+v", c.view.Next.Reasons)
		}
		c.run("overseas")
		if c.view.State != "in_review" {
			t.Fatalf("after the second upload: %s", c.view.State)
		}
		officer.must("POST", officer.at+"/cases/next", nil)
		if len(officer.view.EarlierChecks) == 0 || len(officer.view.Documents[0].Earlier) == 0 || len(officer.view.Decisions) != 1 {
			t.Errorf("the first submission is forgotten: %+v", officer.view)
		}
		approval := map[string]any{"outcome": "approve", "evidence": officer.view.Evidence, "version": officer.view.Version}
		officer.must("POST", "decision", approval)
		officer.must("POST", "decision", approval) // the answer was lost
		c.run("overseas")
		c.activated("")
		officer.recorded(c.view.ID)
		officer.leaves()
		s.unharmed()
	})
}

// reads: a viewer reads the masked case and may do nothing with it.
func (k *clerk) reads() {
	k.t.Helper()
	var queue struct {
		Cases []struct{ ID, State string }
	}
	if _, f := k.request("GET", k.at+"/cases?market=overseas", k.token, nil, &queue); f != nil || len(queue.Cases) != 1 {
		k.t.Fatalf("the queue is %+v %+v", queue, f)
	}
	k.must("GET", k.at+"/cases/"+queue.Cases[0].ID, nil)
	if len(k.view.Actions) != 0 || k.view.Documents[0].Sides[0].File.Rendition != "" {
		k.t.Errorf("a viewer is offered %+v", k.view.Actions)
	}
	for _, path := range []string{"claim", "release"} {
		k.refuses("POST", path, nil, 403, "forbidden")
	}
	k.refuses("POST", "reveal", map[string]string{"what": "everything", "why": "complaint"}, 403, "forbidden")
	k.refuses("POST", "decision", map[string]any{"outcome": "approve", "evidence": k.view.Evidence, "version": k.view.Version}, 403, "forbidden")
	k.refuses("GET", "files/"+k.view.Documents[0].Sides[0].File.ID, nil, 403, "forbidden")
	k.refuses("GET", k.at+"/audit", nil, 403, "forbidden")
	k.refuses("GET", "/api/v1/tenants/harbor/cases", nil, 403, "forbidden")
}

// rivals: of two officers who claim at once exactly one has the case; in the end
// it is the first one's.
func rivals(a, b *clerk) {
	a.t.Helper()
	var queue struct{ Cases []struct{ ID string } }
	a.request("GET", a.at+"/cases?state=open", a.token, nil, &queue)
	here := a.at + "/cases/" + queue.Cases[0].ID
	var wg sync.WaitGroup
	answers := make([]*failure, 8)
	for i := range answers {
		wg.Go(func() { answers[i] = []*clerk{a, b}[i%2].tryClaim(here) })
	}
	wg.Wait()
	won := [2]bool{answers[0] == nil, answers[1] == nil}
	for i, f := range answers {
		if (f == nil) != won[i%2] || f != nil && (f.Status != 409 || f.Code != "case_claimed") {
			a.t.Errorf("claim %d: %+v", i, f)
		}
	}
	if won[0] == won[1] {
		a.t.Fatalf("both, or neither, has the case: %v", won)
	}
	if won[1] {
		b.must("GET", here, nil)
		b.must("POST", "release", nil)
		a.must("POST", here+"/claim", nil)
	}
	a.must("GET", here, nil)
	b.must("GET", here, nil)
	if !a.view.Mine || b.view.Mine || b.may("decide") || b.may("claim") {
		a.t.Errorf("who has the case: %t and %t, %+v", a.view.Mine, b.view.Mine, b.view.Actions)
	}
	b.refuses("POST", "release", nil, 403, "case_claimed")
	b.refuses("POST", "decision", map[string]any{"outcome": "approve", "evidence": b.view.Evidence, "version": b.view.Version}, 403, "case_claimed")
}

// tryClaim claims without touching the case at hand, for use at once with others.
func (k *clerk) tryClaim(here string) *failure {
	_, f := k.request("POST", here+"/claim", k.token, nil, nil)
	return f
}

// inspects looks at the file, the masked data and, for a reason, the clear data.
func (k *clerk) inspects() {
	k.t.Helper()
	if name, masked := k.datum("name_latin"); !masked || strings.Contains(name, "Eriksson") {
		k.t.Errorf("the name is %q", name)
	}
	f := k.view.Documents[0].Sides[0].File
	for path, want := range map[string]string{f.Rendition: "inline", f.Original: "attachment"} {
		req, err := http.NewRequestWithContext(background(k.t), "GET", k.base+path, nil)
		must(k.t, err)
		req.Header.Set("Authorization", "Bearer "+k.token)
		resp, err := direct.Do(req)
		must(k.t, err)
		picture, err := io.ReadAll(resp.Body)
		must(k.t, err)
		must(k.t, resp.Body.Close())
		if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), want) || resp.Header.Get("Content-Type") != "image/jpeg" || len(picture) < 1000 {
			k.t.Errorf("%s: %d %v, %d bytes", path, resp.StatusCode, resp.Header, len(picture))
		}
	}
	k.refuses("POST", "reveal", map[string]string{"what": "everything"}, 422, "validation")
	k.must("POST", "reveal", map[string]string{"what": "profile", "why": "compare_document", "ticket": "R-1"})
	if name, masked := k.datum("name_latin"); masked || name != "Anna Maria Eriksson" {
		k.t.Errorf("revealed, the name is %q", name)
	}
	if contact, masked := k.datum("email"); !masked {
		k.t.Errorf("the address was not asked for and is %q", contact)
	}
	for _, s := range k.view.Steps {
		for _, d := range s.Data {
			if d.Label == d.Name || d.Label == "" {
				k.t.Errorf("%s.%s has no name in words", s.ID, d.Name)
			}
		}
	}
}

// asksForThePassport previews and decides with the first reason that the case offers
// about the passport's glare.
func (k *clerk) asksForThePassport() {
	k.t.Helper()
	choice := map[string]any{"outcome": "ask_again", "note": "يرجى التصوير في ضوء النهار."}
	told := ""
	for _, o := range k.view.Offers {
		for _, code := range o.Codes {
			if o.Subject.Kind == "document" && code.Code == "image.glare" {
				choice["reasons"], told = []any{map[string]any{"code": code.Code, "subject": o.Subject}}, code.Text
			}
		}
	}
	var preview struct {
		Locale, Dir, Note string
		Passages          []struct{ About, Text, Remedy string }
	}
	if _, f := k.request("POST", k.at+"/cases/"+k.view.ID+"/preview", k.token, choice, &preview); f != nil || preview.Dir != "rtl" || preview.Note == "" ||
		len(preview.Passages) != 1 || preview.Passages[0].Text != told || told == "" || preview.Passages[0].Remedy == "" {
		k.t.Errorf("preview %+v %+v", preview, f)
	}
	choice["evidence"], choice["version"] = k.view.Evidence, k.view.Version+1
	k.refuses("POST", "decision", choice, 409, "evidence_changed")
	choice["version"] = k.view.Version
	k.must("POST", "decision", choice)
	if k.view.State != "decided" || k.view.Outcome != "ask_again" || k.view.ApplicationState != "needs_applicant" || k.view.Decisions[0].Note != choice["note"] {
		k.t.Errorf("decided: %+v", k.view)
	}
}

// recorded wants the record to say who did what, why, and on whose findings.
func (k *clerk) recorded(application string) {
	k.t.Helper()
	var page struct{ Lines []auditLine }
	if _, f := k.request("GET", k.at+"/audit?kind=case", k.token, nil, &page); f != nil {
		k.t.Fatalf("the record: %+v", f)
	}
	did := map[string]int{}
	for _, l := range page.Lines {
		did[l.Action]++
		if l.Action == "case.decided" && (!strings.HasPrefix(l.Detail["found_by"], "overseas ") || l.Actor.Name != "Demo Officer") {
			k.t.Errorf("the decision is recorded as %+v", l)
		}
		if l.Action == "data.revealed" && (l.Detail["why"] != "compare_document" || l.Detail["ticket"] != "R-1") {
			k.t.Errorf("the revealing is recorded as %+v", l)
		}
	}
	if did["case.decided"] != 2 || did["document.viewed"] != 2 || did["data.revealed"] != 1 {
		k.t.Errorf("the record about %s says %v", application, did)
	}
	var list struct {
		Providers []struct{ Name, State string }
	}
	if _, f := k.request("GET", k.at+"/providers", k.token, nil, &list); f != nil || len(list.Providers) < 3 {
		k.t.Errorf("providers: %+v %+v", list, f)
	}
}

// leaves signs out; the token is worth nothing then.
func (k *clerk) leaves() {
	k.t.Helper()
	k.must("DELETE", k.at+"/staff-sessions/current", nil)
	k.refuses("GET", k.at+"/staff-sessions/current", nil, 401, "signed_out")
	k.refuses("GET", k.at+"/cases", nil, 401, "signed_out")
}

// TestCaseClosesWithItsApplication: what the applicant gives up leaves the queue,
// and the record says so.
func TestCaseClosesWithItsApplication(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("gone@example.com", "+201001234582", annas)))
	c.run("overseas")
	k := newClerk(s, "demo", "officer", s.password)
	k.must("POST", k.at+"/cases/next", nil)
	c.check(c.do(c.action("withdraw"), nil))
	k.refuses("POST", "decision", map[string]any{"outcome": "approve", "evidence": k.view.Evidence, "version": k.view.Version}, 409, "case_decided")
	k.must("GET", k.at+"/cases/"+k.view.ID, nil)
	if k.view.State != "decided" || k.view.Outcome != "" || len(k.view.Decisions) != 0 {
		t.Errorf("the case is %s %s", k.view.State, k.view.Outcome)
	}
	if !slices.ContainsFunc(k.view.History, func(l auditLine) bool { return l.Action == "case.closed" && l.Actor.Kind == "applicant" }) {
		t.Errorf("the history does not say that the case closed: %+v", k.view.History)
	}
	s.unharmed()
}
