package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
)

// StaffSecurity is how somebody signs in, and where they are signed in.
type StaffSecurity struct {
	Factors  []StaffFactor `json:"factors"`
	Recovery int           `json:"recovery_codes_left"`
	Sessions []SeenSession `json:"sessions" doc:"Last used first"`
}

// StaffFactor is an authenticator app or a passkey.
type StaffFactor struct {
	ID      string `json:"id" format:"uuid"`
	Kind    string `json:"kind" enum:"totp,passkey"`
	Name    string `json:"name,omitempty" doc:"As its owner called it"`
	Created string `json:"created_at" format:"date-time"`
	Used    string `json:"used_at,omitempty" format:"date-time"`
}

// SeenSession is a living session.
type SeenSession struct {
	ID      string `json:"id" format:"uuid"`
	Agent   string `json:"agent,omitempty" doc:"Browser and system, coarsely"`
	Created string `json:"created_at" format:"date-time"`
	Seen    string `json:"seen_at" format:"date-time"`
	Current bool   `json:"current" doc:"The one that asks"`
}

func (d *Door) staffSecurity(c *fiber.Ctx, who caller, _ none) (StaffSecurity, error) {
	mine, err := d.Staff.Security(c.UserContext(), who.token)
	if err != nil {
		return StaffSecurity{}, err
	}
	out := StaffSecurity{Factors: []StaffFactor{}, Sessions: []SeenSession{}, Recovery: mine.Holds.Recovery}
	for _, f := range mine.Holds.Factors {
		out.Factors = append(out.Factors, StaffFactor{ID: f.ID, Kind: f.Kind, Name: f.Name, Created: stamp(f.Created), Used: stamp(f.Used)})
	}
	for _, s := range mine.Sessions {
		out.Sessions = append(out.Sessions, seenSession(s))
	}
	return out, nil
}

func seenSession(s credential.SeenSession) SeenSession {
	return SeenSession{ID: s.ID, Agent: s.Agent, Created: stamp(s.Created), Seen: stamp(s.Seen), Current: s.Current}
}

func (d *Door) revokeSession(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Staff.Revoke(c.UserContext(), who.token, c.Params("session"))
}

func (d *Door) offerAnother(c *fiber.Ctx, who caller, _ none) (FactorOffer, error) {
	offer, err := d.Staff.OfferAnother(c.UserContext(), who.token, "")
	return FactorOffer{Secret: offer.Secret, URI: offer.URI, Ticket: offer.Ticket}, err
}

// AddFactorRequest adds one more authenticator app.
type AddFactorRequest struct {
	Ticket string `json:"ticket" minLength:"1" maxLength:"16384"`
	Code   string `json:"code" minLength:"1" maxLength:"100" doc:"The first one of the app"`
	Name   string `json:"name,omitempty" maxLength:"200" doc:"At most 60 characters are kept"`
}

func (d *Door) addFactor(c *fiber.Ctx, who caller, in AddFactorRequest) (none, error) {
	return none{}, d.Staff.AddApp(c.UserContext(), who.token, in.Ticket, in.Code, in.Name, clientOf(c, who))
}

func (d *Door) removeFactor(c *fiber.Ctx, who caller, _ none) (none, error) {
	return none{}, d.Staff.RemoveFactor(c.UserContext(), who.token, c.Params("factor"))
}

// RecoveryCodes are new ones.
type RecoveryCodes struct {
	Codes []string `json:"recovery_codes" doc:"Ten, for once each; they are not shown again, and the earlier ones have ended"`
}

func (d *Door) renewRecovery(c *fiber.Ctx, who caller, _ none) (RecoveryCodes, error) {
	codes, err := d.Staff.RenewRecovery(c.UserContext(), who.token)
	return RecoveryCodes{Codes: codes}, err
}

// NewPasswordRequest changes one's own password.
type NewPasswordRequest struct {
	Password string `json:"password" minLength:"1" maxLength:"512"`
}

func (d *Door) changePassword(c *fiber.Ctx, who caller, in NewPasswordRequest) (none, error) {
	return none{}, d.Staff.ChangePassword(c.UserContext(), who.token, in.Password)
}
