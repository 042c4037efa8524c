package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

// maxBody bounds a JSON body, in bytes.
const maxBody = 1 << 20

// handler is a route's implementation and what the description tells of it.
type handler struct {
	serve    func(c *fiber.Ctx, who caller) error
	request  reflect.Type // JSON body; nil for none
	response reflect.Type // JSON answer; nil for none
	raw      bool         // the body is a file
	form     bool         // the request is a form with files
	files    []string     // media types of an answer that is a file
	status   int
}

// call makes a handler of a function: the body is bounded, checked against its
// schema and decoded before the function sees it.
func call[In, Out any](d *Door, status int, f func(c *fiber.Ctx, who caller, in In) (Out, error)) handler {
	h := handler{status: status, response: reflect.TypeFor[Out]()}
	if t := reflect.TypeFor[In](); t != reflect.TypeFor[none]() {
		h.request = t
	}
	var check func(any) []kyc.Problem
	if h.request != nil {
		check = schemaCheck(h.request)
	}
	h.serve = func(c *fiber.Ctx, who caller) error {
		var in In
		if check != nil {
			problems, err := decode(c, &in, check)
			if err != nil {
				return err
			}
			if len(problems) > 0 {
				return d.fellShort(c, shortfall{problems: problems, locale: who.locale})
			}
		}
		out, err := f(c, who, in)
		var short *shortfall
		if errors.As(err, &short) {
			return d.fellShort(c, *short)
		}
		if err != nil {
			return err
		}
		if s, ok := any(out).(interface{ spoken() string }); ok {
			c.Set(fiber.HeaderContentLanguage, s.spoken())
		}
		if h.response == reflect.TypeFor[none]() {
			return c.SendStatus(status)
		}
		return c.Status(status).JSON(out)
	}
	return h
}

// none is the body of a route that takes or answers nothing.
type none struct{}

// shortfall is an answer that fell short, on its way to the door's error form.
type shortfall struct {
	problems []kyc.Problem
	locale   kyc.Locale
	version  int64        // of the application; 0: it is not about one
	told     []FieldError // in words already
}

func (*shortfall) Error() string { return "the answer fell short" }

// decode reads a JSON body. Problems name what does not fit the schema; an error
// is a body that is no JSON text at all.
func decode(c *fiber.Ctx, into any, check func(any) []kyc.Problem) ([]kyc.Problem, error) {
	if t := strings.ToLower(strings.TrimSpace(strings.Split(c.Get(fiber.HeaderContentType), ";")[0])); t != fiber.MIMEApplicationJSON {
		return nil, kyc.EKey(kyc.Unsupported, "error.json_type", "content type is not application/json")
	}
	body, err := readBody(c, maxBody)
	if err != nil {
		return nil, err
	}
	return parse(body, into, check)
}

// parse is decode of a body that has been read.
func parse(body []byte, into any, check func(any) []kyc.Problem) ([]kyc.Problem, error) {
	if !utf8.Valid(body) {
		return nil, kyc.EKey(kyc.Invalid, "error.unicode", "body is not UTF-8")
	}
	var any any
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&any); err != nil || dec.More() {
		return nil, kyc.EKey(kyc.Invalid, "error.json", "body is not one JSON value")
	}
	if problems := check(any); len(problems) > 0 {
		return problems, nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		var mistyped *json.UnmarshalTypeError
		if errors.As(err, &mistyped) {
			return []kyc.Problem{kyc.P(mistyped.Field, "field.type")}, nil
		}
		return nil, kyc.EKey(kyc.Invalid, "error.json", "body does not decode")
	}
	return nil, nil
}

// readBody reads a body of at most limit bytes.
func readBody(c *fiber.Ctx, limit int) ([]byte, error) {
	tooLarge := kyc.EKey(kyc.TooLarge, "error.too_large", "body is larger than %d bytes", limit)
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		if len(c.Request().Body()) > limit {
			return nil, tooLarge
		}
		return c.Request().Body(), nil
	}
	if c.Request().Header.ContentLength() > limit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(stream, int64(limit)+1))
	if err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "body could not be read")
	}
	if len(body) > limit {
		return nil, tooLarge
	}
	return body, nil
}

// schemaCheck checks decoded JSON against the schema of a Go type. Messages of
// the validator are not passed on: they repeat what was sent.
func schemaCheck(t reflect.Type) func(any) []kyc.Problem {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schema := registry.Schema(t, true, "")
	return func(v any) []kyc.Problem {
		path, res := huma.NewPathBuffer([]byte{}, 0), &huma.ValidateResult{}
		huma.Validate(registry, schema, path, huma.ModeWriteToServer, v, res)
		var problems []kyc.Problem
		for _, err := range res.Errors {
			where, code := "", "field.type"
			var detail *huma.ErrorDetail
			if errors.As(err, &detail) {
				where = indexes.Replace(strings.TrimPrefix(detail.Location, "body."))
				if detail.Message == validation.MsgUnexpectedProperty {
					code = "field.unknown"
				}
			}
			problems = append(problems, kyc.P(printable(where), code))
			if len(problems) == 20 {
				break
			}
		}
		return problems
	}
}

// indexes turns a place in a list ("consents[0].title") into the form of all
// paths of ours ("consents.0.title").
var indexes = strings.NewReplacer("[", ".", "]", "")

// fieldName is what names of fields and properties look like.
var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

// printable is the path if it may be the name of something: what else a caller
// made up is not repeated, for it can be anybody's data.
func printable(path string) string {
	if len(path) > 80 || !fieldName.MatchString(path) {
		return ""
	}
	return path
}
