package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// trace begins the span of a request, under the same id as the log's line. It comes
// before anything looks at X-Forwarded-For: whose traceparent is believed is a question
// of the connection. Assets and looks at the health are asked for all the time and
// tell nothing.
func (r *Renderer) trace(c *fiber.Ctx) trace.Span {
	ctx := kyc.WithRequest(c.UserContext(), requestID(c))
	if r.Traces == nil || strings.HasPrefix(c.Path(), "/assets/") || strings.HasPrefix(c.Path(), "/healthz/") {
		c.SetUserContext(ctx)
		return trace.Span{}
	}
	var peer netip.Addr
	if p, err := netip.ParseAddrPort(c.Context().Conn().RemoteAddr().String()); err == nil {
		peer = p.Addr()
	}
	ctx, span := r.Traces.Request(ctx, peer, c.Get("traceparent"))
	c.SetUserContext(ctx)
	return span
}

// traced ends the span of a request that has been answered.
func (r *Renderer) traced(c *fiber.Ctx, span trace.Span, cause error) {
	if !span.Recording() {
		span.End(nil)
		return
	}
	route := c.Route().Path
	status := c.Response().StatusCode()
	span.Name(c.Method() + " " + route)
	span.Say(trace.Request(requestID(c)), trace.Method(c.Method()), trace.Route(route), trace.Status(status))
	if v := VisitOf(c); v != nil {
		span.Say(trace.Tenant(v.Tenant.ID))
	}
	span.Say(trace.Application(kyc.ApplicationID(c.Params("application"))))
	switch {
	case status >= fiber.StatusInternalServerError:
		span.Fail(codeOf(cause))
	case cause != nil:
		span.Say(trace.Outcome(codeOf(cause)))
	}
	span.End(nil)
}
