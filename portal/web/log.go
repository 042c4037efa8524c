package web

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

const requestKey = "paifang.request"

// stackDepth bounds the places logged of a panic.
const stackDepth = 16

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
	span := r.trace(c)
	start := r.Clock()
	cause := r.safely(c)
	if cause != nil {
		if err := c.App().ErrorHandler(c, cause); err != nil {
			_ = c.SendStatus(fiber.StatusInternalServerError)
		}
	}
	drain(c)
	traced := trace.IDOf(c.UserContext())
	r.traced(c, span, cause)
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
		attrs = append(attrs, slog.String("code", codeOf(cause)))
	}
	if traced != "" {
		attrs = append(attrs, slog.String("trace", traced))
	}
	if status >= 500 {
		level = slog.LevelError
	}
	if status >= 500 && cause != nil {
		attrs = append(attrs, slog.String("error", told(cause)))
	}
	r.Log.LogAttrs(c.UserContext(), level, "request", attrs...)
	return nil
}

// isID tells whether a path names something by an id of ours; what else is put
// there can be anything and is not logged.
func isID(s string) bool { return len(s) == 36 && strings.Trim(s, "0123456789abcdef-") == "" }

// codeOf is the code of an error; what the router refuses is nobody's fault here.
func codeOf(cause error) string {
	var routed *fiber.Error
	if errors.As(cause, &routed) && routed.Code < fiber.StatusInternalServerError {
		return "refused"
	}
	return string(kyc.CodeOf(cause))
}

// told is what the log may hold of an error: of our own errors code and detail,
// of others only the type, since their text can quote what somebody typed.
func told(err error) string {
	var inner []error
	text := fmt.Sprintf("%T", err)
	switch e := err.(type) { //nolint:errorlint // the chain is walked here, link by link
	case *kyc.Error:
		text, inner = string(e.Code)+": "+e.Detail, []error{e.Err}
	case *fiber.Error:
		text += " " + strconv.Itoa(e.Code)
	case interface{ Unwrap() []error }:
		inner = e.Unwrap()
	case interface{ Unwrap() error }:
		inner = []error{e.Unwrap()}
	}
	for _, e := range inner {
		if e != nil {
			text += ": " + told(e)
		}
	}
	return text
}

// safely turns a panic of a handler into an error. The value of the panic may
// be anything and is not logged.
func (r *Renderer) safely(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("panic", "request", requestID(c), "type", fmt.Sprintf("%T", p), "stack", stack())
			err = kyc.E(kyc.Internal, "panic")
		}
	}()
	return c.Next()
}

// stack lists the functions and lines that led to a panic, innermost first,
// without their arguments.
func stack() []string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var places []string
	for more := true; more && len(places) < stackDepth; {
		var f runtime.Frame
		f, more = frames.Next()
		if f.Function == "runtime.gopanic" {
			places = nil // what came after it is the recovery
			continue
		}
		places = append(places, f.Function+":"+strconv.Itoa(f.Line))
	}
	return places
}
