package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

// swept are the tables whose rows mean nothing once they have expired.
var swept = [...]string{"holders", "sessions", "staff_links", "signin_codes", "ceremonies", "used_tokens", "budgets", "replays"}

// Sweep deletes what has expired, of all tenants: holder tokens, sessions,
// links, questions to
// passkeys, single-use tokens, budgets of past windows and answers kept for idempotency
// keys. It is one small transaction a table, so that others get their turn.
func (s *Store) Sweep(ctx context.Context, now kyc.Millis) error {
	for _, name := range swept {
		if err := s.sweep(ctx, name, now); err != nil {
			return coded(err, "sweep "+name)
		}
	}
	return nil
}

func (s *Store) sweep(ctx context.Context, table string, now kyc.Millis) error {
	t, err := s.begin(ctx, s.across(sweeping))
	if err != nil {
		return err
	}
	defer t.release()
	if err := t.exec(plainly, "DELETE FROM "+table+" WHERE expires_at > 0 AND expires_at <= ?", now); err != nil {
		return err
	}
	return t.commit(new(bool))
}
