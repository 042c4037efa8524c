package credential

import (
	"context"
	"strings"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
)

// AccountSessions signs account holders in and out. All fields but Region and Breached are required.
type AccountSessions struct {
	Gate
	House  AccountHouse
	Vault  AccountVault
	Region string // of phone numbers typed without country code; "": they must have one
	Names  Opener
	Codes  *contact.Maker
	Warden *contact.Warden
	Human  Human
	Herald Herald

	Openings Openings
	Freezer  Freezer
	Factors  *factor.Keeper // passkeys
	Breached *Breached      // an installation's own list; nil: what is shipped alone
}

// AccountHouse is what signing account holders in reads beside Store.
type AccountHouse interface {
	SignInCode(ctx context.Context, tenant kyc.TenantID, id string) (kyc.SignInCode, error)
	SignInCodeByToken(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.SignInCode, error)
	SessionsOf(ctx context.Context, tenant kyc.TenantID, kind, subject string) ([]kyc.Session, error)
	AccountIdentifiers(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Identifier, error)
}

// AccountVault seals what belongs to an account holder; *vault.Vault does.
type AccountVault interface {
	Seal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, plain []byte) ([]byte, error)
	Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error)
}

// Opener reads a sealed login name.
type Opener interface {
	Contact(ctx context.Context, id kyc.Identifier) (string, error)
}

// Human verifies solved human tests.
type Human interface {
	Verify(ctx context.Context, tenant kyc.TenantID, value string, now time.Time) (kyc.UseOnce, kyc.Problem, error)
}

const sealedPlace = "sessions.place" // network address as text

// SignIn begins a session with the login password. The name is a phone number or an
// e-mail address. Unauthorized ("error.sign_in") when name or password is wrong, in
// the same time and words; Limited past the budget; Forbidden
// ("error.account_frozen") only to who knows the password.
func (s *AccountSessions) SignIn(ctx context.Context, tenant kyc.TenantID, name, password string, client Client) (Signed, error) {
	now := s.Clock()
	a := attempt{tenant: tenant, kind: KindAccount, password: password, client: client, methods: MethodPassword}
	a.class, a.name = s.canonical(name)
	if err := s.count(ctx, a, now); err != nil {
		return Signed{}, err
	}
	id, login, err := s.find(ctx, a)
	if err != nil {
		return Signed{}, err
	}
	ok, rehash, err := s.Hasher.Verify(ctx, login.Hash, password)
	if err != nil {
		return Signed{}, err
	}
	if !ok {
		return Signed{}, s.fail(ctx, a, string(id.Account), now)
	}
	holder, err := s.Store.Account(ctx, tenant, id.Account)
	if err != nil {
		return Signed{}, err
	}
	var with []kyc.Write
	if rehash {
		if login.Hash, err = s.Hasher.Hash(ctx, password); err != nil {
			return Signed{}, err
		}
		login.Updated = kyc.At(now)
		with = append(with, kyc.SaveCredential{Credential: login})
	}
	return s.begin(ctx, a, holder, id.Index, now, with...)
}

// canonical reads a name. One that is neither phone nor e-mail address is kept
// as typed, so that it is counted and found unknown like any other.
func (s *AccountSessions) canonical(name string) (class, canonical string) {
	if strings.ContainsAny(name, "@＠") {
		if address, _, ok := contact.ParseEmail(name); ok {
			return string(kyc.Email), address
		}
	} else if phone, _, ok := (contact.PhoneRules{Region: s.Region, AnyType: true}).Parse(name); ok {
		return string(kyc.Phone), phone.E164
	}
	if len(name) > contact.MaxEmail {
		name = name[:contact.MaxEmail]
	}
	return "login", name
}

// find gives the identifier and the login password of a name; of an unknown name
// both are empty.
func (s *AccountSessions) find(ctx context.Context, a attempt) (kyc.Identifier, kyc.Credential, error) {
	index, err := s.Index.Index(ctx, a.tenant, a.class, a.name)
	if err != nil {
		return kyc.Identifier{}, kyc.Credential{}, err
	}
	id, err := s.Store.BoundIdentifier(ctx, a.tenant, a.class, index)
	if err != nil && kyc.CodeOf(err) != kyc.NotFound {
		return kyc.Identifier{}, kyc.Credential{}, err
	}
	if err != nil || !id.Login || id.State != kyc.Bound {
		id = kyc.Identifier{}
	}
	// Asked for unknown names too: the same work, whatever is known.
	all, err := s.Store.Credentials(ctx, a.tenant, id.Applicant)
	if err != nil {
		return kyc.Identifier{}, kyc.Credential{}, err
	}
	for _, c := range all {
		if c.Kind == kyc.LoginPassword && id.Account != "" {
			return id, c, nil
		}
	}
	return id, kyc.Credential{}, nil
}

// Bearer is the account that a login name opens, as the sign-in would find it; ""
// for none.
func (s *AccountSessions) Bearer(ctx context.Context, tenant kyc.TenantID, login string) (kyc.AccountID, error) {
	a := attempt{tenant: tenant}
	a.class, a.name = s.canonical(login)
	id, _, err := s.find(ctx, a)
	return id.Account, err
}

// Account tells whose session a token is; Unauthorized ("error.signed_out") when
// it is none of this tenant, has ended or was not used for too long.
func (s *AccountSessions) Account(ctx context.Context, tenant kyc.TenantID, token string) (kyc.AccountID, error) {
	session, err := s.session(ctx, KindAccount, token)
	if err != nil {
		return "", err
	}
	if session.Tenant != tenant {
		return "", kyc.EKey(kyc.Unauthorized, "error.signed_out", "session is of another tenant")
	}
	return kyc.AccountID(session.Subject), nil
}

// SignOut ends the session of a token of the tenant; an unknown one is no error.
func (s *AccountSessions) SignOut(ctx context.Context, tenant kyc.TenantID, token string) error {
	if of, _, ok := ParseToken(SessionToken, token); !ok || of != tenant {
		return nil
	}
	return s.end(ctx, KindAccount, token)
}
