package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// minStartKey is the least length of an idempotency key of a start, in bytes: the
// answer holds a token, and an API key may be anybody's.
const minStartKey = 16

// startedBefore is the application that the same request started before, and its
// token; "" when there is none. Another request under the same key is Conflict
// ("error.idempotency_mismatch"), and so is the same once somebody has gone on
// with the application ("error.idempotency_spent").
func (p *Pipeline) startedBefore(ctx context.Context, s Start) (kyc.ApplicationID, string, error) {
	if s.IdempotencyKey == "" {
		return "", "", nil
	}
	if len(s.IdempotencyKey) < minStartKey {
		return "", "", kyc.EKey(kyc.Invalid, "error.idempotency_short", "idempotency key of a start is shorter than %d bytes", minStartKey)
	}
	want, err := p.replayOfStart(ctx, s)
	if err != nil {
		return "", "", err
	}
	kept, err := p.Store.Replay(ctx, s.Tenant, want.Scope, want.Key)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) || (err == nil && kept.Expires < kyc.At(p.Clock())) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	if string(kept.Request) != string(want.Request) {
		return "", "", kyc.EKey(kyc.Conflict, "error.idempotency_mismatch", "idempotency key was used for another request")
	}
	app, err := p.Store.Application(ctx, s.Tenant, kept.Application)
	if err != nil {
		return "", "", err
	}
	if app.Version != 1 {
		return "", "", kyc.EKey(kyc.Conflict, "error.idempotency_spent", "the application has gone on since")
	}
	token, err := p.Vault.Unseal(ctx, s.Tenant, app.Applicant, kyc.SealedReplay, kept.Sealed)
	return app.ID, string(token), err
}

// keepStart keeps the answer of a start with an idempotency key for a day, the
// token sealed under the new applicant's key.
func (u *run) keepStart(ctx context.Context, s Start, token string) (kyc.Change, error) {
	if s.IdempotencyKey == "" {
		return nil, nil
	}
	kept, err := u.p.replayOfStart(ctx, s)
	if err != nil {
		return nil, err
	}
	kept.Application, kept.Status = u.app.ID, 201
	kept.Expires = u.now + kyc.Millis(24*time.Hour/time.Millisecond)
	kept.Sealed, err = u.sealText(ctx, kyc.SealedReplay, token)
	return kyc.Change{kyc.SaveReplay{Replay: kept, Now: u.now}}, err
}

// replayOfStart is where the answer to a start is kept: by API key, network
// address and idempotency key.
func (p *Pipeline) replayOfStart(ctx context.Context, s Start) (kyc.Replay, error) {
	address, err := contact.IndexAddress(ctx, p.Vault, s.Tenant, s.Client.Address)
	if err != nil {
		return kyc.Replay{}, err
	}
	body, err := json.Marshal(struct {
		Market   kyc.MarketID
		Way      string `json:",omitempty"` // "": the default, as it was asked for
		Locale   kyc.Locale
		TestMode bool
	}{s.Market, s.Way, s.Locale, s.TestMode})
	if err != nil {
		return kyc.Replay{}, err
	}
	request, err := p.Vault.Index(ctx, s.Tenant, "request", string(body))
	key := sha256.Sum256([]byte(s.IdempotencyKey))
	return kyc.Replay{Tenant: s.Tenant, Scope: "start:" + string(s.Key) + ":" + hexOf(address), Key: key[:], Request: request}, err
}
