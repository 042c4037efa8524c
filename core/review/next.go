package review

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Next claims the case that is due first among those that nobody holds and
// that who may decide. NotFound ("error.queue_empty") when there is none.
//
// Asked again under the same idempotency key within 24 hours it answers the
// case that the first asking claimed, however that stands by now: whose answer
// was lost does not hold a case that they know nothing of. "" is no key.
func (d *Desk) Next(ctx context.Context, w Who, key string) (kyc.Case, error) {
	if err := d.may(w, policies.CaseClaim); err != nil {
		return kyc.Case{}, err
	}
	if c, ok, err := d.answered(ctx, w, key); ok || err != nil {
		return c, err
	}
	filter := kyc.CaseFilter{States: []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed}, Within: d.Authorizer.Reach(w.Staff, w.Tenant, policies.CaseDecide)}
	if len(filter.Within) == 0 { // which would filter nothing
		return kyc.Case{}, kyc.EKey(kyc.Forbidden, "error.forbidden", "role decides no case")
	}
	var after kyc.CaseCursor
	for {
		found, err := d.Store.Cases(ctx, w.Tenant, filter, after, PageSize)
		if err != nil {
			return kyc.Case{}, err
		}
		for _, c := range found {
			after = kyc.CaseCursor{Due: c.Due, ID: c.ID}
			if d.held(c) || d.mayCase(w, c, policies.CaseDecide) != nil || d.mayCase(w, c, policies.CaseClaim) != nil ||
				d.mayCase(w, c, policies.CaseRead) != nil || c.ProposedBy == w.Staff.ID {
				continue
			}
			claimed, err := d.claim(ctx, w, c.ID, d.keep(w, key, c.ID)...)
			if !errors.Is(err, kyc.E(kyc.Conflict, "")) {
				return claimed, err
			}
			if c, ok, err := d.answered(ctx, w, key); ok || err != nil {
				return c, err // the same request, twice at once
			}
			// A colleague was quicker: the one after it, then.
		}
		if len(found) < PageSize {
			return kyc.Case{}, kyc.EKey(kyc.NotFound, "error.queue_empty", "no case is free")
		}
	}
}

// scope keeps the keys of one person's requests apart from all others.
func (w Who) scope() string { return "next:" + string(w.Staff.ID) }

func (d *Desk) answered(ctx context.Context, w Who, key string) (kyc.Case, bool, error) {
	if key == "" {
		return kyc.Case{}, false, nil
	}
	hash := sha256.Sum256([]byte(key))
	kept, err := d.Store.Replay(ctx, w.Tenant, w.scope(), hash[:])
	if errors.Is(err, kyc.E(kyc.NotFound, "")) || err == nil && kept.Expires < kyc.At(d.Clock()) {
		return kyc.Case{}, false, nil
	}
	if err != nil {
		return kyc.Case{}, false, err
	}
	c, err := d.Store.Case(ctx, w.Tenant, kyc.CaseID(kept.Sealed))
	return c, err == nil, err
}

// keep remembers the answer. An id is nothing personal: it is not sealed.
func (d *Desk) keep(w Who, key string, id kyc.CaseID) []kyc.Write {
	if key == "" {
		return nil
	}
	hash := sha256.Sum256([]byte(key))
	now := d.Clock()
	return []kyc.Write{kyc.SaveReplay{Now: kyc.At(now), Replay: kyc.Replay{Tenant: w.Tenant, Scope: w.scope(), Key: hash[:], Request: hash[:],
		Status: 200, Sealed: []byte(id), Expires: kyc.At(now.Add(24 * time.Hour))}}}
}
