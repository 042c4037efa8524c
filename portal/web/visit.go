package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/locales"
)

// Visit is who a request concerns and in which language it is answered.
type Visit struct {
	Tenant  kyc.Tenant // zero on pages that belong to no tenant
	Locale  kyc.Locale
	Offered []kyc.Locale // languages of the switch
	Printer *locales.Printer

	secure bool // over TLS
}

// Initial is the letter of the tenant's mark.
func (v *Visit) Initial() string {
	for _, r := range v.Tenant.Name {
		return strings.ToUpper(string(r))
	}
	return ""
}

const (
	visitKey       = "paifang.visit"
	languageCookie = "pf_lang"
	keepLanguage   = 365 * 24 * time.Hour
)

// VisitOf is the visit of a request that went through Scope. It is never nil
// once the app was made with App.
func VisitOf(c *fiber.Ctx) *Visit {
	v, _ := c.Locals(visitKey).(*Visit)
	return v
}

// Scope is a handler that finds the tenant of the path (":tenant") and the
// language: "?lang=" (kept in a cookie), else the cookie, else what the browser
// asks for, among the tenant's languages.
func (r *Renderer) Scope(c *fiber.Ctx) error {
	id, err := kyc.ParseTenantID(c.Params("tenant"))
	if err != nil {
		return kyc.E(kyc.NotFound, "no such tenant")
	}
	t, err := r.Tenants.Tenant(c.UserContext(), id)
	if err != nil {
		return err
	}
	r.visit(c, t)
	return c.Next()
}

// Speak changes the language of a visit to one that is known otherwise, as a
// staff member's.
func (r *Renderer) Speak(c *fiber.Ctx, locale kyc.Locale) {
	v := VisitOf(c)
	if slices.Contains(r.Locales, locale) {
		v.Locale, v.Printer = locale, r.Printer(locale)
	}
}

// Keep remembers a language that is known otherwise for a visitor who has chosen
// none: an application goes on in its own language on another device.
func (r *Renderer) Keep(c *fiber.Ctx, locale kyc.Locale) {
	if r.siteCookie(c, languageCookie) == "" && slices.Contains(r.Locales, locale) {
		r.SetCookie(c, languageCookie, string(locale), wholeSite, keepLanguage)
	}
}

// visit begins a visit; the tenant may be zero.
func (r *Renderer) visit(c *fiber.Ctx, t kyc.Tenant) {
	v := &Visit{Tenant: t, Offered: r.offered(t), secure: r.Secure}
	asked := kyc.Locale(c.Query("lang"))
	kept := kyc.Locale(r.siteCookie(c, languageCookie))
	switch {
	case slices.Contains(v.Offered, asked):
		v.Locale = asked
		r.SetCookie(c, languageCookie, string(asked), wholeSite, keepLanguage)
	case slices.Contains(v.Offered, kept):
		v.Locale = kept
	default:
		v.Locale = locales.Match(c.Get(fiber.HeaderAcceptLanguage), v.Offered)
	}
	if !slices.Contains(v.Offered, v.Locale) {
		v.Locale = v.Offered[0]
	}
	v.Printer = r.Printer(v.Locale)
	c.Locals(visitKey, v)
}

// offered are the tenant's languages that are shipped.
func (r *Renderer) offered(t kyc.Tenant) []kyc.Locale {
	var offered []kyc.Locale
	for _, l := range t.Locales {
		if slices.Contains(r.Locales, l) {
			offered = append(offered, l)
		}
	}
	if len(offered) == 0 {
		return r.Locales
	}
	return offered
}
