package web

import (
	"bytes"
	"errors"
	"io"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

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
		return tooLarge
	}
	c.Request().SetBody(body.Bytes())
	return nil
}

// maxDrain bounds what is read of a body that nobody wants, in bytes.
const maxDrain = 32 << 20

// drain reads what handlers left of a body. Else the browser could not read the
// answer while it still sends, and the rest would be taken for the next request
// of the connection. A body that does not end within bounds ends the connection.
func drain(c *fiber.Ctx) {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return
	}
	if _, err := io.CopyN(io.Discard, stream, maxDrain); !errors.Is(err, io.EOF) {
		c.Context().SetConnectionClose()
	}
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

// Body is a request's body as a stream, or what has been read of it when it is small.
func Body(c *fiber.Ctx) io.Reader {
	if stream := c.Context().RequestBodyStream(); stream != nil {
		return &streamed{of: c.Request(), from: stream}
	}
	return bytes.NewReader(c.Request().Body())
}

// streamed ends once: one that is sent in chunks would wait for more when it is asked
// after its end, by us or by who reads what we left.
type streamed struct {
	of   *fasthttp.Request
	from io.Reader // nil after the end
}

func (s *streamed) Read(p []byte) (int, error) {
	if s.from == nil {
		return 0, io.EOF
	}
	n, err := s.from.Read(p)
	if errors.Is(err, io.EOF) {
		s.from = nil
		s.of.ResetBody()
	}
	return n, err
}
