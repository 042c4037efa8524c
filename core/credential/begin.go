package credential

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// How somebody showed who they are.
const (
	MethodCode     = "code"     // a code to a contact
	MethodPasskey  = "passkey"  // a passkey that checked who holds it
	MethodPassword = "password" // the login password
)

// Level is the authenticator assurance of a session after NIST SP 800-63B-4: 2 for
// a passkey, which is a device and what unlocks it, or for a password together with a
// code; 1 for either of these alone. See decision 28 for what each may do.
func Level(methods string) int {
	has := strings.Fields(methods)
	if slices.Contains(has, MethodPasskey) || slices.Contains(has, MethodCode) && slices.Contains(has, MethodPassword) {
		return 2
	}
	return 1
}

// and adds a method to those of a session.
func and(methods, method string) string {
	all := append(strings.Fields(methods), method)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// Signed is a session that has begun.
type Signed struct {
	Token   string
	Account kyc.AccountID
	Known   string // for the device, see Known
}

// Herald tells the contacts of an account what has changed; *account.Herald does.
type Herald interface {
	Tell(ctx context.Context, a kyc.Account, event, device string, now time.Time) (kyc.Change, error)
}

func inUse(holder kyc.Account) error {
	if holder.State != kyc.AccountActive {
		return kyc.EKey(kyc.Forbidden, "error.account_frozen", "account %s is %s", holder.ID, holder.State)
	}
	return nil
}

// begin opens a session for an account, tells its contacts if nobody has signed in
// on this device before, and makes the device known by the name of the given index.
// Forbidden ("error.account_frozen") when the account is not in use.
func (s *AccountSessions) begin(ctx context.Context, a attempt, holder kyc.Account, name []byte, now time.Time, with ...kyc.Write) (Signed, error) {
	if err := inUse(holder); err != nil {
		return Signed{}, err
	}
	// Held, so that of a sign-in and a freeze at once none leaves a session behind.
	with = append(with, kyc.SetAccountState{Tenant: holder.Tenant, ID: holder.ID, From: kyc.AccountActive, To: kyc.AccountActive})
	var err error
	if a.device, err = s.knows(ctx, a.tenant, name, a.client.Known, now); err != nil {
		return Signed{}, err
	}
	told, err := s.newDevice(ctx, a, holder, now)
	if err != nil {
		return Signed{}, err
	}
	if a.place, err = s.Vault.Seal(ctx, a.tenant, holder.Applicant, sealedPlace, []byte(contact.CanonicalAddress(a.client.Address))); err != nil {
		return Signed{}, err
	}
	token, err := s.start(ctx, a, string(holder.ID), now, append(with, told...)...)
	if err != nil {
		return Signed{}, err
	}
	if a.device != nil { // the same name for the device, or each sign-in would give it new budgets
		return Signed{Token: token, Account: holder.ID, Known: a.client.Known}, nil
	}
	device, err := s.device(ctx, a.tenant, name, now)
	return Signed{Token: token, Account: holder.ID, Known: device}, err
}

// newDevice tells the contacts that somebody signed in where nobody has before. A
// day has few such messages; past them the list of sessions still tells.
func (s *AccountSessions) newDevice(ctx context.Context, a attempt, holder kyc.Account, now time.Time) (kyc.Change, error) {
	if a.device != nil {
		return nil, nil
	}
	err := s.Store.Commit(ctx, a.tenant, s.Limits.NoticeBudget(a.tenant, string(holder.ID), now))
	if kyc.CodeOf(err) == kyc.Limited {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Herald.Tell(ctx, holder, account.NewDevice, Agent(a.client.Agent), now)
}
