package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// replayed tells whether this very request was answered before. Another request
// under the same idempotency key is an error.
func (u *run) replayed(ctx context.Context, s Submission) (bool, error) {
	if s.IdempotencyKey == "" {
		return false, nil
	}
	key := sha256.Sum256([]byte(s.IdempotencyKey))
	kept, err := u.p.Store.Replay(ctx, u.app.Tenant, string(u.app.ID), key[:])
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return false, nil
	}
	if err != nil || kept.Expires < u.now {
		return false, err
	}
	hash, err := u.requestHash(s)
	if err != nil {
		return false, err
	}
	if string(kept.Request) != string(hash) {
		return false, kyc.EKey(kyc.Conflict, "error.idempotency_mismatch", "idempotency key was used for another request")
	}
	switch kept.Status {
	case statusConflict:
		return false, memberHasAccount()
	case statusShort:
		problems, err := u.openText(ctx, kyc.SealedReplay, kept.Sealed)
		if err == nil {
			err = json.Unmarshal([]byte(problems), &u.short)
		}
		return true, err
	}
	return true, nil
}

func (a *attempt) replay(ctx context.Context, s Submission) (kyc.Change, error) {
	if s.IdempotencyKey == "" {
		return nil, nil
	}
	hash, err := a.requestHash(s)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte(s.IdempotencyKey))
	kept := kyc.Replay{Tenant: a.app.Tenant, Scope: string(a.app.ID), Key: key[:], Request: hash, Status: statusOK,
		Expires: a.now + kyc.Millis(24*time.Hour/time.Millisecond)}
	if len(a.problems) > 0 {
		problems, err := json.Marshal(a.problems)
		if err != nil {
			return nil, err
		}
		if kept.Sealed, err = a.sealText(ctx, kyc.SealedReplay, string(problems)); err != nil {
			return nil, err
		}
		kept.Status, kept.Application = statusShort, a.app.ID
	}
	return kyc.Change{kyc.SaveReplay{Replay: kept, Now: a.now}}, nil
}

// requestHash is keyed, for the request may hold a password.
func (u *run) requestHash(s Submission) ([]byte, error) {
	body, err := json.Marshal(struct {
		Step   kyc.StepID
		Values kyc.Values
		Agreed []Agreed
	}{s.Step, s.Values, s.Agreed})
	if err != nil {
		return nil, err
	}
	return u.p.Vault.Index(context.Background(), u.app.Tenant, "request", string(body))
}
