package storetest

import (
	"slices"
	"sync"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// rolesHaveVersions: the newest version holds, older ones stay, two who change one
// at once do not overwrite each other, and nobody is left with a role that is gone.
func rolesHaveVersions(t *testing.T, s *store.Store) {
	ctx, w := t.Context(), newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	second := w.role
	second.Version, second.Name = 2, "Day shift"
	second.Rules = []kyc.RoleRule{{Permission: "case.read", Markets: kyc.TextList{"overseas"}, Classes: kyc.TextList{}, Risks: kyc.TextList{"high"}},
		{Permission: "document.view", Markets: kyc.TextList{kyc.AnyValue}, Classes: kyc.TextList{"identity"}, Risks: kyc.TextList{"low"}}}
	Commit(t, s, "demo", kyc.SaveRole{Role: second})
	fails(t, s, "demo", kyc.Conflict, "error.role_changed", kyc.SaveRole{Role: second})
	third := second
	third.Version = 4
	fails(t, s, "demo", kyc.Conflict, "error.role_changed", kyc.SaveRole{Role: third})
	versions, err := s.RoleVersions(ctx, "demo", w.role.ID)
	if err != nil || len(versions) != 2 || versions[0].Name != "Day shift" || versions[1].Name != "Night shift" || len(versions[0].Rules) != 2 || len(versions[1].Rules) != 1 {
		t.Fatalf("%+v %v", versions, err)
	}
	rules, err := s.RoleRules(ctx, "demo")
	if err != nil || len(rules) != 2 || rules[0].Version != 2 || !slices.Equal(rules[1].Classes, kyc.TextList{"identity"}) {
		t.Errorf("%+v %v", rules, err)
	}
	if n, err := s.PolicyVersion(ctx, "demo"); n != 2 || err != nil {
		t.Errorf("policy version %d %v", n, err)
	}
	give := kyc.Appoint{Tenant: "demo", ID: w.staff.ID, Was: "reviewer", WasState: "active", Role: w.role.ID, State: "active"}
	Commit(t, s, "demo", give)
	third.Version, third.State, third.Rules = 3, kyc.RoleRetired, nil
	fails(t, s, "demo", kyc.Conflict, "error.role_in_use", kyc.SaveRole{Role: third})
	fails(t, s, "demo", kyc.Conflict, "error.staff_changed", give)
	Commit(t, s, "demo", kyc.Appoint{Tenant: "demo", ID: w.staff.ID, Was: w.role.ID, WasState: "active", Role: "viewer", State: "active"}, kyc.SaveRole{Role: third})
	give.Was = "viewer"
	fails(t, s, "demo", kyc.Conflict, "error.role_retired", give)
	if rules, err = s.RoleRules(ctx, "demo"); err != nil || len(rules) != 0 {
		t.Errorf("a retired role still has rules: %+v %v", rules, err)
	}
}

// oneAdminStays: of two who step down at once one has to stay.
func oneAdminStays(t *testing.T, s *store.Store) {
	Seed(t, s)
	const admin = "tenant_admin"
	names := []kyc.StaffID{"anna", "bert", "carl"}
	for _, id := range names {
		Commit(t, s, "demo", kyc.SaveStaff{Staff: kyc.Staff{Tenant: "demo", ID: id, Login: string(id), Name: "x", Role: admin, Hash: "x", Locale: "en", State: "active"}})
	}
	var wg sync.WaitGroup
	errs := make([]error, len(names))
	for i, id := range names {
		wg.Go(func() {
			down := kyc.Appoint{Tenant: "demo", ID: id, Was: admin, WasState: "active", Role: admin, State: "disabled", Keep: admin}
			if i == 1 {
				down.Role, down.State = "viewer", "active"
			}
			errs[i] = s.Commit(t.Context(), "demo", kyc.Change{down})
		})
	}
	wg.Wait()
	stayed := 0
	for _, err := range errs {
		if err != nil {
			stayed++
			if kyc.CodeOf(err) != kyc.Conflict {
				t.Error(err)
			}
		}
	}
	if stayed != 1 {
		t.Errorf("%d of three admins stayed: %v", stayed, errs)
	}
}

// casesWithinScopes: what is out of reach is not read, rather than left out of a page.
func casesWithinScopes(t *testing.T, s *store.Store) {
	ctx := t.Context()
	Seed(t, s)
	place := map[string]kyc.CaseID{}
	for _, market := range []kyc.MarketID{"mainland", "overseas"} {
		for _, risk := range []string{"low", "medium", "high", "strange"} {
			app := SeedApplication(t, s, "demo")
			c := kyc.Case{Tenant: "demo", ID: kyc.CaseID(ID()), Application: app.ID, Applicant: app.Applicant, Market: market, Locale: "en",
				State: kyc.CaseOpen, Version: 1, Risk: risk, Opened: Now, Due: Now}
			Commit(t, s, "demo", kyc.SaveCase{Case: c})
			place[string(market)+" "+risk] = c.ID
		}
	}
	all := []string{kyc.AnyValue}
	for _, c := range []struct {
		within []kyc.CaseScope
		want   []string
	}{
		{[]kyc.CaseScope{{Markets: all, Risks: all}}, []string{"mainland low", "mainland medium", "mainland high", "mainland strange", "overseas low", "overseas medium", "overseas high", "overseas strange"}},
		{[]kyc.CaseScope{{Markets: []string{"mainland"}, Risks: []string{"low", "high"}}}, []string{"mainland low", "mainland high", "mainland strange"}},
		{[]kyc.CaseScope{{Markets: []string{"mainland"}, Risks: []string{"low"}}, {Markets: []string{"overseas"}, Risks: []string{"high"}}}, []string{"mainland low", "overseas high", "overseas strange"}},
		{[]kyc.CaseScope{{Markets: all, Risks: nil}, {Markets: nil, Risks: all}}, nil},
	} {
		found, err := s.Cases(ctx, "demo", kyc.CaseFilter{Within: c.within}, kyc.CaseCursor{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		var want, got []kyc.CaseID
		for _, name := range c.want {
			want = append(want, place[name])
		}
		for _, k := range found {
			got = append(got, k.ID)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("within %+v are %d cases, want %v", c.within, len(got), c.want)
		}
	}
}
