package web

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

const requestKey = "paifang.request"

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestKey).(string)
	return id
}

// Access is a handler that gives every request an id and writes one line about
// it: route pattern, status and duration, tenant and application; never a
// query, a body, an address or a person. It answers errors and panics itself,
// so that the line has the status that was sent.
func (r *Renderer) Access(c *fiber.Ctx) error {
	raw := make([]byte, 8)
	if _, err := io.ReadFull(r.Random, raw); err != nil {
		return err
	}
	c.Locals(requestKey, hex.EncodeToString(raw))
	c.Set(fiber.HeaderXRequestID, requestID(c))
	start := r.Clock()
	cause := r.safely(c)
	if cause != nil {
		if err := c.App().ErrorHandler(c, cause); err != nil {
			_ = c.SendStatus(fiber.StatusInternalServerError)
		}
	}
	drain(c)
	status := c.Response().StatusCode()
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("request", requestID(c)), slog.String("method", c.Method()),
		slog.String("route", c.Route().Path), slog.Int("status", status),
		slog.Int64("duration_us", r.Clock().Sub(start).Microseconds())}
	if v := VisitOf(c); v != nil && v.Tenant.ID != "" {
		attrs = append(attrs, slog.String("tenant", string(v.Tenant.ID)))
	}
	if id := c.Params("application"); isID(id) {
		attrs = append(attrs, slog.String("application", id))
	}
	if cause != nil {
		attrs = append(attrs, slog.String("code", string(kyc.CodeOf(cause))))
	}
	if status >= 500 {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", cause.Error()))
	}
	r.Log.LogAttrs(c.UserContext(), level, "request", attrs...)
	return nil
}

// isID tells whether a path names something by an id of ours; what else is put
// there can be anything and is not logged.
func isID(s string) bool { return len(s) == 36 && strings.Trim(s, "0123456789abcdef-") == "" }

// safely turns a panic of a handler into an error.
func (r *Renderer) safely(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("panic", "request", requestID(c), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = kyc.E(kyc.Internal, "panic")
		}
	}()
	return c.Next()
}
