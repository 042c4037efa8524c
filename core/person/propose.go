package person

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// tellFirst is how long before an erasure the person is told at least: what says so
// must be sent while there is still where to.
const tellFirst = 10 * time.Minute

// Propose is the first of two people on the way to an erasure. What the person asked
// for themselves needs no second one and is granted at once, unless an account is frozen:
// then whoever asked may be whom it was frozen for. To propose the same again
// changes nothing. Conflict: as Erase; the person did not ask, and the reason is that
// they did ("error.erase_not_asked"); somebody else has proposed ("error.erase_proposed").
func (r *Rights) Propose(ctx context.Context, o Order, by kyc.StaffID) error {
	if !slices.Contains(Reasons(), o.Reason) {
		return kyc.EKey(kyc.Invalid, "error.erase_reason", "unknown reason for erasing")
	}
	s, err := r.Of(ctx, o.Tenant, o.Applicant)
	if err != nil {
		return err
	}
	e := s.Erasure
	switch {
	case e.Erased != 0:
		return kyc.EKey(kyc.Gone, "error.erased", "the person was erased before")
	case e.State == kyc.ErasureGranted:
		return nil
	case s.Against != "" && !o.Force:
		return kyc.EKey(kyc.Conflict, s.Against, "something stands against the erasure")
	case o.Reason == ReasonRequested && e.State != kyc.ErasureAsked:
		return kyc.EKey(kyc.Conflict, "error.erase_not_asked", "the person did not ask")
	case o.Reason == ReasonRequested && own(kyc.Actor{Kind: e.ActorKind}) && !frozen(s.Accounts):
		of, err := r.held(ctx, s.Applications, s.Accounts)
		if err != nil {
			return err
		}
		return r.grant(ctx, e, o, of)
	case e.By != "" && !s.Stale && e.By != by:
		return kyc.EKey(kyc.Conflict, "error.erase_proposed", "somebody else has proposed")
	case e.By == by && !s.Stale && e.Why == o.Reason && e.Force == o.Force:
		return nil
	}
	proposed := e
	switch {
	case e.State == kyc.ErasureAsked:
	case e.Until != 0: // what the person was promised is there when it is taken back
		proposed.State = kyc.ErasureProposed
	default:
		proposed = kyc.Erasure{Tenant: o.Tenant, Applicant: o.Applicant, State: kyc.ErasureProposed, Reason: o.Reason,
			ActorKind: o.Actor.Kind, ActorID: o.Actor.ID, Asked: kyc.At(r.Clock())}
	}
	of, err := r.held(ctx, s.Applications, s.Accounts)
	if err != nil {
		return err
	}
	proposed.ErasureProposal = kyc.ErasureProposal{By: by, Why: o.Reason, Force: o.Force, Of: of, Staged: max(kyc.At(r.Clock()), e.Staged+1)}
	return r.Store.Commit(ctx, o.Tenant, kyc.Change{kyc.MoveErasure{Erasure: proposed, From: e.State, Before: e.Staged},
		r.line(o, audit.ErasureProposed, "applicant", string(o.Applicant))})
}

// Confirm is the second of two people: the erasure is carried out as it was proposed,
// at once, or when it is due if the person asked for it. Forbidden
// ("error.erase_second"): the one who proposed cannot. Conflict: nothing is proposed
// ("error.erase_not_proposed"); what is held has changed since ("error.erase_stale").
func (r *Rights) Confirm(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, actor kyc.Actor) error {
	s, err := r.Of(ctx, tenant, id)
	if err != nil {
		return err
	}
	e := s.Erasure
	switch {
	case e.Erased != 0:
		return kyc.EKey(kyc.Gone, "error.erased", "the person was erased before")
	case e.By == "" || e.State != kyc.ErasureAsked && e.State != kyc.ErasureProposed:
		return kyc.EKey(kyc.Conflict, "error.erase_not_proposed", "nobody has proposed to erase the person")
	case string(e.By) == actor.ID:
		return kyc.EKey(kyc.Forbidden, "error.erase_second", "the same person cannot confirm what they proposed")
	case s.Stale:
		return kyc.EKey(kyc.Conflict, "error.erase_stale", "what is held has changed since")
	}
	o := Order{Tenant: tenant, Applicant: id, Reason: e.Why, Actor: actor, Force: e.Force}
	if e.Why == ReasonRequested {
		return r.grant(ctx, e, o, e.Of)
	}
	return r.Erase(ctx, o)
}

// TakeBack takes back what was proposed, or granted and not yet carried out: a request
// of the person waits for its answer again, and one that was refused until a day is
// refused until then. Conflict ("error.erase_not_proposed"):
// there is nothing of the kind.
func (r *Rights) TakeBack(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, actor kyc.Actor) error {
	e, err := r.erasure(ctx, tenant, id)
	if err != nil {
		return err
	}
	if e.By == "" && e.State != kyc.ErasureGranted || e.Erased != 0 {
		return kyc.EKey(kyc.Conflict, "error.erase_not_proposed", "there is nothing to take back")
	}
	was := e
	e.ErasureProposal, e.Due = kyc.ErasureProposal{Staged: e.Staged + 1}, 0
	switch {
	case was.State != kyc.ErasureProposed:
		e.State = kyc.ErasureAsked
	case was.Until != 0:
		e.State = kyc.ErasureRefused
	default:
		e.State = kyc.ErasureUndone
	}
	return r.Store.Commit(ctx, tenant, kyc.Change{kyc.MoveErasure{Erasure: e, From: was.State, Before: was.Staged},
		audit.Line(r.Clock, r.IDs, tenant, actor, audit.ErasureTakenBack, "applicant", string(id))})
}

// grant says when the erasure is carried out, and tells the person. Until then it can
// be taken back. of is the digest of what was held when it was granted.
func (r *Rights) grant(ctx context.Context, e kyc.Erasure, o Order, of string) error {
	now := r.Clock()
	g := e
	g.State, g.Reason, g.Until = kyc.ErasureGranted, o.Reason, 0
	g.Due = max(kyc.At(e.Asked.Time().Add(r.Wait)), kyc.At(now.Add(min(r.Wait, tellFirst))))
	g.ErasureProposal = kyc.ErasureProposal{Force: o.Force, Of: of, Staged: e.Staged + 1}
	return r.commitTold(ctx, e.Tenant, e.Applicant, account.ErasureGranted, "", kyc.Change{
		kyc.MoveErasure{Erasure: g, From: e.State, Before: e.Staged}, r.line(o, audit.ErasureGranted, "applicant", string(e.Applicant)),
		kyc.Enqueue{Job: kyc.Job{Tenant: e.Tenant, Kind: kyc.JobErase, Ref: string(e.Applicant), At: g.Due}}})
}

// carryOut erases whose day has come. What has changed since it was granted, such as
// money that came in or a freeze, sends the request back to staff, whatever they
// answered for then.
func (r *Rights) carryOut(ctx context.Context, e kyc.Erasure) error {
	of, err := r.holds(ctx, e.Tenant, e.Applicant)
	if err != nil {
		return err
	}
	if of != e.Of {
		return r.sendBack(ctx, e)
	}
	err = r.Erase(ctx, Order{Tenant: e.Tenant, Applicant: e.Applicant, Reason: e.Reason, Actor: audit.System("erasure"), Force: e.Force})
	if kyc.CodeOf(err) == kyc.Conflict {
		return r.sendBack(ctx, e)
	}
	return err
}

func (r *Rights) sendBack(ctx context.Context, e kyc.Erasure) error {
	back := r.TakeBack(ctx, e.Tenant, e.Applicant, audit.System("erasure"))
	if kyc.CodeOf(back) == kyc.Conflict { // the person was quicker
		return nil
	}
	return back
}

// holds is held of who is not read yet.
func (r *Rights) holds(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) (string, error) {
	apps, err := r.applications(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	accounts, err := r.Store.PersonAccounts(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	return r.held(ctx, apps, accounts)
}

func frozen(accounts []kyc.Account) bool {
	return slices.ContainsFunc(accounts, func(a kyc.Account) bool { return a.State == kyc.AccountFrozen })
}

// held is a digest of what a person has, so that nobody confirms what another one did
// not see: applications, accounts, money.
func (r *Rights) held(ctx context.Context, apps []kyc.Application, accounts []kyc.Account) (string, error) {
	h := sha256.New()
	for _, a := range apps {
		fmt.Fprintf(h, "application %s %s\n", a.ID, a.State)
	}
	for _, a := range accounts {
		fmt.Fprintf(h, "account %s %s\n", a.ID, a.State)
		balances, err := r.Store.Balances(ctx, a.Tenant, a.ID)
		if err != nil {
			return "", err
		}
		for _, b := range balances {
			fmt.Fprintf(h, "money %s %d\n", b.Currency, b.Minor)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
