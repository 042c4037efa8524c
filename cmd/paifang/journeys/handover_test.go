package journeys

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	linkShown = regexp.MustCompile(`<p class="address"[^>]*>([^<]+)</p>`)
	codeShown = regexp.MustCompile(`<p class="spoken"><bdi[^>]*>(\d{4})</bdi></p>`)
)

// TestHandOver: whoever begins on one device goes on on another, by pages and by
// the API, while a code is under way; the first device sees what the other did.
func TestHandOver(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const email, phone = "handover@example.com", "+201001234571"
		c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(t, overseasPerson(email, phone, annas)))
		c.once("overseas")
		first := newBrowserless(s)
		first.get(strings.TrimPrefix(s.newMessage(email, 1).link(t), s.base))
		first.submit(first.at.Path, url.Values{})
		c.wants("form", "phone")
		c.once("overseas")
		c.wants("challenge", "phone")
		here := "/t/demo/applications/" + c.view.ID

		first.get(here)
		first.submit("/handover", url.Values{})
		link, code := linkShown.FindStringSubmatch(first.page), codeShown.FindStringSubmatch(first.page)
		if link == nil || code == nil || !strings.HasPrefix(link[1], s.base+"/t/demo/r/") {
			t.Fatalf("no link or no code: %.3000s", first.page)
		}
		s.restart()

		second := newBrowserless(s)
		second.get(strings.TrimPrefix(link[1], s.base))
		if !strings.Contains(second.page, `dir="rtl"`) || strings.Contains(second.page, c.view.ID) {
			t.Error("the link speaks another language, or tells which application it is")
		}
		second.submit(second.at.Path, url.Values{"code": {code[1]}})
		if second.at.Path != here {
			t.Fatalf("taking over leads to %s", second.at.Path)
		}
		second.submit("/challenges/"+c.view.Next.Challenge.ID, url.Values{"code": {s.newMessage(phone, 1).code(t)}})
		c.wants("form", "profile")
		first.get(here)
		first.submit("/steps/profile", url.Values{}) // has the form of the step that the other device came to

		third := newBrowserless(s)
		third.get(strings.TrimPrefix(link[1], s.base))
		if strings.Contains(third.page, `name="code"`) {
			t.Error("the link asks for the code again after it was used")
		}
		s.takenOver(c)
		if log := s.log.String(); strings.Contains(log, link[1][len(link[1])-43:]) {
			t.Error("the log has the token")
		}
		s.unharmed()
	})
}

// takenOver hands the application over by the API and lets the other client finish.
func (s *server) takenOver(c *client) {
	s.t.Helper()
	var over struct {
		URL, Code string
		Expires   string `json:"expires_at"`
	}
	c.check(c.doInto(c.action("handover"), &over))
	at := strings.LastIndex(over.URL, "/")
	if len(over.Code) != 4 || over.Expires == "" || over.URL[:at] != s.base+"/t/demo/r" {
		s.t.Fatalf("handover is %+v", over)
	}
	ask := map[string]string{"token": over.URL[at+1:], "code": "12345"}
	if f := s.send("POST", "/api/v1/handovers", asJSON("pk_test_demo"), encoded(s.t, ask)).refused(s.t, 422); len(f.Errors) != 1 || f.Errors[0].Path != "code" {
		s.t.Errorf("a wrong code answers %+v", f)
	}
	ask["code"] = over.Code
	s.send("POST", "/api/v1/handovers", asJSON("pk_test_harbor"), encoded(s.t, ask)).refused(s.t, 404)
	other := &client{server: s, person: c.person, sent: c.sent, between: func() {}}
	if _, f := s.request("POST", "/api/v1/handovers", "pk_test_demo", ask, &other.view); f != nil {
		s.t.Fatalf("taking over: %+v", f)
	}
	if other.auth = other.view.HolderToken; other.auth == "" || other.auth == c.auth || other.view.ID != c.view.ID {
		s.t.Fatal("taking over gives no token of its own")
	}
	s.send("POST", "/api/v1/handovers", asJSON("pk_test_demo"), encoded(s.t, ask)).refused(s.t, 410)
	other.run("overseas")
	if other.view.State != "in_review" {
		s.t.Errorf("the other device comes to %s", other.view.State)
	}
	if c.wait() || c.view.State != "in_review" {
		s.t.Errorf("the device that handed over is at %s", c.view.State)
	}
}

// doInto makes a request whose answer is not the application.
func (c *client) doInto(a action, out any) *failure {
	c.t.Helper()
	_, f := c.request(a.Method, a.Href, c.auth, nil, out)
	return f
}
