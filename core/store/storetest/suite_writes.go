package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// fails commits and expects an error of the code and key.
func fails(t *testing.T, s *store.Store, tenant kyc.TenantID, code kyc.Code, key string, writes ...kyc.Write) {
	t.Helper()
	err := s.Commit(t.Context(), tenant, writes)
	var e *kyc.Error
	if !errors.As(err, &e) || e.Code != code || e.Key != key {
		t.Errorf("got %v, want %s %s", err, code, key)
	}
}

// jobs counts the jobs in the queue's table.
func jobs(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	const query = "SELECT COUNT(*) FROM river_job"
	var err error
	if db := s.Databases(); db.Postgres != nil {
		err = db.Postgres.QueryRow(t.Context(), query).Scan(&n)
	} else {
		err = db.SQLite.QueryRowContext(t.Context(), query).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func writesBelongToTheTenant(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	SeedTenant(t, s, "other")
	for _, write := range append(w.make(), w.change()...) {
		fails(t, s, "other", kyc.Forbidden, "", write)
		fails(t, s, "", kyc.Forbidden, "", write)
	}
	if _, err := s.Tenant(t.Context(), "demo"); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("something was written: %v", err)
	}
	Commit(t, s, "demo", w.make()...)
	Commit(t, s, "demo", w.change()...) // all of them work, too
}

func failureLeavesNothing(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	woken := 0
	s.OnCommit(func([]kyc.Job) { woken++ })
	w := newWorld("demo")
	w.keys = kyc.TenantKeys{} // of the seed
	stale := kyc.UpdateApplication{Application: seeded.Application, Expect: 7}
	fails(t, s, "demo", kyc.Conflict, "error.version_stale", append(w.make()[2:], stale)...)
	for name, read := range reads {
		if name == "Tenant" || name == "TenantKeys" || name == "WrappedKeys" || name == "UnderWay" {
			continue
		}
		got, err := read.ask(t.Context(), s, "demo", w)
		if v := reflect.ValueOf(got); err == nil && !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
			t.Errorf("%s was left behind: %+v", name, got)
		}
	}
	if n := jobs(t, s); n != 0 || woken != 0 {
		t.Errorf("%d jobs left behind, queue woken %d times", n, woken)
	}
}

func jobsAreCommittedAndSignalled(t *testing.T, s *store.Store) {
	Seed(t, s)
	var told []kyc.Job
	s.OnCommit(func(jobs []kyc.Job) { told = jobs })
	job := kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: "m1"}
	later := kyc.Job{Tenant: "demo", Kind: kyc.JobVerify, Ref: "a1", At: kyc.At(time.Now().Add(time.Hour))}
	Commit(t, s, "demo", kyc.Enqueue{Job: job}, kyc.Enqueue{Job: later})
	if diff := cmp.Diff([]kyc.Job{job, later}, told); diff != "" || jobs(t, s) != 2 {
		t.Errorf("%d jobs in the queue, told about\n%s", jobs(t, s), diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, "demo", kyc.Change{kyc.Enqueue{Job: job}}); err == nil || jobs(t, s) != 2 {
		t.Errorf("cancelled commit: %v, %d jobs", err, jobs(t, s))
	}
}

func referencesStayInTheTenant(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	other := SeedTenant(t, s, "other")
	app := Application("other")
	app.Applicant = seeded.Applicant // of tenant demo
	fails(t, s, "other", kyc.Invalid, "", kyc.CreateApplication{Application: app})
	fails(t, s, "other", kyc.Invalid, "", kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: "other",
		Application: seeded.Application.ID, Step: "profile", State: kyc.StepDone}})
	w := newWorld("other")
	w.identifier.Applicant, w.identifier.Application = other.Applicant, other.Application.ID
	w.identifier.Account = "none"
	fails(t, s, "other", kyc.Invalid, "", kyc.SaveIdentifier{Identifier: w.identifier})
	fails(t, s, "nobody", kyc.Invalid, "", kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: "nobody", ID: kyc.AuditID(ID())}})
	w.identifier.Account = ""
	Commit(t, s, "other", kyc.SaveIdentifier{Identifier: w.identifier}) // an optional reference may be missing
}

// personalIsWithheld: whoever builds a line, and however, the store is the net.
func personalIsWithheld(t *testing.T, s *store.Store) {
	Seed(t, s)
	id := kyc.AuditID(ID())
	detail := map[string]string{"to": "ann@example.com", "phone": "13800138000", "name": "张三", "codes": "image.blur", "file": string(id),
		"version": "20261101", "ticket": "INC0012345"}
	Commit(t, s, "demo", kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: "demo", ID: id, At: Now, Action: "message.sent", Detail: detail}})
	lines, err := s.AuditLines(t.Context(), "demo", kyc.AuditFilter{Action: "message.sent"}, "", 0)
	if err != nil || len(lines) != 1 {
		t.Fatalf("%+v, %v", lines, err)
	}
	want := map[string]string{"to": "withheld", "phone": "withheld", "name": "withheld", "codes": "image.blur", "file": string(id),
		"version": "20261101", "ticket": "INC0012345"}
	if d := cmp.Diff(want, lines[0].Detail); d != "" || detail["to"] != "ann@example.com" {
		t.Error(d)
	}
}

func versionsAreChecked(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	app, kase := w.application, w.kase
	app.State, app.Version = kyc.Submitted, 99 // the store counts, not the caller
	kase.State, kase.ClaimedBy = kyc.CaseOpen, ""
	Commit(t, s, "demo", kyc.UpdateApplication{Application: app, Expect: 1}, kyc.UpdateCase{Case: kase, Expect: 1})
	got, err := s.Application(t.Context(), "demo", app.ID)
	if err != nil || got.Version != 2 || got.State != kyc.Submitted {
		t.Errorf("application %+v, %v", got, err)
	}
	gotCase, err := s.Case(t.Context(), "demo", kase.ID)
	if err != nil || gotCase.Version != 2 || gotCase.ClaimedBy != "" {
		t.Errorf("case %+v, %v", gotCase, err)
	}
	fails(t, s, "demo", kyc.Conflict, "error.version_stale", kyc.UpdateApplication{Application: app, Expect: 1})
	fails(t, s, "demo", kyc.Conflict, "error.case_changed", kyc.UpdateCase{Case: kase, Expect: 1})
	fails(t, s, "demo", kyc.Conflict, "", kyc.CreateApplication{Application: app})
}

func challengesAreGuarded(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	c := w.challenge
	c.Tries = 2
	Commit(t, s, "demo", kyc.SaveChallenge{Challenge: c, Expect: 1})
	fails(t, s, "demo", kyc.Conflict, "error.challenge_race", kyc.SaveChallenge{Challenge: c, Expect: 1})
	c.State = kyc.ChallengeAnswered
	Commit(t, s, "demo", kyc.SaveChallenge{Challenge: c, Expect: 2})
	fails(t, s, "demo", kyc.Conflict, "error.challenge_race", kyc.SaveChallenge{Challenge: c, Expect: 2})
	for range 2 { // without link, none stands in another's way
		c.ID, c.LinkHash, c.State, c.Created = kyc.ChallengeID(ID()), []byte{}, kyc.ChallengePending, c.Created+1
		Commit(t, s, "demo", kyc.SaveChallenge{Challenge: c, Expect: -1})
	}
	if got, err := s.PendingChallenge(t.Context(), "demo", c.Application, c.Step); err != nil || got.ID != c.ID {
		t.Errorf("pending is not the newest: %v %v", got.ID, err)
	}
	Commit(t, s, "demo", kyc.KillChallenges{Tenant: "demo", Application: c.Application, Step: c.Step})
	if got, err := s.PendingChallenge(t.Context(), "demo", c.Application, c.Step); err != nil || got.State != kyc.ChallengeDead {
		t.Errorf("a spent code must stay visible, as dead: %s %v", got.State, err)
	}
	c.State = kyc.ChallengePending
	fails(t, s, "demo", kyc.Conflict, "error.challenge_race", kyc.SaveChallenge{Challenge: c, Expect: c.Tries})
}

func repeatsAreHarmless(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	again := w.check
	again.ID, again.Result = kyc.CheckID(ID()), kyc.Pass
	w.legal.Text = "changed behind people's backs"
	Commit(t, s, "demo", kyc.SaveConsent{Consent: w.consent}, kyc.SaveCheck{Check: again}, kyc.SaveCheck{Check: w.check},
		kyc.SaveLegal{LegalDocument: w.legal}, kyc.SaveStep{StepRecord: w.step}, kyc.SaveMessage{Message: w.message},
		kyc.SaveCredential{Credential: w.credential}, kyc.SaveTenant{Tenant: w.tenant}, kyc.SaveStaff{Staff: w.staff},
		kyc.DropSession{Tenant: "demo", Hash: Hash("none")})
	checks, err := s.Checks(t.Context(), "demo", w.application.ID)
	if err != nil || len(checks) != 1 || checks[0].Result != kyc.Refer {
		t.Errorf("checks %+v, %v", checks, err)
	}
	legal, err := s.Legal(t.Context(), "demo", "terms", "en", Now)
	if err != nil || legal.Text == w.legal.Text {
		t.Errorf("a published text was changed: %v", err)
	}
	staff := w.staff
	staff.ID = kyc.StaffID(ID())
	fails(t, s, "demo", kyc.Conflict, "error.login_taken", kyc.SaveStaff{Staff: staff})
	account := w.account
	account.ID = kyc.AccountID(ID())
	fails(t, s, "demo", kyc.Conflict, "error.account_exists", kyc.CreateAccount{Account: account})
	freeze := kyc.SetAccountState{Tenant: "demo", ID: w.account.ID, From: kyc.AccountActive, To: kyc.AccountFrozen}
	held := kyc.SetAccountState{Tenant: "demo", ID: w.account.ID, From: kyc.AccountActive, To: kyc.AccountActive}
	Commit(t, s, "demo", held, freeze)
	fails(t, s, "demo", kyc.Forbidden, "error.account_frozen", freeze)
	fails(t, s, "demo", kyc.Forbidden, "error.account_frozen", held)
	if kept, err := s.Account(t.Context(), "demo", w.account.ID); err != nil || kept.State != kyc.AccountFrozen {
		t.Errorf("%+v, %v", kept, err)
	}
	anew := kyc.SaveReplay{Replay: w.replay, Now: w.replay.Expires}
	anew.Request, anew.Expires = Hash("another request"), w.replay.Expires+1000
	fails(t, s, "demo", kyc.Conflict, "error.idempotency_race", anew)
	anew.Now++ // the answer has expired, and no sweeper has come by
	Commit(t, s, "demo", anew)
	if kept, err := s.Replay(t.Context(), "demo", anew.Scope, anew.Key); err != nil || !reflect.DeepEqual(kept, anew.Replay) {
		t.Errorf("an expired answer stays: %+v, %v", kept, err)
	}
	fails(t, s, "demo", kyc.Gone, "error.replayed", w.once)
}

// staffChangeInParts: what one changes of a member of the staff does not bring
// back what another has changed since it was read.
func staffChangeInParts(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	want := w.staff
	for _, set := range []kyc.SetStaff{{State: "disabled"}, {Role: "viewer"}, {Was: want.Hash, Hash: "second"}, {Was: want.Hash, Hash: "late"}, {Hash: "third"}} {
		set.Tenant, set.ID = want.Tenant, want.ID
		Commit(t, s, "demo", set)
		if set.Hash == "late" {
			if got, err := s.Staff(t.Context(), "demo", want.ID); err != nil || got.Hash != "second" {
				t.Errorf("a hash of an older password is kept: %+v, %v", got, err)
			}
		}
	}
	want.State, want.Role, want.Hash = "disabled", "viewer", "third"
	if got, err := s.Staff(t.Context(), "demo", want.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("staff is %+v, want %+v, %v", got, want, err)
	}
	fails(t, s, "demo", kyc.NotFound, "error.not_found", kyc.SetStaff{Tenant: "demo", ID: kyc.StaffID(ID()), State: "active"})
	fails(t, s, "demo", kyc.Conflict, "error.staff_changed", kyc.SetStaff{Tenant: "demo", ID: want.ID, From: "invited", State: "active"})
}

func filesReplaceEachOther(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	second := w.file
	second.ID = kyc.FileID(ID())
	Commit(t, s, "demo", kyc.SaveFile{File: second})
	files, err := s.Files(t.Context(), "demo", second.Application)
	if err != nil || len(files) != 1 || files[0].ID != second.ID {
		t.Errorf("current files %+v, %v", files, err)
	}
	first, err := s.File(t.Context(), "demo", w.file.ID)
	if err != nil || first.State != kyc.FileReplaced {
		t.Errorf("first file is %s, %v", first.State, err)
	}
	Commit(t, s, "demo", kyc.RefuseFiles{Tenant: "demo", Application: second.Application, Requirement: "passport"})
	if files, err := s.Files(t.Context(), "demo", second.Application); err != nil || len(files) != 0 {
		t.Errorf("refused files are current: %+v, %v", files, err)
	}
	all, err := s.AllFiles(t.Context(), "demo", second.Application)
	if err != nil || len(all) != 2 || all[0].State != kyc.FileReplaced || all[1].ID != second.ID || all[1].State != kyc.FileRefused {
		t.Errorf("all files %+v, %v", all, err)
	}
}

func identifiersAreUnique(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	index := Hash("+8613800138000")
	save := func(app kyc.Application, kind string, state kyc.IdentifierState) kyc.SaveIdentifier {
		return kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: app.Tenant, ID: kyc.IdentifierID(ID()), Applicant: app.Applicant,
			Application: app.ID, Step: "contact", Kind: kind, Index: index, State: state, Login: true, Updated: Now}}
	}
	rival := SeedApplication(t, s, "demo")
	mine, theirs := save(seeded.Application, "phone", kyc.Proved), save(rival, "phone", kyc.Proved)
	Commit(t, s, "demo", mine, theirs) // claims may meet
	reserve := func(app kyc.Application) kyc.SetIdentifiers {
		return kyc.SetIdentifiers{Tenant: "demo", Application: app.ID,
			From: []kyc.IdentifierState{kyc.Claimed, kyc.Proved}, To: kyc.Reserved, At: Now}
	}
	Commit(t, s, "demo", reserve(seeded.Application))
	fails(t, s, "demo", kyc.Conflict, "error.identifier_taken", reserve(rival))
	theirs.State = kyc.Bound
	fails(t, s, "demo", kyc.Conflict, "error.identifier_taken", theirs)
	for app, want := range map[kyc.ApplicationID]bool{rival.ID: true, seeded.Application.ID: false} {
		if taken, err := s.IdentifierTaken(t.Context(), "demo", "phone", index, app); err != nil || taken != want {
			t.Errorf("taken %v, %v", taken, err)
		}
	}
	// A number that is proved but no login name may be with two people.
	shared := save(rival, "phone", kyc.Bound)
	shared.Login = false
	Commit(t, s, "demo", shared)
	// The same number as a document may be with two applicants: that is for a person to judge.
	Commit(t, s, "demo", save(seeded.Application, "id:passport", kyc.Bound), save(rival, "id:passport", kyc.Bound))
	// What was not submitted does not count.
	Commit(t, s, "demo", save(rival, "id:resident_id", kyc.Proved))
	for kind, want := range map[string]int{"id:passport": 1, "id:resident_id": 0} {
		if n, err := s.CountIdentity(t.Context(), "demo", kind, index, seeded.Applicant); err != nil || n != want {
			t.Errorf("counted %d others by %s, %v", n, kind, err)
		}
	}
	other := SeedTenant(t, s, "other")
	Commit(t, s, "other", save(other.Application, "phone", kyc.Reserved)) // and with two tenants
	free := reserve(seeded.Application)
	free.From, free.To = []kyc.IdentifierState{kyc.Reserved}, kyc.Released
	Commit(t, s, "demo", free, reserve(rival))
}

func budgetsEndWithTheirWindow(t *testing.T, s *store.Store) {
	Seed(t, s)
	start := kyc.At(time.Now().Add(-30 * time.Minute))
	take := kyc.TakeBudget{Tenant: "demo", Key: "k", Start: start, Window: time.Hour, Limit: 2}
	Commit(t, s, "demo", take)
	Commit(t, s, "demo", take)
	err := s.Commit(t.Context(), "demo", kyc.Change{take})
	var e *kyc.Error
	if !errors.As(err, &e) || e.Code != kyc.Limited || e.Key != "error.budget" ||
		e.RetryAfter < 29*time.Minute || e.RetryAfter > 30*time.Minute {
		t.Errorf("got %v after %v", err, e)
	}
	none := take
	none.Key, none.Limit = "none", 0
	fails(t, s, "demo", kyc.Limited, "error.budget", none)
	next := take
	next.Start = kyc.At(start.Time().Add(time.Hour))
	Commit(t, s, "demo", next)
	for window, want := range map[kyc.Millis]int64{start: 2, next.Start: 1, 0: 0} {
		if used, err := s.BudgetUsed(t.Context(), "demo", "k", window); err != nil || used != want {
			t.Errorf("used %d, want %d, %v", used, want, err)
		}
	}
}

func pagesFollowEachOther(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	var want []kyc.CaseID
	var change kyc.Change
	for i := range 7 {
		kase := kyc.Case{Tenant: "demo", ID: kyc.CaseID(ID()), Application: seeded.Application.ID, Applicant: seeded.Applicant,
			Market: "mainland", State: kyc.CaseOpen, Version: 1, Due: Now + kyc.Millis(i/3)} // several share a due date
		want = append(want, kase.ID)
		change = append(change, kyc.SaveCase{Case: kase},
			kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: "demo", ID: kyc.AuditID(ID()), At: Now, Action: fmt.Sprint(i)}})
	}
	Commit(t, s, "demo", change...)
	var got []kyc.CaseID
	var after kyc.CaseCursor
	for {
		page, err := s.Cases(t.Context(), "demo", kyc.CaseFilter{}, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, kase := range page {
			got = append(got, kase.ID)
			after = kyc.CaseCursor{Due: kase.Due, ID: kase.ID}
		}
		if len(page) < 2 {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
	var actions string
	var before kyc.AuditID
	for range 4 {
		lines, err := s.AuditLines(t.Context(), "demo", kyc.AuditFilter{}, before, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			actions += line.Action
			before = line.ID
		}
	}
	if actions != "6543210" {
		t.Errorf("audit lines came as %s", actions)
	}
	for _, id := range []kyc.TenantID{"a-one", "b-two"} {
		SeedTenant(t, s, id)
	}
	tenants, err := s.Tenants(t.Context(), "a-one", 1)
	if err != nil || len(tenants) != 1 || tenants[0].ID != "b-two" {
		t.Errorf("tenants %+v, %v", tenants, err)
	}
}

func expiredApplicationsAreListed(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	var want []store.ApplicationRef
	for i, state := range []kyc.State{kyc.Open, kyc.InReview, kyc.NeedsApplicant, kyc.Approved, kyc.Expired} {
		app := SeedApplication(t, s, "demo")
		app.State, app.Expires = state, Now-10+kyc.Millis(i)
		Commit(t, s, "demo", kyc.UpdateApplication{Application: app, Expect: 1})
		if state.Fillable() {
			want = append(want, store.ApplicationRef{Tenant: "demo", ID: app.ID})
		}
	}
	other := SeedTenant(t, s, "other").Application
	other.Expires = Now - 100
	Commit(t, s, "other", kyc.UpdateApplication{Application: other, Expect: 1})
	want = append([]store.ApplicationRef{{Tenant: "other", ID: other.ID}}, want...)
	never := seeded.Application
	never.Expires = 0
	Commit(t, s, "demo", kyc.UpdateApplication{Application: never, Expect: 1})
	got, err := s.ExpiredApplications(t.Context(), Now, 10, 0)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if first, err := s.ExpiredApplications(t.Context(), Now, 1, 0); err != nil || len(first) != 1 || first[0].Tenant != "other" {
		t.Errorf("bounded: %+v, %v", first, err)
	}
	if rest, err := s.ExpiredApplications(t.Context(), Now, 10, 1); err != nil || cmp.Diff(want[1:], rest) != "" {
		t.Errorf("after the first: %+v, %v", rest, err)
	}
}

func theSweeperForgets(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	end := w.session.Expires
	for _, now := range []kyc.Millis{end - 1, end} { // what ends at end is there before, and gone then
		if err := s.Sweep(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		_, errSession := s.Session(t.Context(), "demo", w.session.Hash, "account")
		_, errReplay := s.Replay(t.Context(), "demo", w.replay.Scope, w.replay.Key)
		_, errHolder := s.Holder(t.Context(), "demo", w.holder.Hash)
		gone := now == end
		for _, err := range []error{errSession, errReplay, errHolder} {
			if (kyc.CodeOf(err) == kyc.NotFound) != gone {
				t.Errorf("at %d: %v", now-end, err)
			}
		}
	}
	Commit(t, s, "demo", w.once) // may be used again: what it was a token of has expired
	if used, err := s.BudgetUsed(t.Context(), "demo", w.budget.Key, w.budget.Start); err != nil || used != 0 {
		t.Errorf("budget %d, %v", used, err)
	}
}
