package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// App makes the Fiber app of all doors: strings are copied, bodies are streamed
// (every handler bounds its own), headers and log are set, assets are served.
// An answer may take as long as its reader makes progress where it is served through
// an Entrance, writeFor otherwise. Errors under one of the paths of api are answered by that door's own handler.
func (r *Renderer) App(api map[string]fiber.ErrorHandler) *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable:                    true, // fasthttp reuses its buffers
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    64 << 10, // what is read before the handler runs
		ReadTimeout:                  2 * time.Minute,
		WriteTimeout:                 writeFor,
		IdleTimeout:                  2 * time.Minute,
		DisableStartupMessage:        true,
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			for prefix, handle := range api {
				if strings.HasPrefix(c.Path(), prefix) {
					return handle(c, err)
				}
			}
			return r.Fail(c, err)
		},
	})
	app.Use(r.Access, r.Headers, r.knownHost, func(c *fiber.Ctx) error {
		r.visit(c, kyc.Tenant{})
		return c.Next()
	})
	app.Get("/assets/:file", r.assets.serve)
	app.Get("/favicon.ico", func(c *fiber.Ctx) error { return c.Redirect(r.favicon(), fiber.StatusMovedPermanently) })
	for _, door := range []string{"/t", "/admin"} {
		app.Get(door, func(*fiber.Ctx) error { return errNameless })
	}
	app.Get("/t/:tenant/brand.css", r.Scope, r.brand)
	return app
}

func (r *Renderer) favicon() string { return "/assets/" + r.assets.names["mark.svg"] }

// Mount adds a door's routes. Guard of a route's permission is the door's own:
// may is asked before every handler, after the tenant was found.
func (r *Renderer) Mount(app fiber.Router, routes []policies.Route[fiber.Handler], may func(policies.Route[fiber.Handler]) fiber.Handler) {
	for _, route := range routes {
		handlers := []fiber.Handler{}
		if strings.Contains(route.Path, ":tenant") {
			handlers = append(handlers, r.Scope)
		}
		if may != nil {
			handlers = append(handlers, may(route))
		}
		handlers = append(handlers, route.Handle)
		app.Add(route.Method, route.Path, handlers...)
		if route.Method == fiber.MethodGet {
			// Whoever looks whether an address is good, as mail scanners do, is told the same.
			app.Add(fiber.MethodHead, route.Path, handlers...)
		}
	}
}
