package journeys

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestTwoPeople: somebody registers with a passport that another person has
// registered with. What follows is proposed by one, sent back by another, proposed
// again and confirmed, on pages and by JSON; nobody uses JavaScript.
func TestTwoPeople(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		before := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("anna@example.com", "+201001234571", annas)))
		before.run("overseas")
		c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(t, overseasPerson("other@example.com", "+201001234572", annas)))
		c.run("overseas")
		k, plain := newClerk(s, "demo", "officer", s.password), s.hire("demo", "rita", "reviewer")
		second := s.hire("demo", "sana", "senior_reviewer")
		k.rated(before.view.ID, c.view.ID)
		plain.must("GET", plain.at+"/cases/"+k.view.ID, nil)
		plain.must("POST", "claim", nil)
		plain.refuses("POST", "decision", plain.verdict("approve"), 403, "forbidden")
		plain.must("POST", "release", nil)

		first, other := newOfficer(s, "demo"), signedIn(s, "demo", "sana", password)
		here := "/admin/demo/cases/" + k.view.ID
		first.proposes(here)
		other.get("/admin/demo/cases?second=1&sort=risk")
		if !strings.Contains(other.page, here) || strings.Count(other.page, `/cases/`) > 3 || !strings.Contains(other.page, "Waits for a second person") {
			t.Errorf("the queue for a second person is %.3000s", other.page)
		}
		other.sendsBack(here)
		first.get(here)
		if !strings.Contains(first.page, "The photo is of a screen.") || !strings.Contains(first.page, "Sent back by Name of sana") {
			t.Errorf("who proposed is told %.20000s", first.page)
		}
		first.proposes(here)
		k.must("GET", k.at+"/cases/"+k.view.ID, nil)
		if p := k.view.Proposal; p == nil || !p.Mine || p.Outcome != "approve" || len(k.view.Proposals) != 1 || !k.may("withdraw") || k.may("decide") {
			t.Errorf("by JSON it is %+v, %v", p, k.view.Actions)
		}
		k.must("POST", "claim", nil)
		k.refuses("POST", "confirmation", k.shown(), 403, "second_person")
		k.must("POST", "release", nil)
		second.must("GET", second.at+"/cases/"+k.view.ID, nil)
		second.refuses("POST", "withdrawal", nil, 403, "proposal_others")
		other.get(here)
		other.submit("/claim", url.Values{})
		other.submit("/agree", url.Values{})
		if !strings.Contains(other.page, "Approved") || !strings.Contains(other.page, "proposed by Demo Officer") {
			t.Errorf("after the second person the page says %.20000s", other.page)
		}
		c.run("overseas")
		c.activated("")
	})
}

// rated opens the case of the application that has somebody else's passport, and
// wants its risk to say so; the one before has none of it.
func (k *clerk) rated(before, application string) {
	k.t.Helper()
	var list struct {
		Cases []struct{ ID, Application, Risk string }
	}
	if _, f := k.request("GET", k.at+"/cases?sort=risk", k.token, nil, &list); f != nil {
		k.t.Fatalf("the queue: %+v", f)
	}
	if len(list.Cases) != 2 || list.Cases[0].Application != application || list.Cases[0].Risk != "high" || list.Cases[1].Application != before || list.Cases[1].Risk == "high" {
		k.t.Fatalf("by risk the queue is %+v", list.Cases)
	}
	k.must("GET", k.at+"/cases/"+list.Cases[0].ID, nil)
	i := slices.IndexFunc(k.view.Whys, func(w struct{ Code, Level, About, Text string }) bool { return w.About == "policy.duplicate_person" })
	if i < 0 || k.view.Whys[i].Level != "high" || k.view.Whys[i].Text == "" || !k.view.TakesTwo {
		k.t.Errorf("why: %+v, takes two: %v", k.view.Whys, k.view.TakesTwo)
	}
}

// proposes is the first of two people, on a page.
func (o *officer) proposes(here string) {
	o.t.Helper()
	o.get(here)
	o.submit("/claim", url.Values{})
	if !strings.Contains(o.page, "it takes two people") {
		o.t.Errorf("the page does not say that it takes two: %.20000s", o.page)
	}
	o.favours()
	if !strings.Contains(o.page, "somebody else has to confirm") || strings.Contains(o.page, here+"/agree") {
		o.t.Errorf("after the first person the page says %.20000s", o.page)
	}
}

// sendsBack is the second, who sees it otherwise.
func (o *officer) sendsBack(here string) {
	o.t.Helper()
	o.get(here)
	o.submit("/claim", url.Values{})
	o.submit("/oppose", url.Values{"answer": {"The photo is of a screen."}})
	if !strings.Contains(o.page, "Sent back by Name of sana") {
		o.t.Errorf("after it was sent back the page says %.20000s", o.page)
	}
}
