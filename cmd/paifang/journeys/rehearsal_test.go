package journeys

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// doubting makes the market of the mainland refer everybody whose number was given out
// in one district.
var doubting = []string{`		return profile(q)
`, `		f, err := profile(q)
		if v := q.Value("id_number"); err == nil && len(f.Problems) == 0 && len(v) > 6 && v[:6] == "110105" {
			f.Reasons = append(f.Reasons, sdk.Reason{Code: "data.number_mismatch", Subject: sdk.Subject{Kind: "field", Ref: "id_number"}})
		}
		return f, err
`}

// TestRehearsalOnRealApplications: three people register, one falls short on the way, and a
// version that judges otherwise is tried on what they really answered. The report names
// exactly the decision that would differ, and nothing of anybody.
func TestRehearsalOnRealApplications(t *testing.T) {
	t.Setenv("PAIFANG_ALLOW_UNSIGNED", "true")
	program := mainlandOf(t, "1.99.5", doubting...)
	databases(t, func(t *testing.T, s *server) {
		people := map[string]map[string]any{}
		for i, number := range []string{specimenID, "11010219840406970X", "110102197605230018"} {
			answers := mainlandPerson(fmt.Sprintf("+861380013810%d", i))
			answers["id_number"] = number
			c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, answers))
			if i == 2 { // on the way; a wrong check digit is never accepted, so that it has no recorded decision
				c.once("mainland")
			} else {
				c.run("mainland")
				c.activated("verified")
			}
			people[c.view.ID] = answers
		}
		s.office("provider", "install", program)
		said := s.office("provider", "upgrade", "mainland", "1.99.5", "--try", "--applications", "50")
		var differ []string
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, "  demo ") {
				differ = append(differ, strings.Join(strings.Fields(line), " "))
			}
		}
		elder := ""
		for id, answers := range people {
			switch {
			case answers["id_number"] == specimenID:
				elder = id
			case strings.Contains(said, id):
				t.Errorf("the report names application %s, whose decision is the same", id)
			}
			for name, v := range answers {
				if text, ok := v.(string); ok && len(text) > 4 && name != "phone.region" && strings.Contains(said, text) {
					t.Errorf("the report tells %s", name)
				}
			}
		}
		want := []string{"demo " + elder + " decision approved -> in_review:data.number_mismatch", "demo " + elder + " profile id_number reason -> data.number_mismatch"}
		if strings.Join(differ, "\n") != strings.Join(want, "\n") || !strings.Contains(said, "recorded applications") || !strings.Contains(said, ": 1 decisions and 1 findings differ; 0 could not be read.") {
			t.Errorf("it says:\n%s\nwant:\n%s", said, strings.Join(want, "\n"))
		}
		if now := s.office("provider", "status", "mainland"); !strings.Contains(now, "mainland shipped is in force") {
			t.Errorf("trying changed something: %s", now)
		}
		for id := range people { // nor is anybody's own application touched
			if app := s.application(id); app.Provider == "1.99.5" {
				t.Errorf("%s is bound to the version that was tried", id)
			}
		}
	})
}

// application reads one of the demo tenant beside the server.
func (s *server) application(id string) kyc.Application {
	s.t.Helper()
	app, err := s.store().Application(background(s.t), "demo", kyc.ApplicationID(id))
	must(s.t, err)
	return app
}
