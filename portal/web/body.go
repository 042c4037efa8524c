package web

import (
	"bytes"
	"io"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

// MaxForm bounds the body of a form without files, in bytes.
const MaxForm = 256 << 10

// BoundBody reads the body into memory if it is not larger than limit. Bodies are
// streamed (App), so that nothing else bounds them.
func BoundBody(c *fiber.Ctx, limit int) error {
	tooLarge := kyc.EKey(kyc.TooLarge, "web.too_large", "body is larger than %d bytes", limit)
	stream := c.Context().RequestBodyStream()
	if c.Request().Header.ContentLength() > limit {
		Drain(c)
		return tooLarge
	}
	if stream == nil {
		if len(c.Request().Body()) > limit {
			return tooLarge
		}
		return nil
	}
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(stream, int64(limit)+1))
	if err != nil {
		return kyc.Wrap(kyc.Invalid, err, "body could not be read")
	}
	if n > int64(limit) {
		Drain(c)
		return tooLarge
	}
	c.Request().SetBody(body.Bytes())
	return nil
}

// maxDrain bounds what is read of a refused body, in bytes.
const maxDrain = 16 << 20

// Drain reads the rest of a body that nobody wants, within bounds, so that the
// browser stops sending and shows the answer; then the connection is closed.
func Drain(c *fiber.Ctx) {
	if stream := c.Context().RequestBodyStream(); stream != nil {
		_, _ = io.CopyN(io.Discard, stream, maxDrain) // the connection ends anyway
	}
	c.Context().SetConnectionClose()
}

// Bound is a handler for doors of their own that bounds bodies to limit bytes.
func Bound(limit int) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := BoundBody(c, limit); err != nil {
			return err
		}
		return c.Next()
	}
}
