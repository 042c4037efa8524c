// Package letter writes e-mails to people who work for a tenant: invitations,
// links to a new password, and notices of every change to how they sign in. They
// go the way of all messages, through the outbox. Addresses and bodies are sealed
// for the tenant; of a link only the hash of its token is kept.
package letter

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Templates of letters. Their texts are the message keys "mail.<template>.subject"
// and so on.
const (
	Invited         = "staff_invited"          // with a link to join
	Forgotten       = "staff_forgotten"        // with a link to a new password
	Password        = "staff_password"         // a new one was set
	FactorAdded     = "staff_factor_added"     // an authenticator app or a passkey
	FactorRemoved   = "staff_factor_removed"   //
	RecoveryUsed    = "staff_recovery_used"    // a recovery code
	RecoveryRenewed = "staff_recovery_renewed" // ten new codes
	Device          = "staff_device"           // a sign-in from a device that was not known
	Role            = "staff_role"             // another one was given
	State           = "staff_state"            // shut out, or let in again
	Factors         = "staff_factors"          // reset by an administrator
)

// Templates lists all of them.
func Templates() []string {
	return []string{Invited, Forgotten, Password, FactorAdded, FactorRemoved, RecoveryUsed, RecoveryRenewed, Device, Role, State, Factors}
}

// Purposes of links, and how long each is good.
const (
	ToJoin  = "invite"
	ToReset = "reset"

	JoinLife  = 7 * 24 * time.Hour
	ResetLife = 30 * time.Minute
)

// Vault seals for a tenant; *vault.Vault does.
type Vault interface {
	SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
}

// Writer writes letters. All fields are required.
type Writer struct {
	Vault  Vault
	Clock  kyc.Clock
	IDs    kyc.IDs
	Random io.Reader
}

// Seal seals the address of somebody with an id. Invalid ("field.email") when it
// is none.
func (w *Writer) Seal(ctx context.Context, tenant kyc.TenantID, id kyc.StaffID, address string) ([]byte, error) {
	canonical, problem, ok := contact.ParseEmail(address)
	if !ok {
		return nil, kyc.EKey(kyc.Invalid, "problem."+problem.Code, "not an e-mail address")
	}
	return w.Vault.SealTenant(ctx, tenant, column(id), []byte(canonical))
}

func column(id kyc.StaffID) string { return "staff.email/" + string(id) }

// Address is where somebody gets letters; "" when it is not known. Without an
// address of their own it is the login, if that is one.
func (w *Writer) Address(ctx context.Context, s kyc.Staff) (string, error) {
	if len(s.Email) > 0 {
		plain, err := w.Vault.UnsealTenant(ctx, s.Tenant, column(s.ID), s.Email)
		return string(plain), err
	}
	if address, _, ok := contact.ParseEmail(s.Login); ok {
		return address, nil
	}
	return "", nil
}

// Tell is the change that tells somebody what happened; nil when nobody knows
// where to write.
func (w *Writer) Tell(ctx context.Context, s kyc.Staff, template string) (kyc.Change, error) {
	return w.write(ctx, s, template, map[string]string{})
}

// Link is the change that sends somebody a link, ToJoin or ToReset, in the place
// of earlier ones. Invalid ("error.no_address") when nobody knows where to.
func (w *Writer) Link(ctx context.Context, s kyc.Staff, purpose string) (kyc.Change, error) {
	template, life := Invited, JoinLife
	if purpose == ToReset {
		template, life = Forgotten, ResetLife
	}
	token, hash, err := contact.NewToken(w.Random)
	if err != nil {
		return nil, err
	}
	change, err := w.write(ctx, s, template, map[string]string{contact.ParamToken: token, contact.ParamMinutes: strconv.Itoa(int(life / time.Minute))})
	if err != nil {
		return nil, err
	}
	if change == nil {
		return nil, kyc.EKey(kyc.Invalid, "error.no_address", "the member has no e-mail address")
	}
	now := w.Clock()
	return append(kyc.Change{kyc.DropStaffLinks{Tenant: s.Tenant, Staff: s.ID, Purpose: purpose},
		kyc.SaveStaffLink{StaffLink: kyc.StaffLink{Tenant: s.Tenant, Hash: hash, Staff: s.ID, Purpose: purpose, Created: kyc.At(now), Expires: kyc.At(now.Add(life))}}}, change...), nil
}

func (w *Writer) write(ctx context.Context, s kyc.Staff, template string, params map[string]string) (kyc.Change, error) {
	to, err := w.Address(ctx, s)
	if err != nil || to == "" {
		return nil, err
	}
	body, err := json.Marshal(kyc.MessageBody{To: to, Params: params})
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "encode a letter")
	}
	now := kyc.At(w.Clock())
	m := kyc.Message{Tenant: s.Tenant, ID: kyc.MessageID(w.IDs()), Staff: s.ID, Channel: kyc.Email, Template: template, Locale: s.Locale,
		State: kyc.MessageQueued, Created: now, Updated: now}
	if m.Sealed, err = w.Vault.SealTenant(ctx, s.Tenant, kyc.SealedLetter(m.ID), body); err != nil {
		return nil, err
	}
	return kyc.Change{kyc.SaveMessage{Message: m}, kyc.Enqueue{Job: kyc.Job{Tenant: s.Tenant, Kind: kyc.JobSend, Ref: string(m.ID)}}}, nil
}
