package review

import (
	"context"
	"errors"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Claim gives the case to who for Lease. Claiming one's own case renews the
// lease. A case that somebody else holds is a Conflict ("error.case_claimed")
// until that lease has run out; of two that claim at once one wins.
func (d *Desk) Claim(ctx context.Context, w Who, id kyc.CaseID) (kyc.Case, error) {
	return d.claim(ctx, w, id)
}

// claim is Claim with more to write in its transaction.
func (d *Desk) claim(ctx context.Context, w Who, id kyc.CaseID, more ...kyc.Write) (kyc.Case, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return kyc.Case{}, err
	}
	if err := d.mayCase(w, c, policies.CaseClaim); err != nil {
		return kyc.Case{}, err
	}
	action := "case.claimed"
	switch {
	case c.State == kyc.CaseDecided:
		return kyc.Case{}, decided()
	case d.held(c) && c.ClaimedBy != w.Staff.ID:
		return kyc.Case{}, taken()
	case c.State == kyc.CaseClaimed && c.ClaimedBy != w.Staff.ID:
		action = "case.taken_over"
	case d.held(c):
		return d.renew(ctx, w, c)
	}
	claimed, err := d.lease(ctx, w, c, append(more, d.line(w, id, action, nil))...)
	if errors.Is(err, kyc.E(kyc.Conflict, "")) {
		return d.outrun(ctx, w, id, len(more) == 0)
	}
	return claimed, err
}

// outrun is the answer when somebody was quicker: a colleague, or the same person
// who pressed twice.
func (d *Desk) outrun(ctx context.Context, w Who, id kyc.CaseID, again bool) (kyc.Case, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err == nil && again && d.held(c) && c.ClaimedBy == w.Staff.ID {
		return c, nil
	}
	if err != nil {
		return kyc.Case{}, err
	}
	return kyc.Case{}, taken()
}

// SendAgain sends the applicant of a case once more what matters now, when it did
// not arrive. Who may claim the case may do it, also after the decision.
func (d *Desk) SendAgain(ctx context.Context, w Who, id kyc.CaseID) error {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return err
	}
	if err := d.mayCase(w, c, policies.CaseClaim); err != nil {
		return err
	}
	return d.Messages.SendAgain(ctx, w.Tenant, c.Application, w.Staff.ID)
}

// Release gives a claimed case back. Only its holder can.
func (d *Desk) Release(ctx context.Context, w Who, id kyc.CaseID) error {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return err
	}
	if err := d.mayCase(w, c, policies.CaseClaim); err != nil {
		return err
	}
	if err := d.holds(w, c); err != nil {
		return err
	}
	expect := c.Version
	c.State, c.ClaimedBy, c.ClaimUntil = kyc.CaseOpen, "", 0
	return d.Store.Commit(ctx, w.Tenant, kyc.Change{
		kyc.UpdateCase{Case: c, Expect: expect},
		d.line(w, id, "case.released", nil),
	})
}

// held tells whether somebody's lease still runs.
func (d *Desk) held(c kyc.Case) bool {
	return c.State == kyc.CaseClaimed && c.ClaimUntil.Time().After(d.Clock())
}

// holds refuses whoever has not claimed the case. A lease that has run out
// still counts for its holder as long as nobody has taken the case over: the
// version of the case keeps the two apart.
func (d *Desk) holds(w Who, c kyc.Case) error {
	switch {
	case c.State == kyc.CaseDecided:
		return decided()
	case c.State != kyc.CaseClaimed:
		return kyc.EKey(kyc.Conflict, "error.case_not_claimed", "case is not claimed")
	case c.ClaimedBy != w.Staff.ID:
		return kyc.EKey(kyc.Forbidden, "error.case_claimed", "case is claimed by somebody else")
	}
	return nil
}

// renew lengthens the lease of who works on the case. Activity within the
// first minutes of a lease writes nothing.
func (d *Desk) renew(ctx context.Context, w Who, c kyc.Case) (kyc.Case, error) {
	if c.State != kyc.CaseClaimed || c.ClaimedBy != w.Staff.ID || c.ClaimUntil.Time().Sub(d.Clock()) > Lease-5*time.Minute {
		return c, nil
	}
	return d.lease(ctx, w, c)
}

func (d *Desk) lease(ctx context.Context, w Who, c kyc.Case, more ...kyc.Write) (kyc.Case, error) {
	expect := c.Version
	c.State, c.ClaimedBy, c.ClaimUntil = kyc.CaseClaimed, w.Staff.ID, kyc.At(d.Clock().Add(Lease))
	change := append(kyc.Change{kyc.UpdateCase{Case: c, Expect: expect}}, more...)
	if err := d.Store.Commit(ctx, w.Tenant, change); err != nil {
		return kyc.Case{}, err
	}
	c.Version = expect + 1
	return c, nil
}

func decided() error {
	return kyc.EKey(kyc.Conflict, "error.case_decided", "case is decided")
}

func taken() error {
	return kyc.EKey(kyc.Conflict, "error.case_claimed", "case is claimed by somebody else")
}
