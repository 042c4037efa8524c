package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// HandOver lets another device go on with an application.
type HandOver struct {
	URL     string `json:"url" format:"uri" doc:"For the other device, as a QR code or a link; works once. A browser that opens it asks for the code; a client sends the last part of its path as token to /api/v1/handovers"`
	Code    string `json:"code" doc:"Show it beside the QR code, to be typed on the other device" example:"0427"`
	Expires string `json:"expires_at" format:"date-time"`
}

func (d *Door) handOver(c *fiber.Ctx, who caller, _ none) (HandOver, error) {
	over, err := d.Service.HandOver(c.UserContext(), who.ref(c.Params("application")))
	if err != nil {
		return HandOver{}, err
	}
	return HandOver{URL: strings.TrimSuffix(d.Base, "/") + "/t/" + string(who.tenant) + "/r/" + over.Token,
		Code: over.Code, Expires: stamp(over.Expires)}, nil
}

// TakeOverRequest takes an application over.
type TakeOverRequest struct {
	Token string `json:"token" maxLength:"64" doc:"The last part of the handover's URL"`
	Code  string `json:"code" maxLength:"64" doc:"As typed; spaces and digits of other scripts are accepted"`
}

// takeOver answers as startApplication does; the other device keeps its token.
func (d *Door) takeOver(c *fiber.Ctx, who caller, in TakeOverRequest) (Started, error) {
	v, token, err := d.Service.TakeOver(c.UserContext(), who.tenant, in.Token, in.Code, who.client)
	if err != nil {
		return Started{}, err
	}
	if token == "" {
		return Started{}, &shortfall{problems: v.Short, locale: v.Locale}
	}
	c.Set(fiber.HeaderLocation, base+"/applications/"+string(v.ID))
	return Started{Application: d.render(v), HolderToken: token}, nil
}
