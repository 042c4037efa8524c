package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

// Frame is what a layout gets: the visit and the page's own Data. Forms put
// {{template "csrf" $}} inside themselves.
type Frame struct {
	*Visit
	Data any
	area string
	c    *fiber.Ctx
	r    *Renderer
}

// Style and Script are the area's bundles.
func (f *Frame) Style() (string, error) { return f.r.assets.url(f.area + ".css") }

// Script is the path of the area's ES module.
func (f *Frame) Script() (string, error) { return f.r.assets.url(f.area + ".js") }

// Wrong tells whether the page shows errors.
func (f *Frame) Wrong() bool {
	w, ok := f.Data.(interface{ Wrong() bool })
	return ok && w.Wrong()
}

// CSRF is a token for the forms of this page. It sets the cookie that the
// token is bound to when the visitor has none, so that pages without forms
// set no cookie.
func (f *Frame) CSRF() (string, error) { return f.r.token(f.c) }

// Development tells whether this is a development server.
func (f *Frame) Development() bool { return f.r.Development }

// RequestID is what a person can quote to the support.
func (f *Frame) RequestID() string { return requestID(f.c) }

// Language is a language of the switch, under its own name.
type Language struct {
	Locale  kyc.Locale
	Name    string
	Href    string
	Current bool
}

// Languages lists what the tenant offers.
func (f *Frame) Languages() []Language {
	offered := f.Offered
	list := make([]Language, 0, len(offered))
	for _, l := range offered {
		list = append(list, Language{Locale: l, Name: f.r.Printer(l).Language(l),
			Href: "?lang=" + url.QueryEscape(string(l)), Current: l == f.Locale})
	}
	return list
}

// Brand is the path of the tenant's style sheet, "" without a tenant.
func (f *Frame) Brand() string {
	if f.Tenant.ID == "" || f.Tenant.Accent == "" {
		return ""
	}
	return "/t/" + string(f.Tenant.ID) + "/brand.css?v=" + url.QueryEscape(f.Tenant.Accent[1:])
}
