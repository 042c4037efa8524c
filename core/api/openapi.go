package api

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Version of the API; its major part is in the paths.
const Version = "1.0.0"

var parameter = regexp.MustCompile(`:(\w+)`)

const introduction = `A client starts an application with an API key and goes on with the holder token of the answer.
Every answer says in "next" what can be done now: "actions" are the requests, "fields" the values to submit.
A form is answered by submitting its step; a challenge by its code; a documents step by uploading every side and then
submitting the step without values; "wait" by reading the application again. Problems are RFC 9457 details.

Staff of a tenant sign in with login and password and review with the staff token of the answer, below /tenants/{tenant}.
They claim a case, read it, decide it with its "evidence" and "version", and choose among the reasons that its "offers" name.`

// describe makes the OpenAPI 3.1 description from the table and the Go types.
func (d *Door) describe() ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	doc := &huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: "Paifang", Version: Version, Description: introduction},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"apiKey":  {Type: "http", Scheme: "bearer", Description: "An API key of the tenant (pk_… or sk_…)"},
			"holder":  {Type: "http", Scheme: "bearer", Description: "The holder_token that starting an application answered"},
			"staff":   {Type: "http", Scheme: "bearer", Description: "The staff_token that signing a member of staff in answered (dt.…)"},
			"session": {Type: "http", Scheme: "bearer", Description: "The session_token that signing in answered"},
		}}}
	for _, r := range d.routes {
		if r.public {
			doc.AddOperation(operation(r, registry))
		}
	}
	return json.Marshal(doc)
}

func operation(r route, registry huma.Registry) *huma.Operation {
	op := &huma.Operation{OperationID: r.id, Summary: r.summary, Method: r.Method,
		Path: parameter.ReplaceAllString(r.Path, "{$1}"), Security: security(r.Needs), Responses: map[string]*huma.Response{}}
	for _, m := range parameter.FindAllStringSubmatch(r.Path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: m[1], In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	for i := range r.params {
		op.Parameters = append(op.Parameters, &r.params[i])
	}
	op.RequestBody = requestBody(r.Handle, registry)
	op.Responses[strconv.Itoa(r.Handle.status)] = response(r.Handle, registry)
	op.Responses["default"] = &huma.Response{Description: "Problem", Content: map[string]*huma.MediaType{
		problemType: {Schema: registry.Schema(reflect.TypeFor[Problem](), true, "")}}}
	return op
}

func requestBody(h handler, registry huma.Registry) *huma.RequestBody {
	switch {
	case h.raw:
		content := map[string]*huma.MediaType{}
		for _, t := range []string{"image/jpeg", "image/png", "image/webp"} {
			content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
		return &huma.RequestBody{Required: true, Content: content, Description: "At most " + strconv.Itoa(kyc.MaxDocumentBytes) + " bytes"}
	case h.request == nil:
		return nil
	case h.form:
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			fiber.MIMEMultipartForm: {Schema: registry.Schema(h.request, true, "")}}}
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		fiber.MIMEApplicationJSON: {Schema: registry.Schema(h.request, true, "")}}}
}

func response(h handler, registry huma.Registry) *huma.Response {
	switch {
	case h.response == nil:
		content := map[string]*huma.MediaType{}
		for _, t := range h.files {
			content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
		return &huma.Response{Description: "The file", Content: content}
	case h.response == reflect.TypeFor[none]():
		return &huma.Response{Description: "Done"}
	}
	return &huma.Response{Description: "Done", Content: map[string]*huma.MediaType{
		fiber.MIMEApplicationJSON: {Schema: registry.Schema(h.response, true, "")}}}
}

func security(needs policies.Permission) []map[string][]string {
	names := map[policies.Permission]string{policies.Key: "apiKey", policies.Holder: "holder", policies.Account: "session", keyOrHolder: "apiKey holder"}
	switch {
	case needs == policies.Public:
		return []map[string][]string{{}} // nothing is needed
	case staffed(needs):
		return []map[string][]string{{"staff": {string(needs)}}} // the permission that their role must have
	}
	var out []map[string][]string
	for _, name := range strings.Fields(names[needs]) {
		out = append(out, map[string][]string{name: {}})
	}
	return out
}

func (d *Door) openapi(c *fiber.Ctx, _ caller) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(d.description)
}
