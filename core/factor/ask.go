package factor

import (
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/paifang/paifang/core/kyc"
)

// verification is what a purpose asks of the device: that it knows the person by
// a PIN or a finger, or only that somebody touches it.
func verification(purpose string) protocol.UserVerificationRequirement {
	if purpose == PasskeySecond {
		return protocol.VerificationPreferred
	}
	return protocol.VerificationRequired
}

// AskPasskey asks for a passkey that a subject has: the options for the browser's
// navigator.credentials.get, as JSON. A subject without ID is whoever answers; then
// the device offers what it has for this site. NotFound ("error.no_passkey") for
// somebody who has none.
func (k *Keeper) AskPasskey(ctx context.Context, s Subject, purpose string) (json.RawMessage, error) {
	w, err := k.party("")
	if err != nil {
		return nil, err
	}
	var there []webauthn.Credential
	if s.ID != "" {
		if _, there, err = k.passkeys(ctx, s); err != nil {
			return nil, err
		}
		if len(there) == 0 {
			return nil, kyc.EKey(kyc.NotFound, "error.no_passkey", "the subject has no passkey")
		}
	}
	challenge, err := k.challenge(ctx, s, purpose)
	if err != nil {
		return nil, err
	}
	options, _, err := w.BeginDiscoverableLogin(webauthn.WithChallenge(challenge), webauthn.WithUserVerification(verification(purpose)))
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "ask for a passkey")
	}
	options.Response.AllowedCredentials = descriptors(there)
	return encoded(options)
}

// CheckPasskey looks whether an answer, the browser's credential as JSON, is that of
// a passkey of the subject to what was asked for the purpose. ok is false for one
// that does not fit; Gone ("error.passkey_late") when it was not asked for, was
// answered before or took too long.
func (k *Keeper) CheckPasskey(ctx context.Context, s Subject, purpose string, answer []byte) (used Used, ok bool, err error) {
	_, used, ok, err = k.check(ctx, s, purpose, answer, func(_ context.Context, id string) (Subject, error) {
		if id != s.ID {
			return Subject{}, kyc.E(kyc.NotFound, "somebody else's passkey")
		}
		return s, nil
	})
	return used, ok, err
}

// WhosePasskey looks who answers what was asked of nobody in particular (AskPasskey
// without an ID, for PasskeyAlone). Find makes the subject of the id; NotFound makes
// it one that does not fit.
func (k *Keeper) WhosePasskey(ctx context.Context, tenant kyc.TenantID, of string, answer []byte,
	find func(ctx context.Context, id string) (Subject, error)) (who Subject, used Used, ok bool, err error) {
	return k.check(ctx, Subject{Tenant: tenant, Of: of}, PasskeyAlone, answer, find)
}

func (k *Keeper) check(ctx context.Context, asked Subject, purpose string, answer []byte,
	find func(ctx context.Context, id string) (Subject, error)) (who Subject, used Used, ok bool, err error) {
	none := Used{Kind: kyc.FactorPasskey}
	w, err := k.party("")
	if err != nil || len(answer) > maxAnswer {
		return who, none, false, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return who, none, false, nil //nolint:nilerr // it fits nothing
	}
	challenge := parsed.Response.CollectedClientData.Challenge
	if err := k.take(ctx, asked, purpose, challenge); err != nil {
		return who, none, false, err
	}
	f, x, who, err := k.found(ctx, asked, parsed.RawID, find)
	if kyc.CodeOf(err) == kyc.NotFound {
		return who, none, false, nil
	}
	if err != nil {
		return who, none, false, err
	}
	id := handle(who)
	after, err := w.ValidateLogin(holder{id: id, credentials: []webauthn.Credential{*x.Passkey}}, webauthn.SessionData{Challenge: challenge,
		RelyingPartyID: k.Site.ID, UserID: id, UserVerification: verification(purpose)}, parsed)
	// A counter that does not go on is that of a copy (WebAuthn Level 3, 6.1.1 and 7.2 step 22).
	if err != nil || after.Authenticator.CloneWarning {
		return who, none, false, nil //nolint:nilerr // it does not fit
	}
	x.Passkey = after
	sealed, err := k.seal(ctx, who, f.ID, x)
	none.Change = kyc.Change{kyc.UseFactor{Tenant: f.Tenant, ID: f.ID, Was: f.Counter, Counter: int64(after.Authenticator.SignCount),
		Sealed: sealed, At: kyc.At(k.Clock())}}
	return who, none, err == nil, err
}

// found is the passkey with a credential id; NotFound when it is not one of the
// kind of subject that was asked.
func (k *Keeper) found(ctx context.Context, asked Subject, id []byte, find func(ctx context.Context, id string) (Subject, error)) (f kyc.Factor, x secret, who Subject, err error) {
	lookup, err := k.passkeyIndex(ctx, asked.Tenant, id)
	if err != nil {
		return f, x, who, err
	}
	if f, err = k.Store.FactorByLookup(ctx, asked.Tenant, kyc.FactorPasskey, lookup); err != nil {
		return f, x, who, err
	}
	if f.Of != asked.Of {
		return f, x, who, kyc.E(kyc.NotFound, "a passkey of another kind of subject")
	}
	if who, err = find(ctx, f.Subject); err != nil {
		return f, x, who, err
	}
	if x, err = k.open(ctx, who, f); err == nil && x.Passkey == nil {
		err = kyc.E(kyc.Internal, "a passkey without its key")
	}
	return f, x, who, err
}
