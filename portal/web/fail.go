package web

import (
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

// statuses maps the codes of the core to HTTP.
var statuses = map[kyc.Code]int{
	kyc.Invalid: fiber.StatusBadRequest, kyc.Unauthorized: fiber.StatusForbidden, kyc.Forbidden: fiber.StatusForbidden,
	kyc.NotFound: fiber.StatusNotFound, kyc.Conflict: fiber.StatusConflict, kyc.Gone: fiber.StatusGone,
	kyc.TooLarge: fiber.StatusRequestEntityTooLarge, kyc.Unsupported: fiber.StatusUnsupportedMediaType,
	kyc.Limited: fiber.StatusTooManyRequests, kyc.Unavailable: fiber.StatusServiceUnavailable,
}

// Failure is what an error page shows. Key is the family of its texts:
// web.failed.<Key>.title and .text.
type Failure struct {
	Status  int
	Key     string
	Message string // the error's own message key, "" for none
	Minutes int    // of a wait, rounded up; 0: none is known
	Back    string // where one can go on, "" for nowhere
}

// Wrong makes the title begin with "Error:".
func (Failure) Wrong() bool { return true }

// Fail answers an error with a page that says what to do.
func (r *Renderer) Fail(c *fiber.Ctx, err error) error {
	f := failure(err)
	f.Back = r.back(c)
	var e *kyc.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
		f.Minutes = int(math.Ceil(e.RetryAfter.Minutes()))
	} else if f.Status == fiber.StatusServiceUnavailable {
		c.Set(fiber.HeaderRetryAfter, "5")
	}
	if VisitOf(c) == nil {
		r.visit(c, kyc.Tenant{})
	}
	if tenant, parse := kyc.ParseTenantID(tenantOf(c.Path())); parse == nil && VisitOf(c).Tenant.ID == "" {
		if t, find := r.Tenants.Tenant(c.UserContext(), tenant); find == nil {
			r.visit(c, t) // the brand stays also where no route was found
		}
	}
	return r.Page(c, f.Status, r.areaOf(c)+"/failed", f)
}

// StatusOf is the HTTP status for an error of the core or of Fiber.
func StatusOf(err error) int {
	var e *kyc.Error
	var own *fiber.Error
	switch {
	case errors.As(err, &e):
		if status, ok := statuses[e.Code]; ok {
			return status
		}
	case errors.As(err, &own):
		return own.Code
	}
	return fiber.StatusInternalServerError
}

// errNameless is an address that ends before the name of a tenant.
var errNameless = kyc.E(kyc.NotFound, "the address names no tenant")

func failure(err error) Failure {
	f := Failure{Status: StatusOf(err), Key: "500"}
	if errors.Is(err, errNameless) {
		f.Key = "nameless"
		return f
	}
	switch f.Status {
	case 403, 404, 409, 410, 413, 415, 421, 429, 503:
		f.Key = strconv.Itoa(f.Status)
	case 400, 422:
		f.Key = "400"
	case 405:
		f.Status, f.Key = fiber.StatusNotFound, "404"
	}
	var e *kyc.Error
	if errors.As(err, &e) {
		f.Message = e.Key
	}
	return f
}

// back is the page of this site that the request came from, else the tenant's
// home: the pipeline has kept what was typed.
func (r *Renderer) back(c *fiber.Ctx) string {
	if c.Method() != fiber.MethodGet {
		if u, err := url.Parse(c.Get(fiber.HeaderReferer)); err == nil && u.Host == string(c.Context().Host()) && local(u.EscapedPath()) {
			return u.EscapedPath()
		}
	}
	return ""
}

// local tells whether a path leads nowhere but to this site: "//name/" and "/\\name/"
// are other sites to a browser.
func local(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.ContainsAny(path, "\\\r\n\t")
}

// tenantOf reads the tenant out of "/t/<tenant>/…" or "/admin/<tenant>/…".
func tenantOf(path string) string {
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 3)
	if len(parts) > 1 && (parts[0] == "t" || parts[0] == "admin") {
		return parts[1]
	}
	return ""
}

// areaOf is the door of a path, for the layout of its error pages.
func (r *Renderer) areaOf(c *fiber.Ctx) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Path(), "/"), "/")
	v := VisitOf(c)
	if _, ok := r.pages[v.Locale][first+"/failed"]; ok {
		return first
	}
	return "apply"
}
