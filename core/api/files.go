package api

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// uploadHandler streams a file into the pipeline, which bounds it.
func (d *Door) uploadHandler() handler {
	h := call(d, 200, d.read) // for the answer's type
	h.raw = true
	h.serve = func(c *fiber.Ctx, who caller) error {
		a, err := d.answer(d.Service.Upload(c.UserContext(), who.ref(c.Params("application")), c.Params("requirement"), c.Params("side"), bodyOf(c)))
		var short *shortfall
		if errors.As(err, &short) {
			return d.fellShort(c, *short)
		}
		if err != nil {
			return err
		}
		return c.JSON(a)
	}
	return h
}

// fileHandler gives the applicant their own file back, as a rendition that was
// drawn by us and cannot be anything but an image.
func (d *Door) fileHandler() handler {
	return handler{status: 200, files: []string{"image/jpeg"}, serve: func(c *fiber.Ctx, who caller) error {
		file, mediaType, err := d.Service.File(c.UserContext(), who.ref(c.Params("application")), c.Params("requirement"), c.Params("side"))
		if err != nil {
			return err
		}
		defer file.Close()
		data, err := io.ReadAll(file)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, mediaType)
		c.Set(fiber.HeaderContentDisposition, "attachment; filename=document.jpg")
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderContentLength, strconv.Itoa(len(data)))
		return c.Send(data)
	}}
}

// bodyOf is a request's body as a stream, or what has been read of it when it is small.
func bodyOf(c *fiber.Ctx) io.Reader {
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
