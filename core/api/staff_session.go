package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
)

// StaffSignInRequest signs a member of staff in.
type StaffSignInRequest struct {
	Login    string `json:"login" minLength:"1" maxLength:"320" doc:"Login name or e-mail address of the member of staff"`
	Password string `json:"password" minLength:"1" maxLength:"512"`
	Code     string `json:"code,omitempty" maxLength:"100" doc:"Of the authenticator app, or a recovery code; absent: it is asked for"`
	KnownDevice
}

// KnownDevice is what a sign-in may tell of its device.
type KnownDevice struct {
	Device string `json:"device_token,omitempty" maxLength:"1024" doc:"Of an earlier sign-in here: no notice is sent, and nobody else's tries count against it"`
}

// StaffSession is a signed-in member of staff, or how far the sign-in has come.
type StaffSession struct {
	Token    string   `json:"staff_token,omitempty" doc:"Send it as bearer token; it is not shown again. It ends after 15 minutes without a request (a tenant can set another time), and after 12 hours at the latest"`
	Next     string   `json:"next,omitempty" enum:"second_factor,enrol" doc:"What the sign-in still lacks; absent once it is complete"`
	Pending  string   `json:"pending_token,omitempty" doc:"For the request that completes the sign-in; it opens nothing else and lives for 10 minutes, for an enrolment for 30"`
	Recovery []string `json:"recovery_codes,omitempty" doc:"After an enrolment: ten codes that replace the second factor once each. They are not shown again"`
	Left     *int     `json:"recovery_codes_left,omitempty" doc:"When a recovery code was used"`
	Staff    *Staff   `json:"staff,omitempty" doc:"Once the sign-in is complete"`
	Device   string   `json:"device_token,omitempty" doc:"Keep it and send it with the next sign-in, by which the device is known. It opens nothing"`
}

// SecondFactorRequest completes a sign-in.
type SecondFactorRequest struct {
	Pending string `json:"pending_token" minLength:"1" maxLength:"200"`
	Code    string `json:"code,omitempty" maxLength:"100" doc:"Of the authenticator app, or a recovery code"`

	Passkey map[string]any `json:"passkey,omitempty" doc:"Instead of a code: the answer to …/second-factor/question"`
	KnownDevice
}

// EnrolmentRequest begins to add a factor.
type EnrolmentRequest struct {
	Pending string `json:"pending_token" minLength:"1" maxLength:"200"`
}

// FactorOffer is an authenticator app about to be added.
type FactorOffer struct {
	Secret string `json:"secret" doc:"Base32, in groups of four; to be typed into the app"`
	URI    string `json:"uri" doc:"The same for a QR code (otpauth)"`
	Ticket string `json:"ticket" doc:"Send it back with the first code, within 30 minutes"`
}

// EnrolRequest adds the app.
type EnrolRequest struct {
	Pending string `json:"pending_token" minLength:"1" maxLength:"200"`
	Ticket  string `json:"ticket" minLength:"1" maxLength:"16384"`
	Code    string `json:"code" minLength:"1" maxLength:"100" doc:"The first one of the app"`
}

// ConfirmRequest shows who somebody is: one of the members.
type ConfirmRequest struct {
	Password string `json:"password,omitempty" maxLength:"512"`
	Code     string `json:"code,omitempty" maxLength:"100" doc:"Of the authenticator app, or a recovery code"`

	Passkey map[string]any `json:"passkey,omitempty" doc:"The answer to …/confirmation/question"`
}

// clientOf is where a request comes from.
func clientOf(c *fiber.Ctx, who caller) credential.Client {
	return credential.Client{Address: who.client.Address, Agent: c.Get(fiber.HeaderUserAgent)}
}

// from is where a request comes from whose device may be known.
func (k KnownDevice) from(c *fiber.Ctx, who caller) credential.Client {
	client := clientOf(c, who)
	client.Known = k.Device
	return client
}

// tenantOf is the tenant of the path, which has to be there.
func (d *Door) tenantOf(c *fiber.Ctx) (kyc.TenantID, error) {
	tenant, err := kyc.ParseTenantID(c.Params("tenant"))
	if err != nil {
		return "", kyc.E(kyc.NotFound, "not the id of a tenant")
	}
	_, err = d.Tenants.Tenant(c.UserContext(), tenant)
	return tenant, err
}

// own wants a token of the path's tenant.
func (d *Door) own(c *fiber.Ctx, token string) error {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return err
	}
	if of, _, ok := credential.ParseToken(credential.PendingToken, token); !ok || of != tenant {
		return kyc.EKey(kyc.Unauthorized, "error.signed_out", "not a token of a sign-in here")
	}
	return nil
}

func (d *Door) signInStaff(c *fiber.Ctx, who caller, in StaffSignInRequest) (StaffSession, error) {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return StaffSession{}, err
	}
	entry, err := d.Staff.SignInStaff(c.UserContext(), tenant, in.Login, in.Password, in.from(c, who))
	if err == nil && in.Code != "" && entry.Next == credential.NextSecond {
		entry, err = d.Staff.Second(c.UserContext(), entry.Token, credential.Proof{Code: in.Code}, in.from(c, who))
	}
	if err != nil {
		return StaffSession{}, err
	}
	return d.renderEntry(c, who, tenant, entry, nil)
}

func (d *Door) secondFactor(c *fiber.Ctx, who caller, in SecondFactorRequest) (StaffSession, error) {
	if err := d.own(c, in.Pending); err != nil {
		return StaffSession{}, err
	}
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return StaffSession{}, err
	}
	entry, err := d.Staff.Second(c.UserContext(), in.Pending, credential.Proof{Code: in.Code, Passkey: answer}, in.from(c, who))
	if err != nil {
		return StaffSession{}, err
	}
	return d.renderEntry(c, who, kyc.TenantID(c.Params("tenant")), entry, nil)
}

func (d *Door) offerFactor(c *fiber.Ctx, _ caller, in EnrolmentRequest) (FactorOffer, error) {
	if err := d.own(c, in.Pending); err != nil {
		return FactorOffer{}, err
	}
	offer, err := d.Staff.OfferApp(c.UserContext(), in.Pending, "")
	return FactorOffer{Secret: offer.Secret, URI: offer.URI, Ticket: offer.Ticket}, err
}

func (d *Door) enrolFactor(c *fiber.Ctx, who caller, in EnrolRequest) (StaffSession, error) {
	if err := d.own(c, in.Pending); err != nil {
		return StaffSession{}, err
	}
	done, err := d.Staff.EnrolApp(c.UserContext(), in.Pending, in.Ticket, in.Code, clientOf(c, who))
	if err != nil {
		return StaffSession{}, err
	}
	return d.renderEntry(c, who, kyc.TenantID(c.Params("tenant")), done.Entry, done.Codes)
}

func (d *Door) renderEntry(c *fiber.Ctx, who caller, tenant kyc.TenantID, entry credential.Entry, codes []string) (StaffSession, error) {
	if entry.Next != credential.SignedIn {
		return StaffSession{Next: string(entry.Next), Pending: entry.Token}, nil
	}
	staff, err := d.Staff.StaffOf(c.UserContext(), entry.Token)
	if err != nil {
		return StaffSession{}, err
	}
	if c.Get(fiber.HeaderAcceptLanguage) == "" {
		who.locale = staff.Locale
	}
	who.desk = review.Who{Staff: staff, Tenant: tenant}
	seen := d.renderStaff(who)
	out := StaffSession{Token: entry.Token, Recovery: codes, Staff: &seen, Device: entry.Device}
	if entry.Left >= 0 {
		out.Left = &entry.Left
	}
	return out, nil
}

func (d *Door) confirmStaff(c *fiber.Ctx, who caller, in ConfirmRequest) (none, error) {
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return none{}, err
	}
	return none{}, d.Staff.Confirm(c.UserContext(), who.token, credential.Proof{Password: in.Password, Code: in.Code, Passkey: answer}, clientOf(c, who))
}

func (d *Door) signOutStaff(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Staff.SignOut(c.UserContext(), who.token)
}
