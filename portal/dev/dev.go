package dev

import (
	"context"
	"crypto/ed25519"
	"embed"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

//go:embed all:pages assets
var embedded embed.FS

// Area is the pages and assets, for web.New.
func Area() web.Area {
	pages, _ := fs.Sub(embedded, "pages") // a sub-folder of an embedded tree is always there
	assets, _ := fs.Sub(embedded, "assets")
	return web.Area{Name: "dev", Pages: pages, Assets: assets, Styles: []string{"dev.css"}}
}

// Human tells the digits of an image test; *contact.Human does.
type Human interface {
	AnswerFor(ctx context.Context, tenant kyc.TenantID, id string, now time.Time) (string, error)
}

// Config is everything the pages need.
type Config struct {
	Pages    *web.Renderer
	Mailbox  string // folder of the sandbox mailbox
	Human    Human
	Signer   ed25519.PrivateKey // of the demo marketplace
	KeyID    string
	Issuer   string
	Audience func(kyc.TenantID) string
	Tenant   kyc.TenantID            // whose marketplace it is
	Keys     map[kyc.TenantID]string // tenants of the demo and their publishable keys
	Random   io.Reader
	Clock    kyc.Clock
}

// Door is the development pages.
type Door struct {
	Config
	keys keys
}

// New makes the door.
func New(c Config) *Door { return &Door{Config: c} }

// Routes is the whole door.
func (d *Door) Routes() []policies.Route[fiber.Handler] {
	return []policies.Route[fiber.Handler]{
		{Method: "GET", Path: "/", Needs: policies.Public, Handle: d.index},
		{Method: "GET", Path: "/dev", Needs: policies.Public, Handle: d.index},
		{Method: "GET", Path: "/dev/messages", Needs: policies.Public, Handle: d.messages},
		{Method: "GET", Path: "/dev/marketplace", Needs: policies.Public, Handle: d.marketplace},
		{Method: "POST", Path: "/dev/marketplace", Needs: policies.Public, Handle: d.vouch},
		{Method: "GET", Path: "/dev/authenticator", Needs: policies.Public, Handle: d.authenticator},
		{Method: "POST", Path: "/dev/authenticator", Needs: policies.Public, Handle: d.Pages.Safe(d.addKey)},
		{Method: "GET", Path: "/dev/human/:id", Needs: policies.Public, Handle: d.human},
	}
}

// Mount adds the door to the app.
func (d *Door) Mount(app fiber.Router) { d.Pages.Mount(app, d.Routes(), nil) }

// place is a tenant of the demo.
type place struct {
	kyc.Tenant
	Key string
}

// index answers GET /: where to begin.
func (d *Door) index(c *fiber.Ctx) error {
	var places []place
	for id, key := range d.Keys {
		t, err := d.Pages.Tenants.Tenant(c.UserContext(), id)
		if err != nil {
			return err
		}
		places = append(places, place{Tenant: t, Key: key})
	}
	slices.SortFunc(places, func(a, b place) int { return int(a.Created - b.Created) })
	return d.Pages.Page(c, fiber.StatusOK, "dev/index", places)
}

// human answers GET /dev/human/:id?tenant= with the digits of an image test.
func (d *Door) human(c *fiber.Ctx) error {
	t := d.Tenant
	if asked := c.Query("tenant"); asked != "" {
		t = kyc.TenantID(asked)
	}
	answer, err := d.Human.AnswerFor(c.UserContext(), t, c.Params("id"), d.Clock())
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"digits": answer})
}

// wantsJSON tells whether a program asks.
func wantsJSON(c *fiber.Ctx) bool {
	return c.Query("format") == "json" || c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON
}
