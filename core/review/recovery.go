package review

import (
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// othersSince is how far back other requests about the same account are shown.
const othersSince = 365 * 24 * time.Hour

// AccountData is the account that a recovery request is about, beside what the
// request says. Who has "everything" of the case revealed sees it in clear.
type AccountData struct {
	kyc.Account
	kyc.Recovery
	Market    string // title, message key; "" when the market is not there to tell
	Known     bool   // the contact that the request proved is one of the account's
	Steps     []StepData
	Documents []DocumentData
	Others    []OtherRequest // other requests about the same account, newest first
}

// OtherRequest is another recovery request about the same account.
type OtherRequest struct {
	kyc.Recovery
	Case  kyc.CaseID // "" when there is none
	State kyc.State
}

// account reads the account of a recovery request; nil for other cases and for a
// login name that is nobody's.
func (o *opening) account(ctx context.Context) (*AccountData, error) {
	if o.recovery.Account == "" {
		return nil, nil
	}
	a, err := o.desk.Store.Account(ctx, o.who.Tenant, o.recovery.Account)
	if err != nil {
		return nil, err
	}
	b, err := o.desk.basis(ctx, o.who.Tenant, a.Application)
	if err != nil {
		return nil, err
	}
	other := &opening{desk: o.desk, who: o.who, case_: o.case_, basis: b, names: o.names, reason: o.reason, revealed: Revealed{All: o.revealed.All}}
	if other.flow, err = o.desk.Flows.Flow(ctx, b.app.Market, b.app.Provider); err != nil {
		other.flow = &kyc.Flow{}
	}
	data := &AccountData{Account: a, Recovery: o.recovery, Market: other.flow.Title, Documents: other.documents()}
	if data.Steps, err = other.stepData(ctx); err != nil {
		return nil, err
	}
	if data.Others, err = o.others(ctx); err != nil {
		return nil, err
	}
	data.Known, err = o.known(ctx, b.app.ID)
	return data, err
}

func (o *opening) others(ctx context.Context) ([]OtherRequest, error) {
	since := kyc.At(o.desk.Clock().Add(-othersSince))
	all, err := o.desk.Store.Recoveries(ctx, o.who.Tenant, o.recovery.Account, since, maxDuplicates)
	if err != nil {
		return nil, err
	}
	var out []OtherRequest
	for _, r := range all {
		if r.Application == o.app.ID {
			continue
		}
		app, err := o.desk.Store.Application(ctx, o.who.Tenant, r.Application)
		if err != nil {
			return nil, err
		}
		c, err := o.desk.Store.CaseOfApplication(ctx, o.who.Tenant, r.Application)
		if err != nil && kyc.CodeOf(err) != kyc.NotFound {
			return nil, err
		}
		out = append(out, OtherRequest{Recovery: r, Case: c.ID, State: app.State})
	}
	return out, nil
}

// known tells whether a contact of the request is one of the account's, by index.
func (o *opening) known(ctx context.Context, account kyc.ApplicationID) (bool, error) {
	own, err := o.desk.Store.Identifiers(ctx, o.who.Tenant, o.app.ID)
	if err != nil {
		return false, err
	}
	theirs, err := o.desk.Store.Identifiers(ctx, o.who.Tenant, account)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(own, func(x kyc.Identifier) bool {
		return contactOf(x) && slices.ContainsFunc(theirs, func(y kyc.Identifier) bool {
			return contactOf(y) && x.Kind == y.Kind && kyc.SameIndex(x.Index, y.Index)
		})
	}), nil
}

// contactOf tells whether an identifier is a contact that was proved.
func contactOf(id kyc.Identifier) bool {
	return (id.Kind == string(kyc.Email) || id.Kind == string(kyc.Phone)) &&
		(id.State == kyc.Proved || id.State == kyc.Reserved || id.State == kyc.Bound)
}

// approvable refuses to approve a recovery request that names no account, or when
// the one who decides has not looked in this case at every current document of
// the request and of the account. Other applications can be approved.
func (d *Desk) approvable(ctx context.Context, w Who, c kyc.Case, b basis) error {
	if b.app.Market != kyc.RecoveryMarket {
		return nil
	}
	if b.recovery.Account == "" {
		return kyc.EKey(kyc.Conflict, "error.recovery_account", "the login name is nobody's")
	}
	a, err := d.Store.Account(ctx, w.Tenant, b.recovery.Account)
	if err != nil {
		return err
	}
	theirs, err := d.Store.AllFiles(ctx, w.Tenant, a.Application)
	if err != nil {
		return err
	}
	current := func(f kyc.File) bool { return f.State == kyc.FileCurrent }
	if !slices.ContainsFunc(b.files, current) {
		return kyc.EKey(kyc.Conflict, "error.documents_unseen", "the request has no documents")
	}
	lines, err := d.Store.AuditLines(ctx, w.Tenant, kyc.AuditFilter{ObjectKind: "case", ObjectID: string(c.ID)}, "", 0)
	if err != nil {
		return err
	}
	for _, f := range slices.Concat(b.files, theirs) {
		seen := func(l kyc.AuditLine) bool {
			return l.Action == "document.viewed" && l.Actor.Kind == "staff" && l.Actor.ID == string(w.Staff.ID) && l.Detail["file"] == string(f.ID)
		}
		if current(f) && !slices.ContainsFunc(lines, seen) {
			return kyc.EKey(kyc.Conflict, "error.documents_unseen", "file %s has not been viewed", f.ID)
		}
	}
	return nil
}

// TakeBack takes a granted recovery request back to the queue, before its link was
// used. Conflict ("error.state") when there is nothing to take back.
func (d *Desk) TakeBack(ctx context.Context, w Who, id kyc.CaseID) error {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return err
	}
	if err := d.mayCase(w, c, policies.CaseDecide); err != nil {
		return err
	}
	return d.Applications.TakeBack(ctx, w.Tenant, c.Application, w.Staff.ID)
}

// ofCase tells whether a file may be seen in a case: it is of its application, or
// of the account that a recovery request is about.
func (d *Desk) ofCase(ctx context.Context, w Who, c kyc.Case, f kyc.File) (bool, error) {
	if f.Application == c.Application {
		return true, nil
	}
	if c.Market != kyc.RecoveryMarket {
		return false, nil
	}
	r, err := d.recovery(ctx, w.Tenant, c.Application)
	if err != nil || r.Account == "" {
		return false, err
	}
	a, err := d.Store.Account(ctx, w.Tenant, r.Account)
	if err != nil {
		return false, err
	}
	// Whose work is bound to markets sees the documents of those only.
	return f.Application == a.Application && d.may(w, policies.DocumentView, policies.Market(a.Market)) == nil, nil
}

// recovery reads what stands beside a request; the zero Recovery for none.
func (d *Desk) recovery(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Recovery, error) {
	r, err := d.Store.Recovery(ctx, tenant, id)
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.Recovery{Tenant: tenant, Application: id}, nil
	}
	return r, err
}
