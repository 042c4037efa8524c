package person_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

// memory keeps archives; other files are pictures.
type memory map[kyc.FileID][]byte

func (m memory) Keep(_ context.Context, f *kyc.File, src io.Reader) (err error) {
	f.Original, f.Key = "o", []byte{1}
	m[f.ID], err = io.ReadAll(src)
	f.Size = int64(len(m[f.ID]))
	return err
}

func (m memory) Open(_ context.Context, f kyc.File, _ bool) (io.ReadCloser, string, error) {
	return io.NopCloser(bytes.NewReader(m[f.ID])), f.MediaType, nil
}

func (m memory) Remove(_ context.Context, f kyc.File) error {
	delete(m, f.ID)
	return nil
}

// told counts what the contacts are told.
type told map[string]int

func (h told) Rights(_ context.Context, _ kyc.Account, event, _ string, _ time.Time) (kyc.Change, error) {
	h[event]++
	return nil, nil
}

// desk is a person with an account, and the rights.
type desk struct {
	*person.Rights
	t      *testing.T
	now    time.Time
	store  *store.Store
	files  memory
	told   told
	holder kyc.Account
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: storetest.Now.Time(), store: storetest.SQLite(t), files: memory{}, told: told{}}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	d.ok(err)
	master, err := aead.New(handle)
	d.ok(err)
	clock := func() time.Time { return d.now }
	v := vault.New(vault.Config{Master: master, Keys: d.store, Clock: clock})
	d.Rights = person.New(person.Config{Store: d.store, Keys: v, Files: d.files, Herald: d.told, Clock: clock, IDs: storetest.ID})
	storetest.SeedTenant(t, d.store, "demo")
	keys, err := v.NewTenant(t.Context(), "demo")
	d.ok(err)
	app := storetest.Application("demo")
	wrapped, err := v.NewApplicant(t.Context(), "demo", app.Applicant)
	d.ok(err)
	evidence, err := v.Seal(t.Context(), "demo", app.Applicant, kyc.SealedEvidence, []byte(`{"list":"of the watched"}`))
	d.ok(err)
	d.holder = kyc.Account{Tenant: "demo", ID: "a1", Applicant: app.Applicant, Application: app.ID, Market: app.Market, State: "active"}
	check := func(name string, audience kyc.Audience) kyc.Write {
		return kyc.SaveCheck{Check: kyc.Check{Tenant: "demo", ID: kyc.CheckID(storetest.ID()), Application: app.ID, Name: name, CheckVersion: "1", Inputs: []byte(name), Result: "refer",
			Reasons: kyc.ReasonList{{Code: "reason." + name, Audience: audience}}, Evidence: evidence, At: storetest.Now}}
	}
	storetest.Commit(t, d.store, "demo", kyc.SaveTenantKeys{TenantKeys: keys},
		kyc.CreateApplicant{Tenant: "demo", ID: app.Applicant, Wrapped: wrapped, At: storetest.Now},
		kyc.CreateApplication{Application: app}, kyc.CreateAccount{Account: d.holder}, check("open", kyc.Public), check("secret", kyc.Private))
	return d
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// refused wants an error with a key.
func (d *desk) refused(err error, code kyc.Code, key string) {
	d.t.Helper()
	var known *kyc.Error
	if !errors.As(err, &known) || known.Code != code || known.Key != key {
		d.t.Errorf("got %v, want %s %s", err, code, key)
	}
}

func (d *desk) state() kyc.Erasure {
	d.t.Helper()
	e, err := d.store.Erasure(d.t.Context(), "demo", d.holder.Applicant)
	d.ok(err)
	return e
}

// TestTwoErase: what staff want takes two of them, who see the same; what the person
// asked takes one, and time.
func TestTwoErase(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	id, force := d.holder.Applicant, true
	order := func(reason string, by kyc.StaffID) error {
		return d.Propose(ctx, person.Order{Tenant: "demo", Applicant: id, Reason: reason, Actor: audit.Staff(by), Force: force}, by)
	}
	confirm := func(by kyc.StaffID) error { return d.Confirm(ctx, "demo", id, audit.Staff(by)) }
	d.refused(confirm("two"), kyc.Conflict, "error.erase_not_proposed")
	d.refused(order(person.ReasonRequested, "one"), kyc.Conflict, "error.erase_not_asked")
	force = false
	d.refused(order(person.ReasonTest, "one"), kyc.Conflict, "error.erase_account")
	force = true
	d.ok(order(person.ReasonTest, "one"))
	d.refused(confirm("one"), kyc.Forbidden, "error.erase_second")
	more := storetest.Application("demo")
	more.Applicant = id
	storetest.Commit(t, d.store, "demo", kyc.CreateApplication{Application: more})
	d.refused(confirm("two"), kyc.Conflict, "error.erase_stale")
	d.ok(order(person.ReasonTest, "two")) // anew: the first proposal is void
	d.refused(confirm("two"), kyc.Forbidden, "error.erase_second")
	d.ok(d.TakeBack(ctx, "demo", id, audit.Staff("one")))
	d.refused(confirm("one"), kyc.Conflict, "error.erase_not_proposed")

	d.ok(d.Ask(ctx, "demo", id, audit.Staff("one"), "")) // a letter came
	d.ok(order(person.ReasonRequested, "one"))
	if e := d.state(); e.State != kyc.ErasureAsked || e.By != "one" {
		t.Errorf("what was noted is %+v", e)
	}
	d.ok(d.AskOwn(ctx, d.holder, "")) // and now they ask themselves
	d.ok(order(person.ReasonRequested, "one"))
	e := d.state()
	if e.State != kyc.ErasureGranted || e.Due != e.Asked+kyc.Millis(person.DefaultWait/time.Millisecond) {
		t.Errorf("what they asked is %+v", e)
	}
	job := kyc.Job{Tenant: "demo", Kind: kyc.JobErase, Ref: string(id)}
	d.ok(d.Finish(ctx, job, 1)) // too early
	d.ok(d.Undo(ctx, d.holder, ""))
	d.now = d.now.Add(person.DefaultWait)
	d.ok(d.Finish(ctx, job, 1)) // it was taken back
	if e := d.state(); e.State != kyc.ErasureUndone {
		t.Errorf("taken back it is %+v", e)
	}
	d.ok(d.AskOwn(ctx, d.holder, ""))
	d.ok(d.Refuse(ctx, "demo", id, audit.Staff("one"), person.RefusedRetention, kyc.At(d.now.AddDate(5, 0, 0))))
	d.now = d.now.AddDate(5, 0, 1)
	_, err := d.Retain(ctx)
	d.ok(err)
	if e := d.state(); e.State != kyc.ErasureGranted {
		t.Errorf("when its day has come it is %+v", e)
	}
	d.now = d.now.Add(time.Hour)
	if err := d.Finish(ctx, job, 1); kyc.CodeOf(err) == kyc.Conflict {
		t.Error(err)
	}
	if e := d.state(); e.Erased == 0 {
		t.Errorf("carried out it is %+v", e)
	}
	if d.told["erasure_asked"] != 2 || d.told["erasure_granted"] != 2 || d.told["erasure_undone"] != 1 || d.told["erasure_refused"] != 1 {
		t.Errorf("told %v", d.told)
	}
}

// TestOwnCopy: a person's copy has no finding that may not be told, is made once, is
// theirs alone, and there for a day; three a day.
func TestOwnCopy(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	storetest.Commit(t, d.store, "demo", d.weighed()...)
	x, err := d.AskExport(ctx, d.holder, "")
	d.ok(err)
	if again, err := d.AskExport(ctx, d.holder, ""); err != nil || again.ID != x.ID {
		t.Errorf("asked twice: %v %v", again, err)
	}
	_, _, err = d.OpenExport(ctx, d.holder, x.ID)
	d.refused(err, kyc.NotFound, "error.not_found")
	job := kyc.Job{Tenant: "demo", Kind: kyc.JobExport, Ref: x.ID}
	d.ok(d.MakeExport(ctx, job, 1))
	d.ok(d.MakeExport(ctx, job, 2))
	other := d.holder
	other.Applicant = "another"
	_, _, err = d.OpenExport(ctx, other, x.ID)
	d.refused(err, kyc.NotFound, "error.not_found")
	text := d.person(x.ID)
	if !strings.Contains(text, "reason.open") || strings.Contains(text, "secret") || strings.Contains(text, "proposals") || strings.Contains(text, `"who": "staff"`) {
		t.Errorf("the copy says %s", text)
	}
	if own, err := d.Own(ctx, "demo", "a1"); err != nil || own.Latest.State != kyc.ExportReady || own.Against != "error.erase_account" || own.Keep != 1826 {
		t.Errorf("%+v, %v", own, err)
	}
	d.now = d.now.Add(person.ExportLife)
	_, _, err = d.OpenExport(ctx, d.holder, x.ID)
	d.refused(err, kyc.Gone, "error.export_gone")
	_, err = d.Retain(ctx)
	d.ok(err)
	if len(d.files) != 0 {
		t.Error("the archive is there after its time")
	}
	for range 3 {
		x, err = d.AskExport(ctx, d.holder, "")
		d.ok(err)
		d.ok(d.MakeExport(ctx, kyc.Job{Tenant: "demo", Kind: kyc.JobExport, Ref: x.ID}, 1))
	}
	if _, err = d.AskExport(ctx, d.holder, ""); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("a fourth copy in a day: %v", err)
	}
}

// weighed is a case in which somebody proposes to refuse the person.
func (d *desk) weighed() kyc.Change {
	kase := kyc.Case{Tenant: "demo", ID: "c1", Application: d.holder.Application, Applicant: d.holder.Applicant, Market: d.holder.Market, State: kyc.CaseOpen, Version: 1, Opened: storetest.Now}
	return kyc.Change{kyc.SaveStaff{Staff: kyc.Staff{Tenant: "demo", ID: "one", Login: "one", Name: "One", Role: "reviewer", Hash: "x", Locale: "en", State: "active", Created: storetest.Now}},
		kyc.SaveCase{Case: kase}, kyc.SaveProposal{Proposal: kyc.Proposal{Tenant: "demo", ID: "p1", Case: kase.ID, Application: kase.Application, Staff: "one", Outcome: kyc.Reject,
			Reasons: kyc.ReasonList{{Code: "reason.secret", Audience: kyc.Private}}, Evidence: []byte{1}, Risk: kyc.HighRisk, State: kyc.ProposalWaits, At: storetest.Now}}}
}

// person is what the archive says.
func (d *desk) person(id string) string {
	d.t.Helper()
	r, x, err := d.OpenExport(d.t.Context(), d.holder, id)
	d.ok(err)
	raw, err := io.ReadAll(r)
	d.ok(err)
	if int64(len(raw)) != x.Size {
		d.t.Errorf("%d bytes, not %d", len(raw), x.Size)
	}
	archive, err := zip.NewReader(bytes.NewReader(raw), x.Size)
	d.ok(err)
	page, err := archive.Open("person.json")
	d.ok(err)
	text, err := io.ReadAll(page)
	d.ok(err)
	return string(text)
}
