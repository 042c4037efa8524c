package credential

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// How long somebody counts as having just shown who they are: ten minutes since
// they did or since it was last relied on, and an hour at most. See decision 17.
const (
	FreshFor    = 10 * time.Minute
	FreshAtMost = time.Hour
)

// Proof is what somebody shows who they are with: one of the fields.
type Proof struct {
	Password string
	Code     string // of an authenticator app, or a recovery code
	Passkey  []byte // a passkey's answer, JSON as browsers give it
}

// kind is what a proof is counted and recorded as.
func (p Proof) kind() string {
	switch {
	case p.Password != "":
		return "password"
	case len(p.Passkey) > 0:
		return kyc.FactorPasskey
	}
	return "code"
}

// shown is what a proof came to.
type shown struct {
	change kyc.Change // uses it up
	left   int        // recovery codes left, when one was used; -1 otherwise
}

// prove checks a proof. It is counted before, in a budget of its kind. A passkey
// answers what was asked for the purpose.
func (s *StaffSessions) prove(ctx context.Context, staff kyc.Staff, p Proof, purpose string, client Client) (shown, error) {
	now, kind := s.Clock(), p.kind()
	if err := s.countProof(ctx, staff, kind, client, now); err != nil {
		return shown{}, err
	}
	out := shown{left: -1}
	ok, err := false, error(nil)
	if p.Password != "" {
		ok, _, err = s.Hasher.Verify(ctx, staff.Hash, p.Password)
	} else {
		var used factor.Used
		if used, ok, err = s.check(ctx, staff, p, purpose); used.Kind == kyc.FactorRecovery {
			out.left = used.Left
		}
		out.change = used.Change
	}
	if err != nil {
		return shown{}, err
	}
	if !ok {
		line := s.line(staff, audit.FactorRefused, "kind", kind)
		if err := s.Store.Commit(ctx, staff.Tenant, kyc.Change{line}); err != nil {
			return shown{}, err
		}
		return shown{}, kyc.EKey(kyc.Unauthorized, "error.second_factor", "the %s does not fit", kind)
	}
	if out.left >= 0 {
		told, err := s.Letters.Tell(ctx, staff, letter.RecoveryUsed)
		if err != nil {
			return shown{}, err
		}
		out.change = append(append(out.change, s.line(staff, audit.RecoveryUsed)), told...)
	}
	return out, nil
}

func (s *StaffSessions) check(ctx context.Context, staff kyc.Staff, p Proof, purpose string) (factor.Used, bool, error) {
	if len(p.Passkey) > 0 {
		return s.Factors.CheckPasskey(ctx, factor.Staff(staff), purpose, p.Passkey)
	}
	return s.Factors.Check(ctx, factor.Staff(staff), p.Code)
}

func (s *StaffSessions) countProof(ctx context.Context, staff kyc.Staff, kind string, client Client, now time.Time) error {
	who, err := s.Index.Index(ctx, staff.Tenant, "staff.factor", string(staff.ID))
	if err != nil {
		return err
	}
	from, err := contact.IndexAddress(ctx, s.Index, staff.Tenant, client.Address)
	if err != nil {
		return err
	}
	return s.Store.Commit(ctx, staff.Tenant, s.Limits.SecondFactorBudget(staff.Tenant, kind, who, from, now))
}

// Fresh tells whether the holder of a token has just shown who they are, which a
// route can ask for, and notes that this was relied on. Forbidden
// ("error.reauthentication_required") when it is too long ago.
func (s *StaffSessions) Fresh(ctx context.Context, token string) error {
	session, err := s.session(ctx, KindStaff, token)
	if err != nil {
		return err
	}
	now := s.Clock()
	if now.Sub(session.Fresh.Time()) >= FreshFor || now.Sub(session.Proved.Time()) >= FreshAtMost {
		return kyc.EKey(kyc.Forbidden, "error.reauthentication_required", "the proof is too old")
	}
	if now.Sub(session.Fresh.Time()) < time.Minute {
		return nil // spares a write
	}
	return s.Store.Commit(ctx, session.Tenant, kyc.Change{kyc.FreshenSession{Tenant: session.Tenant, Hash: session.Hash, Fresh: kyc.At(now)}})
}

// Confirm makes a session fresh: its holder shows once more who they are, with
// the password, a code or a passkey. Unauthorized ("error.second_factor") when it
// does not fit: the session stays as it is. Limited past the budget.
func (s *StaffSessions) Confirm(ctx context.Context, token string, proof Proof, client Client) error {
	session, err := s.session(ctx, KindStaff, token)
	if err != nil {
		return err
	}
	staff, err := s.holder(ctx, session)
	if err != nil {
		return err
	}
	got, err := s.prove(ctx, staff, proof, factor.PasskeyConfirm, client)
	if err != nil {
		return err
	}
	now := kyc.At(s.Clock())
	return s.Store.Commit(ctx, staff.Tenant, append(got.change, s.line(staff, audit.StaffConfirmed),
		kyc.FreshenSession{Tenant: staff.Tenant, Hash: session.Hash, Proved: now, Fresh: now}))
}
