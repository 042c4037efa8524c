package factor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/paifang/paifang/core/kyc"
)

// Store is what a Keeper reads, and where it keeps what passkeys were asked.
type Store interface {
	Factors(ctx context.Context, tenant kyc.TenantID, of, subject string) ([]kyc.Factor, error)
	FactorByLookup(ctx context.Context, tenant kyc.TenantID, kind string, lookup []byte) (kyc.Factor, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Vault seals what belongs to an applicant or, of staff, to the tenant, and makes
// keyed hashes; *vault.Vault does.
type Vault interface {
	Seal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, plain []byte) ([]byte, error)
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
	SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
	Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error)
}

// Keeper keeps factors. All fields but Site are required.
type Keeper struct {
	Store  Store
	Vault  Vault
	Clock  kyc.Clock
	IDs    kyc.IDs
	Random io.Reader
	Site   Site // of passkeys; the zero value: there are none
}

// Subject is whose factors are meant.
type Subject struct {
	Tenant    kyc.TenantID
	Of        string // account, staff
	ID        string
	Applicant kyc.ApplicantID // of an account: under whose key secrets are sealed
}

// Staff and Account are the subjects that there are.
func Staff(s kyc.Staff) Subject { return Subject{Tenant: s.Tenant, Of: "staff", ID: string(s.ID)} }

// Account is an account holder.
func Account(a kyc.Account) Subject {
	return Subject{Tenant: a.Tenant, Of: "account", ID: string(a.ID), Applicant: a.Applicant}
}

// Bounds.
const (
	MaxFactors = 10               // authenticator apps and passkeys of one person
	ticketLife = 30 * time.Minute // to finish what was begun
)

// secret is what is sealed of a factor.
type secret struct {
	Name string `json:"name"`
	TOTP string `json:"totp,omitempty"` // base32

	Passkey *webauthn.Credential `json:"passkey,omitempty"`
}

func (k *Keeper) seal(ctx context.Context, s Subject, id string, x secret) ([]byte, error) {
	plain, err := json.Marshal(x)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "encode a factor")
	}
	return k.close(ctx, s, "factors.secret/"+s.Of+"/"+s.ID+"/"+id, plain)
}

func (k *Keeper) open(ctx context.Context, s Subject, f kyc.Factor) (secret, error) {
	var x secret
	plain, err := k.disclose(ctx, s, "factors.secret/"+s.Of+"/"+s.ID+"/"+f.ID, f.Sealed)
	if err != nil {
		return x, err
	}
	return x, kyc.Wrap(kyc.Internal, json.Unmarshal(plain, &x), "decode a factor")
}

// close and disclose seal for whoever the subject belongs to.
func (k *Keeper) close(ctx context.Context, s Subject, column string, plain []byte) ([]byte, error) {
	if s.Applicant != "" {
		return k.Vault.Seal(ctx, s.Tenant, s.Applicant, column, plain)
	}
	return k.Vault.SealTenant(ctx, s.Tenant, column, plain)
}

func (k *Keeper) disclose(ctx context.Context, s Subject, column string, sealed []byte) ([]byte, error) {
	if s.Applicant != "" {
		return k.Vault.Unseal(ctx, s.Tenant, s.Applicant, column, sealed)
	}
	return k.Vault.UnsealTenant(ctx, s.Tenant, column, sealed)
}

// pending is what has been begun and is finished with the next request: the
// person's page carries it, sealed, so that nothing unfinished is stored.
type pending struct {
	Expires kyc.Millis      `json:"expires"`
	Data    json.RawMessage `json:"data"`
}

// ticket seals what was begun for a purpose.
func (k *Keeper) ticket(ctx context.Context, s Subject, purpose string, data any) (string, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return "", kyc.Wrap(kyc.Internal, err, "encode a ticket")
	}
	plain, err := json.Marshal(pending{Expires: kyc.At(k.Clock().Add(ticketLife)), Data: raw})
	if err != nil {
		return "", kyc.Wrap(kyc.Internal, err, "encode a ticket")
	}
	sealed, err := k.Vault.SealTenant(ctx, s.Tenant, "ticket."+purpose+"/"+s.Of+"/"+s.ID, plain)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// redeem opens a ticket; Invalid ("error.ticket") for one that is none, is
// somebody else's, of another purpose or too old.
func (k *Keeper) redeem(ctx context.Context, s Subject, purpose, ticket string, data any) error {
	bad := kyc.EKey(kyc.Invalid, "error.ticket", "not a ticket for %s, or too old", purpose)
	if len(ticket) > 16<<10 {
		return bad
	}
	sealed, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil || len(sealed) == 0 {
		return bad
	}
	plain, err := k.Vault.UnsealTenant(ctx, s.Tenant, "ticket."+purpose+"/"+s.Of+"/"+s.ID, sealed)
	if kyc.CodeOf(err) == kyc.Internal {
		return bad
	}
	if err != nil {
		return err
	}
	var p pending
	if json.Unmarshal(plain, &p) != nil || kyc.At(k.Clock()) >= p.Expires || json.Unmarshal(p.Data, data) != nil {
		return bad
	}
	return nil
}

// Held is a factor as its owner sees it.
type Held struct {
	ID      string
	Kind    string
	Name    string
	Created kyc.Millis
	Used    kyc.Millis // 0: never
}

// Holds is what somebody has.
type Holds struct {
	Factors  []Held // authenticator apps and passkeys
	Recovery int    // codes left
}

// Strong tells whether there is a factor to sign in with.
func (h Holds) Strong() bool { return len(h.Factors) > 0 }

// Has tells whether there is a factor of the kind.
func (h Holds) Has(kind string) bool {
	for _, f := range h.Factors {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// Of lists what somebody has.
func (k *Keeper) Of(ctx context.Context, s Subject) (Holds, error) {
	var h Holds
	all, err := k.Store.Factors(ctx, s.Tenant, s.Of, s.ID)
	if err != nil {
		return h, err
	}
	for _, f := range all {
		if f.Kind == kyc.FactorRecovery {
			h.Recovery++
			continue
		}
		x, err := k.open(ctx, s, f)
		if err != nil {
			return h, err
		}
		h.Factors = append(h.Factors, Held{ID: f.ID, Kind: f.Kind, Name: x.Name, Created: f.Created, Used: f.Used})
	}
	return h, nil
}

// room tells whether somebody may have one more; Conflict ("error.factors_full").
func (k *Keeper) room(ctx context.Context, s Subject) error {
	all, err := k.Store.Factors(ctx, s.Tenant, s.Of, s.ID)
	if err != nil {
		return err
	}
	n := 0
	for _, f := range all {
		if f.Kind != kyc.FactorRecovery {
			n++
		}
	}
	if n >= MaxFactors {
		return kyc.EKey(kyc.Conflict, "error.factors_full", "the subject has %d factors", n)
	}
	return nil
}

// Remove is the change that removes an authenticator app or a passkey of
// somebody. NotFound when it is not theirs; with keep the last one stays
// (Conflict "error.last_factor").
func (k *Keeper) Remove(ctx context.Context, s Subject, id string, keep bool) (kyc.Change, error) {
	all, err := k.Store.Factors(ctx, s.Tenant, s.Of, s.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.ID == id && f.Kind != kyc.FactorRecovery {
			return kyc.Change{kyc.DropFactor{Tenant: s.Tenant, ID: id, Keep: keep}}, nil
		}
	}
	return nil, kyc.EKey(kyc.NotFound, "error.not_found", "no such factor of the subject")
}

// maxName is the length of a factor's name, in characters.
const maxName = 60

// nameOf is a name that somebody gave a factor, or what it is called without.
func nameOf(name, otherwise string) string {
	clean := []rune{}
	for _, r := range name {
		if r >= ' ' && r != 0x7f {
			clean = append(clean, r)
		}
	}
	if len(clean) > maxName {
		clean = clean[:maxName]
	}
	if len(clean) == 0 {
		return otherwise
	}
	return string(clean)
}
