package api

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

// maxReceipt bounds a delivery report, in bytes.
const maxReceipt = 64 << 10

// Receipts takes the delivery reports of messengers' vendors; *outbox.Receipts does.
type Receipts interface {
	Take(ctx context.Context, c kyc.Callback) (kyc.CallbackAnswer, error)
}

// receipt takes what a vendor posts. Nobody signs in here: the messenger tells
// whether it is its vendor's.
func (d *Door) receipt(c *fiber.Ctx, _ caller) error {
	tenant, err := kyc.ParseTenantID(c.Params("tenant"))
	if err != nil {
		return kyc.EKey(kyc.NotFound, "error.not_found", "not a tenant id")
	}
	body, err := readBody(c, maxReceipt)
	if err != nil {
		return err
	}
	call := kyc.Callback{Tenant: tenant, Messenger: c.Params("messenger"), Target: c.OriginalURL(), Headers: map[string]string{}, Body: body}
	for name, values := range c.GetReqHeaders() {
		call.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	answer, err := d.Receipts.Take(c.UserContext(), call)
	if err != nil {
		return err
	}
	if answer.Type != "" {
		c.Set(fiber.HeaderContentType, answer.Type)
	}
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return c.Status(answer.Status).Send(answer.Body)
}
