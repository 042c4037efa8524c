package credential

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// StaffStore is what the sign-in of staff reads besides.
type StaffStore interface {
	Tenant(ctx context.Context, id kyc.TenantID) (kyc.Tenant, error)
	SessionsOf(ctx context.Context, tenant kyc.TenantID, kind, subject string) ([]kyc.Session, error)
	StaffLink(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.StaffLink, error)
}

// StaffSessions signs a tenant's staff in and out. Signing in takes the password
// and a second factor; who has none yet enrols one before anything else opens.
type StaffSessions struct {
	Gate
	House   StaffStore
	Factors *factor.Keeper

	// Rules holds a new password of somebody against the rules for staff; Invalid
	// says which one it breaks. *tenant.Office knows them.
	Rules func(password string, s kyc.Staff) error

	// Letters tell people of every change to how they sign in.
	Letters *letter.Writer
	// Pace is how long an answer about a forgotten password takes at least.
	Pace time.Duration
}

// Next is what a sign-in still lacks.
type Next string

// Steps of a sign-in.
const (
	SignedIn   Next = ""
	NextSecond Next = "second_factor" // a code or a passkey
	NextEnrol  Next = "enrol"         // a second factor has to be added first
)

// Entry is how far a sign-in has come.
type Entry struct {
	Token string // of the session; while something is missing it opens only what is missing
	Next  Next
	Left  int // recovery codes left, when one was used; -1 otherwise

	// Device is a token for the device of a completed sign-in: sent along with
	// later ones (Client.Known) it is known. It opens nothing.
	Device string
}

// CanonicalLogin is the form in which staff logins are stored: NFC, lower-case,
// without surrounding space.
func CanonicalLogin(login string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFC.String(login)))
}

// SignInStaff checks the password. The entry's token ("dp.<tenant>.<secret>") is
// for Second or for enrolling. Unauthorized ("error.sign_in") for an unknown login,
// a wrong password and a disabled person alike; Limited past the budget.
func (s *StaffSessions) SignInStaff(ctx context.Context, tenant kyc.TenantID, login, password string, client Client) (Entry, error) {
	now := s.Clock()
	if len(login) > contact.MaxEmail {
		login = login[:contact.MaxEmail]
	}
	a := attempt{tenant: tenant, kind: KindStaff, class: "staff", name: CanonicalLogin(login), password: password, client: client}
	if err := s.count(ctx, a, now); err != nil {
		return Entry{}, err
	}
	staff, err := s.Store.StaffByLogin(ctx, tenant, a.name)
	if err != nil && kyc.CodeOf(err) != kyc.NotFound {
		return Entry{}, err
	}
	if err != nil {
		staff = kyc.Staff{}
	}
	ok, rehash, err := s.Hasher.Verify(ctx, staff.Hash, password)
	if err != nil {
		return Entry{}, err
	}
	if !ok || staff.State != kyc.StaffActive {
		return Entry{}, s.fail(ctx, a, string(staff.ID), now)
	}
	var with []kyc.Write
	if rehash {
		hash, err := s.Hasher.Hash(ctx, password)
		if err != nil {
			return Entry{}, err
		}
		with = append(with, kyc.SetStaff{Tenant: tenant, ID: staff.ID, Was: staff.Hash, Hash: hash})
	}
	return s.half(ctx, a, staff, now, with)
}

// half begins the session of somebody who has shown the password.
func (s *StaffSessions) half(ctx context.Context, a attempt, staff kyc.Staff, now time.Time, with []kyc.Write) (Entry, error) {
	holds, err := s.Factors.Of(ctx, factor.Staff(staff))
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Next: NextSecond, Left: -1}
	a.kind = KindSecond
	if !holds.Strong() {
		e.Next, a.kind = NextEnrol, KindEnrol
	}
	token, save, err := NewSession(s.Random, a.kind, a.tenant, string(staff.ID), now)
	if err != nil {
		return Entry{}, err
	}
	save.ID, save.Agent = s.IDs(), Agent(a.client.Agent)
	e.Token = token
	return e, s.Store.Commit(ctx, a.tenant, append(kyc.Change{save}, with...))
}

// pending finds who holds the token of an incomplete sign-in, of one of the kinds.
func (s *StaffSessions) pending(ctx context.Context, token string, kinds ...string) (kyc.Staff, kyc.Session, error) {
	var session kyc.Session
	err := error(kyc.EKey(kyc.Unauthorized, "error.signed_out", "no sign-in has this token"))
	for _, kind := range kinds {
		if session, err = s.session(ctx, kind, token); kyc.CodeOf(err) != kyc.Unauthorized {
			break
		}
	}
	if err != nil {
		return kyc.Staff{}, kyc.Session{}, err
	}
	staff, err := s.holder(ctx, session)
	return staff, session, err
}

// holder is whose session it is; Unauthorized for people who may not work here now.
func (s *StaffSessions) holder(ctx context.Context, session kyc.Session) (kyc.Staff, error) {
	staff, err := s.Store.Staff(ctx, session.Tenant, kyc.StaffID(session.Subject))
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && staff.State != kyc.StaffActive {
		return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "staff of the session is not active")
	}
	return staff, err
}

// Second completes a sign-in with a code of the authenticator app, a recovery code
// or a passkey. Unauthorized ("error.second_factor") when it fits none, Limited past
// the budget; the token stays good for another try.
func (s *StaffSessions) Second(ctx context.Context, token string, proof Proof, client Client) (Entry, error) {
	staff, session, err := s.pending(ctx, token, KindSecond)
	if err != nil {
		return Entry{}, err
	}
	proof.Password = "" // it is what has been shown already
	shown, err := s.prove(ctx, staff, proof, factor.PasskeySecond, client)
	if err != nil {
		return Entry{}, err
	}
	return s.complete(ctx, staff, session, client, shown.change, shown.left)
}

// complete turns an incomplete sign-in into a session, under a new token.
func (s *StaffSessions) complete(ctx context.Context, staff kyc.Staff, half kyc.Session, client Client, with kyc.Change, left int) (Entry, error) {
	idle, err := s.idle(ctx, staff.Tenant)
	if err != nil {
		return Entry{}, err
	}
	a := attempt{tenant: staff.Tenant, kind: KindStaff, client: client, idle: idle}
	return s.begin(ctx, a, staff, append(with, kyc.DropSession{Tenant: staff.Tenant, Hash: half.Hash}), left)
}

// begin begins the session of somebody who has shown all there is to show. Who
// signs in from a device that is not known is told.
func (s *StaffSessions) begin(ctx context.Context, a attempt, staff kyc.Staff, with kyc.Change, left int) (Entry, error) {
	now := s.Clock()
	name, err := s.Index.Index(ctx, staff.Tenant, "staff", staff.Login)
	if err != nil {
		return Entry{}, err
	}
	known, err := s.knows(ctx, staff.Tenant, name, a.client.Known, now)
	if err != nil {
		return Entry{}, err
	}
	entry := Entry{Left: left, Device: a.client.Known}
	if known == nil {
		told, err := s.Letters.Tell(ctx, staff, letter.Device)
		if err != nil {
			return Entry{}, err
		}
		with = append(with, told...)
		if entry.Device, err = s.device(ctx, staff.Tenant, name, now); err != nil {
			return Entry{}, err
		}
	}
	entry.Token, err = s.start(ctx, a, string(staff.ID), now, with...)
	return entry, err
}

// idle is after how long without a request a session of the tenant's staff ends.
func (s *StaffSessions) idle(ctx context.Context, tenant kyc.TenantID) (time.Duration, error) {
	t, err := s.House.Tenant(ctx, tenant)
	return time.Duration(t.StaffIdle) * time.Minute, err
}

// StaffOf tells who holds a token; Unauthorized ("error.signed_out") for anything
// else, for sign-ins that are not complete, and for people who were disabled since.
func (s *StaffSessions) StaffOf(ctx context.Context, token string) (kyc.Staff, error) {
	session, err := s.session(ctx, KindStaff, token)
	if err != nil {
		return kyc.Staff{}, err
	}
	return s.holder(ctx, session)
}

// SignOut ends the session; a token that is unknown is no error.
func (s *StaffSessions) SignOut(ctx context.Context, token string) error {
	return s.end(ctx, KindStaff, token)
}

// line is an audit line of what a member of staff did about their own sign-in.
func (s *StaffSessions) line(staff kyc.Staff, action string, detail ...string) kyc.AppendAudit {
	return audit.Line(s.Clock, s.IDs, staff.Tenant, audit.Staff(staff.ID), action, "staff", string(staff.ID), detail...)
}
