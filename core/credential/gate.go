package credential

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Store is what signing in reads and where its changes go.
type Store interface {
	BoundIdentifier(ctx context.Context, tenant kyc.TenantID, kind string, index []byte) (kyc.Identifier, error)
	Credentials(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID) ([]kyc.Credential, error)
	Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error)
	Session(ctx context.Context, tenant kyc.TenantID, hash []byte, kind string) (kyc.Session, error)
	StaffByLogin(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error)
	Staff(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Gate is what the sign-in of accounts and that of staff share. All fields but
// Limits are required.
type Gate struct {
	Store  Store
	Index  contact.Indexer
	Hasher *Hasher
	Limits contact.Limits
	Clock  kyc.Clock
	IDs    kyc.IDs
	Random io.Reader
	Seals  Sealer // of known devices
}

// attempt is one try to sign in.
type attempt struct {
	tenant   kyc.TenantID
	kind     string // of the session
	class    string // of the name's blind index
	name     string // canonical
	password string
	client   Client
	idle     time.Duration // of the session, 0: the default
	methods  string        // of the session of an account
	place    []byte        // sealed, where the session begins
	device   []byte        // by which a known device is counted
}

// Client is where a request comes from.
type Client struct {
	Address string // network address
	Agent   string // the browser's own name of itself, see Agent
	Known   string // token of a device that has signed in before; "" without
	Device  string // what the browser is known by, for budgets; "" for none
	Human   string // solution of a human test that came along; "" for none
}

// refused is the one answer to a wrong name and to a wrong password.
func refused() error {
	return kyc.EKey(kyc.Unauthorized, "error.sign_in", "name or password is wrong")
}

// count takes the try from its budgets, before anything else is looked at.
func (g *Gate) count(ctx context.Context, a attempt, now time.Time) error {
	name, err := g.Index.Index(ctx, a.tenant, a.class, a.name)
	if err != nil {
		return err
	}
	address, err := contact.IndexAddress(ctx, g.Index, a.tenant, a.client.Address)
	if err != nil {
		return err
	}
	device, err := g.knows(ctx, a.tenant, name, a.client.Known, now)
	if err != nil {
		return err
	}
	if device != nil {
		return g.Store.Commit(ctx, a.tenant, g.Limits.SignInKnownBudget(a.tenant, device, now))
	}
	return g.Store.Commit(ctx, a.tenant, g.Limits.SignInBudget(a.tenant, name, address, now))
}

// missed counts an answer that fits no passkey, which nobody need have asked for:
// past the budget of the address it leaves no line in the record.
func (g *Gate) missed(ctx context.Context, a attempt) error {
	from, err := contact.IndexAddress(ctx, g.Index, a.tenant, a.client.Address)
	if err != nil {
		return err
	}
	return g.Store.Commit(ctx, a.tenant, g.Limits.PasskeyBudget(a.tenant, from, g.Clock()))
}

// fail records a failed try. The record of an unknown name has no subject; the
// work is the same.
func (g *Gate) fail(ctx context.Context, a attempt, subject string, now time.Time) error {
	line := g.audit(a, "session.refused", subject, now)
	if err := g.Store.Commit(ctx, a.tenant, kyc.Change{line}); err != nil {
		return err
	}
	return refused()
}

// start begins a session together with its audit line and whatever else the
// sign-in changes.
func (g *Gate) start(ctx context.Context, a attempt, subject string, now time.Time, with ...kyc.Write) (string, error) {
	token, save, err := NewSession(g.Random, a.kind, a.tenant, subject, now)
	if err != nil {
		return "", err
	}
	save.ID, save.Agent, save.Methods, save.Place, save.Device = g.IDs(), Agent(a.client.Agent), a.methods, a.place, a.device
	if a.idle > 0 {
		save.Idle = a.idle.Milliseconds()
	}
	change := append(kyc.Change{save, g.audit(a, "session.started", subject, now)}, with...)
	if err := g.Store.Commit(ctx, a.tenant, change); err != nil {
		return "", err
	}
	return token, nil
}

func (g *Gate) audit(a attempt, action, subject string, now time.Time) kyc.AppendAudit {
	kind, _, _ := strings.Cut(a.kind, ".")
	return kyc.AppendAudit{AuditLine: kyc.AuditLine{
		Tenant: a.tenant, ID: kyc.AuditID(g.IDs()), At: kyc.At(now),
		Actor: kyc.Actor{Kind: kind, ID: subject}, Action: action,
		ObjectKind: kind, ObjectID: subject,
	}}
}

// session finds the living session of a token and keeps it from going idle.
func (g *Gate) session(ctx context.Context, kind, token string) (kyc.Session, error) {
	ended := kyc.EKey(kyc.Unauthorized, "error.signed_out", "no living session has this token")
	tenant, hash, ok := ParseToken(prefixOf(kind), token)
	if !ok {
		return kyc.Session{}, ended
	}
	s, err := g.Store.Session(ctx, tenant, hash, kind)
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.Session{}, ended
	}
	if err != nil {
		return kyc.Session{}, err
	}
	now := g.Clock()
	if s.Kind != kind || !Alive(s, now) {
		return kyc.Session{}, ended
	}
	if change, due := Touch(s, now); due {
		// Two requests may touch at once; the session lives on either way.
		if err := g.Store.Commit(ctx, tenant, change); err != nil && kyc.CodeOf(err) != kyc.Conflict {
			return kyc.Session{}, err
		}
	}
	return s, nil
}

// end ends the session of a token; one that is unknown is no error. One that has
// ended by itself is left to be swept: nothing ends now that could be recorded.
func (g *Gate) end(ctx context.Context, kind, token string) error {
	tenant, hash, ok := ParseToken(prefixOf(kind), token)
	if !ok {
		return nil
	}
	s, err := g.Store.Session(ctx, tenant, hash, kind)
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	now := g.Clock()
	if !Alive(s, now) {
		return nil
	}
	line := g.audit(attempt{tenant: tenant, kind: kind}, "session.ended", s.Subject, now)
	return g.Store.Commit(ctx, tenant, kyc.Change{kyc.DropSession{Tenant: tenant, Hash: hash}, line})
}
