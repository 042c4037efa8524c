package journeys

import (
	"net/url"
	"strings"
)

// finds opens the case of an application that is in a state.
func (k *clerk) finds(application, state string) {
	k.t.Helper()
	var list struct {
		Cases []struct{ ID, Application string }
	}
	if _, f := k.request("GET", k.at+"/cases?market=recovery&state="+state, k.token, nil, &list); f != nil {
		k.t.Fatalf("the queue: %+v", f)
	}
	for _, x := range list.Cases {
		if x.Application == application {
			k.must("GET", k.at+"/cases/"+x.ID, nil)
			return
		}
	}
	k.t.Fatalf("no case of %s in %+v", application, list)
}

func (k *clerk) takes(application string) {
	k.t.Helper()
	k.finds(application, "open")
	k.must("POST", "claim", nil)
}

// verdict is a decision about the case as it was shown.
func (k *clerk) verdict(outcome string, codes ...string) map[string]any {
	reasons := []any{}
	for _, code := range codes {
		reasons = append(reasons, map[string]any{"code": code, "subject": subject{Kind: "application"}})
	}
	return map[string]any{"outcome": outcome, "evidence": k.view.Evidence, "version": k.view.Version, "reasons": reasons}
}

// shown is what a person who confirms a proposal was shown.
func (k *clerk) shown() map[string]any {
	return map[string]any{"evidence": k.view.Evidence, "version": k.view.Version}
}

// judges proposes to grant a request: only of an account that exists, and only
// when the documents of both have been viewed.
func (k *clerk) judges(application string, exists bool) {
	k.t.Helper()
	k.takes(application)
	r := k.view.Recovery
	if r == nil || r.Found != exists || r.Known || exists == (len(r.Documents) == 0) || exists != (r.Number == "agrees") {
		k.t.Fatalf("what is known of the account: %+v", r)
	}
	for _, step := range r.Steps {
		for _, d := range step.Data {
			if strings.Contains(d.Value, "Eriksson") {
				k.t.Errorf("%s of the account is not masked: %q", d.Name, d.Value)
			}
		}
	}
	approve := k.verdict("approve")
	if !exists {
		k.refuses("POST", "decision", approve, 409, "recovery_account")
		k.must("POST", "release", nil)
		return
	}
	k.refuses("POST", "decision", approve, 409, "documents_unseen")
	k.sees(r.Documents[0].Sides[0].File.Rendition) // the account's alone: not enough
	k.refuses("POST", "decision", approve, 409, "documents_unseen")
	k.seesAll()
	k.must("POST", "decision", approve)
	k.must("POST", "decision", approve) // the answer was lost
	if k.view.ApplicationState != "in_review" || k.view.State != "open" || k.view.First == "" {
		k.t.Errorf("after the first of two people it is %s, %s %+v", k.view.ApplicationState, k.view.State, k.view.First)
	}
}

// cannotConfirm: nobody is both people, and what waits for another is not the
// next case.
func (k *clerk) cannotConfirm(application string) {
	k.t.Helper()
	k.must("POST", k.at+"/cases/next", nil)
	if k.view.First != "" {
		k.t.Error("the next case is one that waits for somebody else")
	}
	k.must("POST", "release", nil)
	k.takes(application)
	k.refuses("POST", "decision", k.verdict("approve"), 403, "second_person")
	k.must("POST", "release", nil)
}

// confirms is the second person.
func (k *clerk) confirms(application string) {
	k.t.Helper()
	k.takes(application)
	k.refuses("POST", "decision", k.verdict("approve"), 409, "documents_unseen")
	k.seesAll()
	k.must("POST", "decision", k.verdict("approve"))
	if k.view.ApplicationState != "approved" || k.view.Recovery.Opens == "" {
		k.t.Errorf("after the second person it is %s %+v", k.view.ApplicationState, k.view.Recovery)
	}
}

func (k *clerk) seesAll() {
	k.t.Helper()
	for _, d := range k.view.Documents {
		for _, side := range d.Sides {
			k.sees(side.File.Rendition)
		}
	}
	for _, d := range k.view.Recovery.Documents {
		for _, side := range d.Sides {
			if side.File != nil {
				k.sees(side.File.Rendition)
			}
		}
	}
}

func (k *clerk) sees(path string) {
	k.t.Helper()
	if r := k.send("GET", path, map[string]string{"Authorization": "Bearer " + k.token}, nil); r.status != 200 {
		k.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
}

// grants approves a request on its page after looking at every picture, and wants
// to read something there.
func (o *officer) grants(application, words string) {
	o.t.Helper()
	k := newClerk(o.server, "demo", "officer", o.password)
	k.finds(application, "open")
	here := "/admin/demo/cases/" + k.view.ID
	o.get(here)
	o.submit("/claim", url.Values{})
	for _, path := range caseFile.FindAllString(o.page, -1) {
		o.get("/admin/demo" + path)
	}
	o.get(here)
	if strings.Contains(o.page, `action="`+here+`/agree"`) {
		o.submit("/agree", url.Values{})
	} else {
		o.favours()
	}
	if !strings.Contains(o.page, words) {
		o.t.Errorf("the page does not say %q: %.20000s", words, o.page)
	}
}

// stops follows the link in a message to a contact of the account.
func (o *officer) stops(path string) {
	o.t.Helper()
	o.get(path)
	o.get(path) // a scanner
	if !strings.Contains(o.page, "Stop this request?") {
		o.t.Errorf("the link shows %.2000s", o.page)
	}
	o.submit(path, url.Values{})
	if !strings.Contains(o.page, "The request is stopped") {
		o.t.Errorf("afterwards the link shows %.2000s", o.page)
	}
	if _, f := o.request("POST", "/api/v1/recoveries/stop", "pk_test_demo", map[string]string{"token": path[strings.LastIndex(path, "/")+1:]}, nil); f == nil || f.Status != 410 {
		o.t.Errorf("the link a second time: %+v", f)
	}
}
