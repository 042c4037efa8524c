package tenant

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/policies"
)

// MinPassword is the least length of a staff password, in characters. It is more
// than people's: behind it are everybody's documents.
const MinPassword = 12

const maxLogin = 100 // characters

// Hire adds a member of staff with a password; email, "" for none, is where they
// get notices and links. Conflict when the login is taken.
func (o *Office) Hire(ctx context.Context, s kyc.Staff, password, email string) error {
	if err := o.Known(ctx, s.Tenant); err != nil {
		return err
	}
	s.Login = credential.CanonicalLogin(s.Login)
	if err := o.checkStaff(s); err != nil {
		return err
	}
	_, err := o.Store.StaffByLogin(ctx, s.Tenant, s.Login)
	if kyc.CodeOf(err) != kyc.NotFound {
		if err != nil {
			return err
		}
		return kyc.EKey(kyc.Conflict, "error.login_taken", "another member of the staff has this login")
	}
	s.ID, s.State, s.Created = kyc.StaffID(o.IDs()), "active", o.now()
	if s.Hash, err = o.hash(ctx, s, password); err != nil {
		return err
	}
	if email != "" {
		if s.Email, err = o.Letters.Seal(ctx, s.Tenant, s.ID, email); err != nil {
			return err
		}
	}
	return o.Store.Commit(ctx, s.Tenant, kyc.Change{kyc.SaveStaff{Staff: s}, o.line(s.Tenant, audit.StaffHired, "staff", string(s.ID), "role", s.Role)})
}

func (o *Office) checkStaff(s kyc.Staff) error {
	if s.Login == "" || utf8.RuneCountInString(s.Login) > maxLogin || !utf8.ValidString(s.Login) ||
		strings.ContainsFunc(s.Login, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return kyc.E(kyc.Invalid, "a login has 1 to %d characters without space", maxLogin)
	}
	if err := checkName(s.Name); err != nil {
		return err
	}
	if !slices.Contains(o.Roles, s.Role) {
		return kyc.E(kyc.Invalid, "there is no role %q; there are %v", s.Role, o.Roles)
	}
	return o.checkLocale(s.Locale)
}

// Invite asks somebody to work for the tenant: a letter with a link to e-mail,
// good for a week, which a running server sends. Conflict when the login, which is
// the address, is taken.
func (o *Office) Invite(ctx context.Context, s kyc.Staff, email string) error {
	if err := o.Known(ctx, s.Tenant); err != nil {
		return err
	}
	address, _, ok := contact.ParseEmail(email)
	if !ok {
		return kyc.E(kyc.Invalid, "not an e-mail address of the form lena@shop.example")
	}
	s.ID, s.Login, s.State, s.Created = kyc.StaffID(o.IDs()), credential.CanonicalLogin(address), kyc.StaffInvited, o.now()
	if err := o.checkStaff(s); err != nil {
		return err
	}
	var first kyc.Change
	there, err := o.Store.StaffByLogin(ctx, s.Tenant, s.Login)
	switch {
	case err == nil && there.Hash == "": // invited before, and did not come, unless in this moment
		s.ID, first = there.ID, kyc.Change{kyc.SetStaff{Tenant: s.Tenant, ID: there.ID, From: there.State}}
	case err == nil:
		return kyc.EKey(kyc.Conflict, "error.login_taken", "another member of the staff has this login")
	case kyc.CodeOf(err) != kyc.NotFound:
		return err
	}
	if s.Email, err = o.Letters.Seal(ctx, s.Tenant, s.ID, address); err != nil {
		return err
	}
	change, err := o.Letters.Link(ctx, s, letter.ToJoin)
	if err != nil {
		return err
	}
	return o.Store.Commit(ctx, s.Tenant, append(append(first, kyc.SaveStaff{Staff: s}, o.line(s.Tenant, audit.StaffInvited, "staff", string(s.ID), "role", s.Role)), change...))
}

// ListStaff lists the staff of a tenant by login, who is invited or shut out, too. At
// most 500.
func (o *Office) ListStaff(ctx context.Context, tenant kyc.TenantID) ([]kyc.Staff, error) {
	if err := o.Known(ctx, tenant); err != nil {
		return nil, err
	}
	return o.Store.StaffList(ctx, tenant)
}

// tell writes a change about somebody, and tells them.
func (o *Office) tell(ctx context.Context, s kyc.Staff, template string, change kyc.Change) error {
	told, err := o.Letters.Tell(ctx, s, template)
	if err != nil {
		return err
	}
	return o.Store.Commit(ctx, s.Tenant, append(change, told...))
}

// SetPassword gives a member of staff a new password. Who was disabled stays so.
func (o *Office) SetPassword(ctx context.Context, tenant kyc.TenantID, login, password string) error {
	s, err := o.staff(ctx, tenant, login)
	if err != nil {
		return err
	}
	hash, err := o.hash(ctx, s, password)
	if err != nil {
		return err
	}
	return o.tell(ctx, s, letter.Password, kyc.Change{kyc.SetStaff{Tenant: tenant, ID: s.ID, Hash: hash}, endSessions(s),
		o.line(tenant, audit.StaffPassword, "staff", string(s.ID))})
}

// Reset removes the second factors and recovery codes of a member of staff who has
// lost them, and ends the sessions: the next sign-in enrols anew. Whoever asks for
// it has to know that it is them.
func (o *Office) Reset(ctx context.Context, tenant kyc.TenantID, login string) error {
	s, err := o.staff(ctx, tenant, login)
	if err != nil {
		return err
	}
	return o.tell(ctx, s, letter.Factors, kyc.Change{kyc.DropFactors{Tenant: tenant, Of: "staff", Subject: string(s.ID)}, endSessions(s),
		o.line(tenant, audit.StaffReset, "staff", string(s.ID))})
}

// endSessions signs a member of staff out everywhere.
func endSessions(s kyc.Staff) kyc.DropSessions {
	return kyc.DropSessions{Tenant: s.Tenant, Kinds: credential.StaffKinds(), Subject: string(s.ID)}
}

// SetRole gives a member of staff another role; it holds from their next request.
func (o *Office) SetRole(ctx context.Context, tenant kyc.TenantID, login, role string) error {
	s, err := o.staff(ctx, tenant, login)
	if err != nil || s.Role == role {
		return err
	}
	was := s
	s.Role = role
	if err := o.checkStaff(s); err != nil {
		return err
	}
	return o.tell(ctx, was, letter.Role, kyc.Change{appoint(was, role, s.State), o.line(tenant, audit.StaffRole, "staff", string(s.ID), "role", role)})
}

// Disable shuts a member of staff out; sessions end with their next request.
func (o *Office) Disable(ctx context.Context, tenant kyc.TenantID, login string) error {
	s, err := o.staff(ctx, tenant, login)
	if err != nil || s.State == "disabled" {
		return err
	}
	return o.tell(ctx, s, letter.State, kyc.Change{appoint(s, s.Role, kyc.StaffDisabled), endSessions(s), o.line(tenant, audit.StaffDisabled, "staff", string(s.ID))})
}

// appoint keeps one administrator, whoever asks: add another one first.
func appoint(s kyc.Staff, role, state string) kyc.Appoint {
	a := kyc.Appoint{Tenant: s.Tenant, ID: s.ID, Was: s.Role, WasState: s.State, Role: role, State: state}
	if s.Role == policies.TenantAdmin && s.State == "active" {
		a.Keep = policies.TenantAdmin
	}
	return a
}

func (o *Office) staff(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error) {
	if err := o.Known(ctx, tenant); err != nil {
		return kyc.Staff{}, err
	}
	s, err := o.Store.StaffByLogin(ctx, tenant, credential.CanonicalLogin(login))
	if kyc.CodeOf(err) == kyc.NotFound {
		return s, kyc.EKey(kyc.NotFound, "error.not_found", "nobody of the staff has this login")
	}
	return s, err
}

// hash checks a password for somebody and hashes it.
func (o *Office) hash(ctx context.Context, s kyc.Staff, password string) (string, error) {
	if err := CheckPassword(password, s); err != nil {
		return "", err
	}
	return o.Passwords.Hash(ctx, password)
}

// CheckPassword holds a password against the rules for staff: those of
// core/credential, and MinPassword. Invalid says which one it breaks.
func CheckPassword(password string, s kyc.Staff) error {
	if normal, _, ok := credential.Normalize(password); ok && utf8.RuneCountInString(normal) < MinPassword {
		return kyc.EKey(kyc.Invalid, "problem.password.short", "a staff password has at least %d characters", MinPassword)
	}
	problems := credential.CheckPassword(password, []string{s.Login, s.Name})
	if len(problems) == 0 {
		return nil
	}
	why, ok := map[string]string{
		"password.long":          "it is too long",
		"password.characters":    "it holds characters that cannot be typed",
		"password.contains_name": "it holds the login or the name",
		"password.breached":      "it is in lists of stolen passwords",
		"password.common":        "it is easy to guess; several unrelated words are better",
	}[problems[0].Code]
	if !ok {
		why = problems[0].Code
	}
	return kyc.EKey(kyc.Invalid, "problem."+problems[0].Code, "the password is refused: %s", why)
}
