package person_test

import (
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/store/storetest"
)

// grants has an officer grant what the person asked, who answers for the account.
func (d *desk) grants() {
	d.t.Helper()
	d.ok(d.AskOwn(d.t.Context(), d.holder, ""))
	d.ok(d.proposes(person.ReasonRequested, "one"))
	if e := d.state(); e.State != kyc.ErasureGranted {
		d.t.Fatalf("granted it is %+v", e)
	}
}

func (d *desk) proposes(reason string, by kyc.StaffID) error {
	return d.Propose(d.t.Context(), person.Order{Tenant: "demo", Applicant: d.holder.Applicant, Reason: reason, Actor: audit.Staff(by), Force: true}, by)
}

func (d *desk) finish() {
	d.t.Helper()
	d.now = d.now.Add(person.DefaultWait)
	d.ok(d.Finish(d.t.Context(), kyc.Job{Tenant: "demo", Kind: kyc.JobErase, Ref: string(d.holder.Applicant)}, 1))
}

func (d *desk) froze() kyc.Write {
	return kyc.SetAccountState{Tenant: "demo", ID: d.holder.ID, From: kyc.AccountActive, To: kyc.AccountFrozen}
}

// TestChangedIsSentBack: money that came in and a freeze since the grant send it back to
// staff, although an officer has answered for the account.
func TestChangedIsSentBack(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]kyc.Write{
		"money":    kyc.SaveBalance{Balance: kyc.Balance{Tenant: "demo", Account: d.holder.ID, Currency: "CNY", Minor: 100}},
		"a freeze": d.froze(),
	} {
		d := newDesk(t)
		d.grants()
		storetest.Commit(t, d.store, "demo", change)
		d.finish()
		if e := d.state(); e.State != kyc.ErasureAsked || e.Erased != 0 {
			t.Errorf("after %s it is %+v", name, e)
		}
	}
}

// TestFrozenTakesTwo: what was asked in an account that is frozen may be whom it was
// frozen for: one officer alone does not grant it, and no day does.
func TestFrozenTakesTwo(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.ok(d.AskOwn(ctx, d.holder, ""))
	storetest.Commit(t, d.store, "demo", d.froze())
	d.ok(d.proposes(person.ReasonRequested, "one"))
	if e := d.state(); e.State != kyc.ErasureAsked || e.By != "one" {
		t.Errorf("one officer made it %+v", e)
	}
	d.ok(d.TakeBack(ctx, "demo", d.holder.Applicant, audit.Staff("one")))
	d.ok(d.Refuse(ctx, "demo", d.holder.Applicant, audit.Staff("one"), person.RefusedRetention, kyc.At(d.now.AddDate(1, 0, 0))))
	d.now = d.now.AddDate(1, 0, 1)
	_, err := d.Retain(ctx)
	d.ok(err)
	if e := d.state(); e.State != kyc.ErasureRefused {
		t.Errorf("its day made it %+v", e)
	}
}

// TestLostJob: what was granted is carried out although its job came too early, by a
// clock that is behind, and is gone.
func TestLostJob(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.grants()
	_, err := d.Retain(ctx)
	d.ok(err)
	if e := d.state(); e.State != kyc.ErasureGranted {
		t.Errorf("before its day it is %+v", e)
	}
	d.now = d.now.Add(person.DefaultWait)
	_, err = d.Retain(ctx)
	d.ok(err)
	if e := d.state(); e.Erased == 0 {
		t.Errorf("on its day it is %+v", e)
	}
}

// TestPromiseStays: who is refused until a day is refused until then, too, when somebody
// proposes otherwise and takes it back.
func TestPromiseStays(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	d.ok(d.AskOwn(ctx, d.holder, ""))
	until := kyc.At(d.now.AddDate(1, 0, 0))
	d.ok(d.Refuse(ctx, "demo", d.holder.Applicant, audit.Staff("one"), person.RefusedHold, until))
	d.ok(d.proposes(person.ReasonLegalOrder, "one"))
	if e := d.state(); e.State != kyc.ErasureProposed || e.Why != person.ReasonLegalOrder {
		t.Errorf("proposed it is %+v", e)
	}
	d.ok(d.TakeBack(ctx, "demo", d.holder.Applicant, audit.Staff("one")))
	if e := d.state(); e.State != kyc.ErasureRefused || e.Until != until || e.Reason != person.RefusedHold || e.By != "" {
		t.Errorf("taken back it is %+v", e)
	}
}

// TestStuckCopy: a copy whose job died with its node does not stand in the way of
// another one, and comes to nothing when it is made late.
func TestStuckCopy(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	x, err := d.AskExport(ctx, d.holder, "")
	d.ok(err)
	d.now = d.now.Add(2 * time.Hour)
	if own, err := d.Own(ctx, "demo", d.holder.ID); err != nil || own.Latest.State != kyc.ExportFailed {
		t.Errorf("it is told as %+v, %v", own.Latest, err)
	}
	again, err := d.AskExport(ctx, d.holder, "")
	d.ok(err)
	if again.ID == x.ID {
		t.Error("who asks again waits for ever")
	}
	for _, id := range []string{x.ID, again.ID} {
		d.ok(d.MakeExport(ctx, kyc.Job{Tenant: "demo", Kind: kyc.JobExport, Ref: id}, 1))
	}
	if old, err := d.store.Export(ctx, "demo", x.ID); err != nil || old.State != kyc.ExportFailed {
		t.Errorf("the old one is %+v, %v", old, err)
	}
	d.person(again.ID)
}
