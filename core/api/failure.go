package api

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/locales"
)

// Problem is an RFC 9457 problem detail. Code is stable; Detail is a sentence in
// the person's language; Errors name what fell short.
type Problem struct {
	Type    string       `json:"type" doc:"URI reference that identifies the code" example:"/problems/validation"`
	Title   string       `json:"title" doc:"The kind of problem, in the person's language"`
	Status  int          `json:"status"`
	Code    string       `json:"code" doc:"Stable code" example:"validation"`
	Detail  string       `json:"detail" doc:"What happened and what to do, in the person's language"`
	Retry   int          `json:"retry_after,omitempty" doc:"Seconds after which to try again"`
	Version int64        `json:"version,omitempty" doc:"Of the application as it stands now; send it with the corrected step"`
	Errors  []FieldError `json:"errors,omitempty"`

	Number  int64         `json:"number,omitempty" doc:"Of a market's offer as it stands now, for 409"`
	Changes []OfferChange `json:"changes,omitempty" doc:"What others have changed since the version that was sent, for 409"`
}

// FieldError is one thing that fell short.
type FieldError struct {
	Path   string            `json:"path" doc:"Name of the field, or requirement.side of a document; empty for the whole step"`
	Code   string            `json:"code" doc:"Stable code" example:"field.required"`
	Detail string            `json:"detail" doc:"In the person's language"`
	Params map[string]string `json:"params,omitempty"`
}

const problemType = "application/problem+json"

var statuses = map[kyc.Code]int{
	kyc.Invalid: 400, kyc.Unauthorized: 401, kyc.Forbidden: 403, kyc.NotFound: 404, kyc.Conflict: 409,
	kyc.Gone: 410, kyc.TooLarge: 413, kyc.Unsupported: 415, kyc.Limited: 429, kyc.Unavailable: 503,
}

// Fail answers an error under /api and /healthz; it is the door's error handler.
func (d *Door) Fail(c *fiber.Ctx, err error) error {
	p := d.Printer(d.language(c))
	c.Set(fiber.HeaderContentLanguage, p.Lang())
	out := Problem{Status: 500, Code: string(kyc.Internal)}
	key := ""
	var e *kyc.Error
	var own *fiber.Error
	switch {
	case errors.As(err, &e):
		if status, known := statuses[e.Code]; known {
			out.Status, out.Code, key = status, string(e.Code), e.Key
		}
		if e.RetryAfter > 0 {
			out.Retry = int(math.Ceil(e.RetryAfter.Seconds()))
		}
	case errors.As(err, &own):
		out.Status, out.Code = own.Code, codeOf(own.Code)
	}
	var stale *offer.Stale
	if errors.As(err, &stale) {
		out.Number, out.Changes = stale.Number, offerChanges(stale.Changes)
	}
	if out.Status == 503 && out.Retry == 0 {
		out.Retry = 5
	}
	if key == "" || !p.Has(key) {
		key = "error." + out.Code
	} else {
		out.Code = strings.TrimPrefix(strings.TrimPrefix(key, "error."), "problem.")
	}
	out.Title, out.Detail = p.T("error."+codeOf(out.Status)), p.T(key, "min", tenant.MinPassword, "max", credential.MaxSecret)
	return send(c, out)
}

func codeOf(status int) string {
	for code, s := range statuses {
		if s == status {
			return string(code)
		}
	}
	switch status {
	case fiber.StatusMethodNotAllowed:
		return "method"
	case fiber.StatusMisdirectedRequest:
		return "misdirected"
	case fiber.StatusRequestTimeout, fiber.StatusUnprocessableEntity:
		return string(kyc.Invalid)
	}
	return string(kyc.Internal)
}

// fellShort is the answer to input that fell short: 422 with each field.
func (d *Door) fellShort(c *fiber.Ctx, short shortfall) error {
	p := d.Printer(short.locale)
	c.Set(fiber.HeaderContentLanguage, p.Lang())
	out := Problem{Status: 422, Code: "validation", Title: p.T("error.validation"), Detail: p.T("error.validation_detail"), Version: short.version, Errors: short.told}
	for _, x := range short.problems {
		out.Errors = append(out.Errors, FieldError{Path: x.Path, Code: x.Code, Detail: sentence(p, x), Params: x.Params})
	}
	return send(c, out)
}

// sentence is a problem in words.
func sentence(p *locales.Printer, x kyc.Problem) string {
	return p.T("problem."+x.Code, pairs(x.Params)...)
}

func pairs(params map[string]string) []any {
	var args []any
	for k, v := range params {
		args = append(args, k, v)
	}
	return args
}

func send(c *fiber.Ctx, p Problem) error {
	p.Type = "/problems/" + p.Code
	if p.Retry > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.Retry))
	}
	if p.Status == 401 {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	c.Status(p.Status)
	return c.JSON(p, problemType)
}

// spoken is where a request keeps the language of who makes it, where that is known.
const spoken = "paifang.spoken"

func (d *Door) language(c *fiber.Ctx) kyc.Locale {
	if l, ok := c.Locals(spoken).(kyc.Locale); ok {
		return l
	}
	return locales.Match(c.Get(fiber.HeaderAcceptLanguage), d.Locales)
}
