package api

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// StaffPasskeys asks passkeys of staff and takes their answers;
// *credential.StaffSessions says what each answers.
type StaffPasskeys interface {
	AskAnyone(ctx context.Context, tenant kyc.TenantID, client credential.Client) (json.RawMessage, error)
	SignInPasskey(ctx context.Context, tenant kyc.TenantID, answer []byte, client credential.Client) (credential.Entry, error)
	AskSecond(ctx context.Context, token string) (json.RawMessage, error)
	AskConfirm(ctx context.Context, token string) (json.RawMessage, error)
	AskEnrol(ctx context.Context, token string) (json.RawMessage, error)
	EnrolPasskey(ctx context.Context, token string, answer []byte, name string, client credential.Client) (credential.Enrolled, error)
	AskAnother(ctx context.Context, token string) (json.RawMessage, error)
	AddPasskey(ctx context.Context, token string, answer []byte, name string, client credential.Client) error
}

// passkeyTable is the routes of staff for passkeys.
func (d *Door) passkeyTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const in, own = base + "/tenants/:tenant/staff-sessions", base + "/tenants/:tenant/staff-security"
	return []route{
		r("POST", in+"/passkey/question", policies.Public, "askPasskey", "What to ask a passkey to sign in with it alone, for the browser's navigator.credentials.get; it is answered once, within five minutes", call(d, 200, d.askPasskey)),
		r("POST", in+"/passkey", policies.Public, "signInPasskey", "Sign a member of staff in with a passkey alone", call(d, 201, d.signInPasskey)),
		r("POST", in+"/second-factor/question", policies.Public, "askSecondPasskey", "What to ask a passkey as second factor", call(d, 200, d.askSecond)),
		r("POST", in+"/enrolment/question", policies.Public, "askFirstPasskey", "What to ask a device for a passkey as first factor, for navigator.credentials.create", call(d, 200, d.askEnrol)),
		r("POST", in+"/enrolment/passkey", policies.Public, "enrolPasskey", "Add the passkey; the sign-in is complete", call(d, 201, d.enrolPasskey)),
		r("POST", in+"/current/confirmation/question", policies.StaffSelf, "askConfirmingPasskey", "What to ask a passkey to show once more who one is", call(d, 200, d.askConfirm)),
		r("POST", own+"/passkeys/question", policies.StaffSelf, "askAnotherPasskey", "What to ask a device for one more passkey, for navigator.credentials.create", call(d, 200, d.askAnother)),
		r("POST", own+"/passkeys", policies.StaffSelf, "addPasskey", "Add one more passkey", call(d, 204, d.addPasskey)).fresh(),
	}
}

// PasskeyQuestion is what a passkey is asked.
type PasskeyQuestion struct {
	PublicKey map[string]any `json:"publicKey" doc:"Options as PublicKeyCredential.parseRequestOptionsFromJSON or parseCreationOptionsFromJSON takes them (WebAuthn Level 3)"`
}

func questionOf(options json.RawMessage, err error) (PasskeyQuestion, error) {
	var q PasskeyQuestion
	if err != nil {
		return q, err
	}
	return q, kyc.Wrap(kyc.Internal, json.Unmarshal(options, &q), "decode what a passkey is asked")
}

// PasskeyAnswer is a passkey's answer.
type PasskeyAnswer struct {
	Passkey map[string]any `json:"passkey" doc:"The credential as PublicKeyCredential.toJSON gives it"`
}

func answerOf(passkey map[string]any) ([]byte, error) {
	if len(passkey) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(passkey)
	return raw, kyc.Wrap(kyc.Invalid, err, "encode the answer of a passkey")
}

// PasskeySignIn signs in with a passkey alone.
type PasskeySignIn struct {
	PasskeyAnswer
	KnownDevice
}

// NewPasskey adds a passkey.
type NewPasskey struct {
	PasskeyAnswer
	Name string `json:"name,omitempty" maxLength:"200" doc:"At most 60 characters are kept"`
}

// FirstPasskey adds a passkey in the course of a sign-in.
type FirstPasskey struct {
	NewPasskey
	Pending string `json:"pending_token" minLength:"1" maxLength:"200"`
}

func (d *Door) askPasskey(c *fiber.Ctx, who caller, _ none) (PasskeyQuestion, error) {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return PasskeyQuestion{}, err
	}
	return questionOf(d.Staff.AskAnyone(c.UserContext(), tenant, clientOf(c, who)))
}

func (d *Door) signInPasskey(c *fiber.Ctx, who caller, in PasskeySignIn) (StaffSession, error) {
	tenant, err := d.tenantOf(c)
	if err != nil {
		return StaffSession{}, err
	}
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return StaffSession{}, err
	}
	entry, err := d.Staff.SignInPasskey(c.UserContext(), tenant, answer, in.from(c, who))
	if err != nil {
		return StaffSession{}, err
	}
	return d.renderEntry(c, who, tenant, entry, nil)
}

func (d *Door) askSecond(c *fiber.Ctx, _ caller, in EnrolmentRequest) (PasskeyQuestion, error) {
	if err := d.own(c, in.Pending); err != nil {
		return PasskeyQuestion{}, err
	}
	return questionOf(d.Staff.AskSecond(c.UserContext(), in.Pending))
}

func (d *Door) askEnrol(c *fiber.Ctx, _ caller, in EnrolmentRequest) (PasskeyQuestion, error) {
	if err := d.own(c, in.Pending); err != nil {
		return PasskeyQuestion{}, err
	}
	return questionOf(d.Staff.AskEnrol(c.UserContext(), in.Pending))
}

func (d *Door) enrolPasskey(c *fiber.Ctx, who caller, in FirstPasskey) (StaffSession, error) {
	if err := d.own(c, in.Pending); err != nil {
		return StaffSession{}, err
	}
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return StaffSession{}, err
	}
	done, err := d.Staff.EnrolPasskey(c.UserContext(), in.Pending, answer, in.Name, clientOf(c, who))
	if err != nil {
		return StaffSession{}, err
	}
	return d.renderEntry(c, who, kyc.TenantID(c.Params("tenant")), done.Entry, done.Codes)
}

func (d *Door) askConfirm(c *fiber.Ctx, who caller, _ none) (PasskeyQuestion, error) {
	return questionOf(d.Staff.AskConfirm(c.UserContext(), who.token))
}

func (d *Door) askAnother(c *fiber.Ctx, who caller, _ none) (PasskeyQuestion, error) {
	return questionOf(d.Staff.AskAnother(c.UserContext(), who.token))
}

func (d *Door) addPasskey(c *fiber.Ctx, who caller, in NewPasskey) (none, error) {
	answer, err := answerOf(in.Passkey)
	if err != nil {
		return none{}, err
	}
	return none{}, d.Staff.AddPasskey(c.UserContext(), who.token, answer, in.Name, clientOf(c, who))
}
