package review

import (
	"context"
	"errors"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Freezer freezes accounts; the pipeline does.
type Freezer interface {
	Freeze(ctx context.Context, a kyc.Account, by kyc.Actor, device string, detail ...string) error
}

// Freezing is why support freezes an account.
type Freezing struct {
	Why    string // one of FreezeReasons
	Ticket string // number of a ticket or file, optional; letters, digits and ._/-
}

var freezeReasons = []string{"phone_lost", "not_me", "suspected_fraud"}

// FreezeReasons lists the reasons for which staff may freeze an account.
func FreezeReasons() []string { return slices.Clone(freezeReasons) }

// FreezeAccount freezes the account that an application led to, on the word of somebody
// who writes or calls; all contacts of the account are told. Where there is a case, who
// may not read it may not do this. Invalid ("error.freeze_reason", "error.reveal_ticket"),
// NotFound without an account.
func (d *Desk) FreezeAccount(ctx context.Context, w Who, id kyc.ApplicationID, f Freezing) error {
	if !slices.Contains(freezeReasons, f.Why) {
		return kyc.EKey(kyc.Invalid, "error.freeze_reason", "unknown reason for freezing an account")
	}
	if f.Ticket != "" && !audit.Ticket(f.Ticket) {
		return kyc.EKey(kyc.Invalid, "error.reveal_ticket", "ticket is not a number of letters, digits and ._/-")
	}
	if err := d.may(w, policies.AccountFreeze); err != nil {
		return err
	}
	a, err := d.Store.AccountOfApplication(ctx, w.Tenant, id)
	if err != nil {
		return err
	}
	if err := d.mayFreeze(ctx, w, a); err != nil {
		return err
	}
	if a.State != kyc.AccountActive && a.State != kyc.AccountFrozen {
		return kyc.EKey(kyc.Conflict, "error.nothing_to_freeze", "account %s is %s", a.ID, a.State)
	}
	return d.Freezer.Freeze(ctx, a, audit.Staff(w.Staff.ID), "", "why", f.Why, "ticket", f.Ticket)
}

func (d *Desk) mayFreeze(ctx context.Context, w Who, a kyc.Account) error {
	if err := d.may(w, policies.AccountFreeze, policies.Market(a.Market)); err != nil {
		return err
	}
	c, err := d.Store.CaseOfApplication(ctx, w.Tenant, a.Application)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.mayCase(w, c, policies.CaseRead)
}
