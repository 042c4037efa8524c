package factor

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/paifang/paifang/core/kyc"
)

// Purposes of a question to a passkey. An answer counts for the purpose that was
// asked for and for no other.
const (
	PasskeyNew     = "new"     // it is about to be added
	PasskeyAlone   = "alone"   // to sign in with it and nothing else: the device must know the person
	PasskeySecond  = "second"  // after the password: it is enough that somebody touches it
	PasskeyConfirm = "confirm" // to show anew who one is: the device must know the person
)

// PasskeyLife is how long an answer may take.
const PasskeyLife = 5 * time.Minute

const (
	challengeBytes = 32
	maxAnswer      = 16 << 10
)

// errAnswer is the one refusal of an answer; why says what the library found,
// which is never something of a person.
func errAnswer(why string) error {
	return kyc.EKey(kyc.Invalid, "error.passkey", "the passkey's answer is refused: %s", why)
}

// reason is what the library says of an answer, without the values in it.
func reason(err error) string {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Details
	}
	return "it does not read as one"
}

// holder is a subject as the library wants it.
type holder struct {
	id            []byte
	name, display string
	credentials   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.id }
func (h holder) WebAuthnName() string                       { return h.name }
func (h holder) WebAuthnDisplayName() string                { return h.display }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// handle is what a device keeps a passkey under. It tells nothing about the person
// (WebAuthn Level 3, 14.6.1) and differs from tenant to tenant.
func handle(s Subject) []byte {
	sum := sha256.Sum256([]byte("paifang.passkey\x00" + string(s.Tenant) + "\x00" + s.Of + "\x00" + s.ID))
	return sum[:]
}

// party is the library for our site, under the name that devices show.
func (k *Keeper) party(name string) (*webauthn.WebAuthn, error) {
	if k.Site.ID == "" {
		return nil, kyc.EKey(kyc.Unavailable, "error.no_passkeys", "passkeys need a base URL with a name and TLS")
	}
	if name == "" {
		name = k.Site.ID
	}
	life := webauthn.TimeoutConfig{Timeout: PasskeyLife, TimeoutUVD: PasskeyLife}
	w, err := webauthn.New(&webauthn.Config{RPID: k.Site.ID, RPDisplayName: name, RPOrigins: k.Site.Origins,
		AttestationPreference: protocol.PreferNoAttestation, Timeouts: webauthn.TimeoutsConfig{Login: life, Registration: life},
		// Password managers answer what nobody asked, too.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore})
	return w, kyc.Wrap(kyc.Internal, err, "set up passkeys")
}

// challenge draws what is to be signed and keeps its hash until it is answered.
func (k *Keeper) challenge(ctx context.Context, s Subject, purpose string) ([]byte, error) {
	raw := make([]byte, challengeBytes)
	if _, err := io.ReadFull(k.Random, raw); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "draw a challenge")
	}
	row := kyc.Ceremony{Tenant: s.Tenant, Hash: challengeHash(base64.RawURLEncoding.EncodeToString(raw)), Of: s.Of, Subject: s.ID,
		Purpose: purpose, Expires: kyc.At(k.Clock().Add(PasskeyLife))}
	return raw, k.Store.Commit(ctx, s.Tenant, kyc.Change{kyc.SaveCeremony{Ceremony: row}})
}

func challengeHash(challenge string) []byte {
	sum := sha256.Sum256([]byte(challenge))
	return sum[:]
}

// take uses a challenge up, whatever comes of the answer. Gone
// ("error.passkey_late") for one that was not asked of the subject for the
// purpose, was answered before or is too old.
func (k *Keeper) take(ctx context.Context, s Subject, purpose, challenge string) error {
	return k.Store.Commit(ctx, s.Tenant, kyc.Change{kyc.UseCeremony{Tenant: s.Tenant, Hash: challengeHash(challenge), Of: s.Of, Subject: s.ID,
		Purpose: purpose, At: kyc.At(k.Clock())}})
}

// AskNewPasskey asks a device for a new passkey: the options for the browser's
// navigator.credentials.create, as JSON. Site and login are what the device shows.
// Conflict ("error.factors_full") past MaxFactors, Unavailable
// ("error.no_passkeys") where there are none.
func (k *Keeper) AskNewPasskey(ctx context.Context, s Subject, site, login string) (json.RawMessage, error) {
	w, err := k.party(site)
	if err != nil {
		return nil, err
	}
	if err := k.room(ctx, s); err != nil {
		return nil, err
	}
	_, there, err := k.passkeys(ctx, s)
	if err != nil {
		return nil, err
	}
	challenge, err := k.challenge(ctx, s, PasskeyNew)
	if err != nil {
		return nil, err
	}
	who := holder{id: handle(s), name: login, display: login}
	options, _, err := w.BeginRegistration(who, webauthn.WithExclusions(descriptors(there)),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred}),
		func(o *protocol.PublicKeyCredentialCreationOptions) error { o.Challenge = challenge; return nil })
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "ask for a passkey")
	}
	return encoded(options)
}

func encoded(options any) (json.RawMessage, error) {
	raw, err := json.Marshal(options)
	return raw, kyc.Wrap(kyc.Internal, err, "encode what a passkey is asked")
}

func descriptors(list []webauthn.Credential) []protocol.CredentialDescriptor {
	var out []protocol.CredentialDescriptor
	for _, c := range list {
		out = append(out, c.Descriptor())
	}
	return out
}

// AddPasskey is the change that adds the passkey that a device has made: answer is
// the browser's credential as JSON. Invalid ("error.passkey") when it is refused,
// Gone ("error.passkey_late") when it was not asked for or took too long. Its change
// is Conflict ("error.factor_taken") when it is there already.
func (k *Keeper) AddPasskey(ctx context.Context, s Subject, answer []byte, name string) (kyc.Change, error) {
	if len(answer) > maxAnswer {
		return nil, errAnswer("it is too long")
	}
	w, err := k.party("")
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errAnswer(reason(err))
	}
	challenge := parsed.Response.CollectedClientData.Challenge
	if err := k.take(ctx, s, PasskeyNew, challenge); err != nil {
		return nil, err
	}
	if err := k.room(ctx, s); err != nil {
		return nil, err
	}
	who := holder{id: handle(s)}
	made, err := w.CreateCredential(who, webauthn.SessionData{Challenge: challenge, RelyingPartyID: k.Site.ID, UserID: who.id,
		UserVerification: protocol.VerificationPreferred, CredParams: webauthn.CredentialParametersDefault()}, parsed)
	if err != nil {
		return nil, errAnswer(reason(err))
	}
	made.Attestation = webauthn.CredentialAttestation{} // nobody asked who made the device
	f := kyc.Factor{Tenant: s.Tenant, ID: k.IDs(), Of: s.Of, Subject: s.ID, Kind: kyc.FactorPasskey,
		Counter: int64(made.Authenticator.SignCount), Created: kyc.At(k.Clock())}
	if f.Lookup, err = k.passkeyIndex(ctx, s.Tenant, made.ID); err != nil {
		return nil, err
	}
	f.Sealed, err = k.seal(ctx, s, f.ID, secret{Name: nameOf(name, ""), Passkey: made})
	return kyc.Change{kyc.SaveFactor{Factor: f}}, err
}

func (k *Keeper) passkeyIndex(ctx context.Context, tenant kyc.TenantID, id []byte) ([]byte, error) {
	return k.Vault.Index(ctx, tenant, "factor.passkey", base64.RawURLEncoding.EncodeToString(id))
}

// passkeys lists the passkeys of a subject, the rows and what they hold.
func (k *Keeper) passkeys(ctx context.Context, s Subject) ([]kyc.Factor, []webauthn.Credential, error) {
	all, err := k.Store.Factors(ctx, s.Tenant, s.Of, s.ID)
	if err != nil {
		return nil, nil, err
	}
	var rows []kyc.Factor
	var held []webauthn.Credential
	for _, f := range all {
		if f.Kind != kyc.FactorPasskey {
			continue
		}
		x, err := k.open(ctx, s, f)
		if err != nil {
			return nil, nil, err
		}
		if x.Passkey == nil {
			return nil, nil, kyc.E(kyc.Internal, "a passkey without its key")
		}
		rows, held = append(rows, f), append(held, *x.Passkey)
	}
	return rows, held, nil
}
