package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// aMemberHasOneApplication: in a market and mode, unless the others came to nothing.
func aMemberHasOneApplication(t *testing.T, s *store.Store) {
	Seed(t, s)
	enter := func(subject string, test bool, state kyc.State) (kyc.Application, kyc.Write) {
		app := SeedApplication(t, s, "demo")
		app.Subject, app.TestMode, app.State = subject, test, state
		return app, kyc.UpdateApplication{Application: app, Expect: 1}
	}
	first, write := enter("m-1", false, kyc.Open)
	Commit(t, s, "demo", write)
	_, write = enter("m-1", false, kyc.InReview)
	fails(t, s, "demo", kyc.Conflict, "error.subject_taken", write)
	_, write = enter("m-1", false, kyc.Activated)
	fails(t, s, "demo", kyc.Conflict, "error.subject_taken", write)
	for _, state := range []kyc.State{kyc.Rejected, kyc.Withdrawn, kyc.Expired} {
		_, write = enter("m-1", false, state)
		Commit(t, s, "demo", write)
	}
	_, write = enter("m-1", true, kyc.Open)
	Commit(t, s, "demo", write)
	for range 2 { // of nobody
		_, write = enter("", false, kyc.Open)
		Commit(t, s, "demo", write)
	}
	found, err := s.ApplicationOfSubject(t.Context(), "demo", first.Market, "m-1", false)
	if err != nil || found.ID != first.ID {
		t.Errorf("found %s, %v", found.ID, err)
	}
	if _, err := s.ApplicationOfSubject(t.Context(), "demo", first.Market, "", false); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("nobody's application: %v", err)
	}
	first.State = kyc.Expired
	Commit(t, s, "demo", kyc.UpdateApplication{Application: first, Expect: 2})
	_, write = enter("m-1", false, kyc.Open)
	Commit(t, s, "demo", write)
}

func unremindedApplicationsAreListed(t *testing.T, s *store.Store) {
	Seed(t, s)
	var want []store.ApplicationRef
	for i, c := range []struct {
		state    kyc.State
		reminded kyc.Millis
		expires  kyc.Millis
		age      kyc.Millis
		listed   bool
	}{
		{kyc.Open, 0, Now + 10, 5000, true}, {kyc.NeedsApplicant, 0, Now + 20, 5000, true}, {kyc.Open, Now, Now + 10, 5000, false},
		{kyc.InReview, 0, Now + 10, 5000, false}, {kyc.Open, 0, Now - 100, 5000, false}, {kyc.Open, 0, Now + 5000, 5000, false},
		{kyc.Open, 0, Now + 100, 50, false}, {kyc.Open, 0, Now + 100, 107, true},
	} {
		app := SeedApplication(t, s, "demo")
		app.State, app.Reminded, app.Expires = c.state, c.reminded, c.expires+kyc.Millis(i)
		app.Created = Now - c.age
		Commit(t, s, "demo", kyc.UpdateApplication{Application: app, Expect: 1})
		if c.listed {
			want = append(want, store.ApplicationRef{Tenant: "demo", ID: app.ID})
		}
	}
	got, err := s.UnremindedApplications(t.Context(), Now, Now+1000, 10, 0)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
