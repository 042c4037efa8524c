package journeys

import (
	"archive/zip"
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ownData is what an account holder reads of what they asked.
type ownData struct {
	Export *struct {
		ID, State, Href string
		Done            int    `json:"files_done"`
		Total           int    `json:"files_total"`
		Expires         string `json:"expires_at"`
	}
	Erasure *struct {
		State, Reason string
		Due           string `json:"carried_out_at"`
		Until         string `json:"kept_until"`
		Undo          bool   `json:"may_undo"`
	}
	Against string
	Keep    int `json:"keep_days"`
}

// TestOwnRights is R4 from the person's side, on both databases: a copy of everything,
// taken by who is signed in and has just shown who they are; a request to be erased,
// taken back, asked again, refused until a day, asked again, granted by one of the
// staff, and carried out when its time has come. All contacts are told each time.
func TestOwnRights(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		s.stop(15)
		s.env = []string{"PAIFANG_ERASURE_WAIT=2s", "PAIFANG_NO_HASH=true"}
		s.start()
		s.asksForAll("rights@example.com", "+201001234651")
		s.unharmed()
	})
}

// asksForAll is the whole of it, for somebody new.
func (s *server) asksForAll(login, phone string) {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson(login, phone, annas)))
	c.run("overseas")
	s.reviewed(c, "overseas")
	h := holder{s, s.session(login, password, 201)}
	tells := func(words string) {
		s.t.Helper()
		for _, to := range []string{login, phone} {
			s.awaitText(to, words)
		}
	}
	h.takesTheCopy()
	tells("A copy of everything held about you was asked for")
	tells("is ready")

	var own ownData
	h.does("DELETE", "/account/erasure-request", nil, nil, 409)
	h.does("POST", "/account/erasure-request", nil, &own, 202)
	if own.Erasure == nil || own.Erasure.State != "asked" || !own.Erasure.Undo || own.Against != "erase_account" || own.Keep < 365 {
		s.t.Errorf("asked: %+v", own)
	}
	tells("asked to be erased")
	h.does("DELETE", "/account/erasure-request", nil, &own, 200)
	tells("taken back")

	h.does("POST", "/account/erasure-request", nil, &own, 202)
	k := newClerk(s, "demo", "officer", s.password)
	people := k.at + "/people/" + c.view.ID
	day := time.Now().AddDate(5, 0, 0).Format(time.DateOnly)
	k.must("POST", people+"/erasure-refusal", map[string]string{"reason": "retention", "kept_until": day})
	tells("the data must be kept")
	h.does("GET", "/account/data", nil, &own, 200)
	if own.Erasure.State != "refused" || own.Erasure.Reason != "retention" || !strings.HasPrefix(own.Erasure.Until, day) {
		s.t.Errorf("refused: %+v", own.Erasure)
	}

	h.does("POST", "/account/erasure-request", nil, &own, 202)
	k.refuses("POST", people+"/erasure", map[string]any{"reason": "requested"}, 409, "erase_account")
	k.must("POST", people+"/erasure", map[string]any{"reason": "requested", "force": true})
	h.does("GET", "/account/data", nil, &own, 200)
	if own.Erasure.State != "granted" || own.Erasure.Due == "" {
		s.t.Errorf("granted: %+v", own.Erasure)
	}
	tells("will be erased")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if status, _ := s.request("GET", "/api/v1/account", h.token, nil, nil); status == 401 {
			break
		}
	}
	s.session(login, password, 401)
	s.export(c.view.ID, "erased")
}

// takesTheCopy: whoever has not just shown who they are, or is somebody else, gets none.
func (h holder) takesTheCopy() {
	t := h.t
	t.Helper()
	h.does("POST", "/account/data/export", nil, nil, 202)
	var own ownData
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if h.does("GET", "/account/data", nil, &own, 200); own.Export.State == "ready" {
			break
		}
	}
	if own.Export.State != "ready" || own.Export.Done != own.Export.Total || own.Export.Total == 0 || own.Export.Expires == "" {
		t.Fatalf("the copy: %+v", own.Export)
	}
	if r := h.send("GET", own.Export.Href, nil, nil); r.status != 401 || strings.HasPrefix(r.body, "PK") {
		t.Errorf("without a session the copy answers %d", r.status)
	}
	r := h.send("GET", own.Export.Href, asJSON(h.token), nil)
	archive, err := zip.NewReader(bytes.NewReader([]byte(r.body)), int64(len(r.body)))
	if err != nil || r.status != 200 {
		t.Fatalf("the copy: %d %v", r.status, err)
	}
	pictures, text := 0, ""
	for _, f := range archive.File {
		from, err := f.Open()
		must(t, err)
		raw, err := io.ReadAll(from)
		must(t, err)
		if f.Name == "person.json" {
			text = string(raw)
		} else if len(raw) > 1000 {
			pictures++
		}
	}
	if pictures != own.Export.Total || !strings.Contains(text, "Anna Maria Eriksson") || !strings.Contains(text, "آنا ماريا إريكسون") || strings.Contains(text, `"who": "staff"`) {
		t.Errorf("%d pictures, and %.900s", pictures, text)
	}
}

// TestOwnRightsPages: the same person uses the pages, without scripts.
func TestOwnRightsPages(t *testing.T) {
	s := newServer(t, "")
	const login = "pages.rights@example.com"
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson(login, "+201001234652", annas)))
	c.run("overseas")
	s.reviewed(c, "overseas")
	page := newBrowserless(s)
	page.get("/t/demo/account/data")
	page.submit("/sign-in", url.Values{"login": {login}, "password": {password}})
	page.get("/t/demo/account")
	if !strings.Contains(page.page, `href="/t/demo/account/data"`) {
		t.Error("the account's page does not lead there")
	}
	page.get("/t/demo/account/data")
	page.submit("/export", url.Values{})
	for end := time.Now().Add(patience); time.Now().Before(end) && !strings.Contains(page.page, "/exports/"); time.Sleep(100 * time.Millisecond) {
		page.get("/t/demo/account/data")
	}
	_, after, _ := strings.Cut(page.page, `href="/t/demo/account/data/exports/`)
	id, _, _ := strings.Cut(after, `"`)
	page.get("/t/demo/account/data/exports/" + id)
	if !strings.HasPrefix(page.page, "PK") {
		t.Errorf("the copy is %.60q", page.page)
	}
	other := newBrowserless(s)
	other.get("/t/demo/account/data/exports/" + id)
	if strings.HasPrefix(other.page, "PK") || !strings.HasSuffix(other.at.Path, "/sign-in") {
		t.Errorf("a stranger comes to %s", other.at)
	}
	page.get("/t/demo/account/data")
	page.submit("/erasure", url.Values{"sure": {"yes"}})
	if !strings.Contains(page.page, "You will have an answer by") {
		t.Errorf("asked: %.3000s", page.page)
	}
	page.submit("/undo", url.Values{})
	if !strings.Contains(page.page, "Nothing is erased") {
		t.Errorf("taken back: %.3000s", page.page)
	}
	s.unharmed()
}
