package credential

import (
	"context"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Strength tells how good a password would be, for the meter beside its field. It
// keeps nothing of what is typed.
type Strength struct {
	Store interface {
		Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
	}
	Index    contact.Indexer
	Limits   contact.Limits
	Clock    kyc.Clock
	Breached *Breached
}

// Of is 0 for a password that would be refused, with the problem, and 1 (weak) to 4
// (very strong) for others. personal are words that must not be in it. Limited past
// the budget of the address.
func (s *Strength) Of(ctx context.Context, tenant kyc.TenantID, password string, personal []string, c Client) (int, []kyc.Problem, error) {
	from, err := contact.IndexAddress(ctx, s.Index, tenant, c.Address)
	if err != nil {
		return 0, nil, err
	}
	if err := s.Store.Commit(ctx, tenant, s.Limits.StrengthBudget(tenant, from, s.Clock())); err != nil {
		return 0, nil, err
	}
	return s.Breached.Strength(password, personal)
}
