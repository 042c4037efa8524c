package api_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

// TestDescription: the OpenAPI document is whole: every route that is mounted is
// described, with its parameters, security and problems, and every reference
// leads somewhere.
func TestDescription(t *testing.T) {
	app, _ := newDoor(t)
	doc := description(t, app)
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1") {
		t.Errorf("version %q", v)
	}
	paths, _ := doc["paths"].(map[string]any)
	described, ids := 0, map[string]bool{}
	for _, r := range app.GetRoutes(true) {
		if r.Method == fiber.MethodHead || strings.HasPrefix(r.Path, "/healthz") || strings.HasPrefix(r.Path, "/receipts/") || strings.HasSuffix(r.Path, "openapi.json") {
			continue
		}
		path, names := r.Path, r.Params
		for _, name := range names {
			path = strings.Replace(path, ":"+name, "{"+name+"}", 1)
		}
		methods, _ := paths[path].(map[string]any)
		op, ok := methods[strings.ToLower(r.Method)].(map[string]any)
		if !ok {
			t.Errorf("%s %s is not described", r.Method, path)
			continue
		}
		described++
		operation(t, r.Method+" "+path, op, names)
		id, _ := op["operationId"].(string)
		if ids[id] {
			t.Errorf("two operations are %q", id)
		}
		ids[id] = true
	}
	count := 0
	for _, methods := range paths {
		count += len(methods.(map[string]any))
	}
	if described != count || count == 0 {
		t.Errorf("%d operations are described, %d are mounted", count, described)
	}
	if refs := references(t, doc, doc); refs < 20 {
		t.Errorf("only %d references", refs)
	}
}

func description(t *testing.T, app *fiber.App) map[string]any {
	t.Helper()
	req := httptest.NewRequest("GET", "/api/v1/openapi.json", nil)
	req.Host = "elsewhere.example"
	resp, err := app.Test(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "elsewhere") {
		t.Error("the description repeats the Host header")
	}
	return doc
}

func operation(t *testing.T, name string, op map[string]any, names []string) {
	t.Helper()
	for _, key := range []string{"operationId", "summary", "security", "responses"} {
		if op[key] == nil {
			t.Errorf("%s has no %s", name, key)
		}
	}
	inPath := 0
	list, _ := op["parameters"].([]any)
	for _, p := range list {
		if p.(map[string]any)["in"] == "path" {
			inPath++
		}
	}
	if inPath != len(names) {
		t.Errorf("%s describes %d of %d parameters", name, inPath, len(names))
	}
	responses, _ := op["responses"].(map[string]any)
	fallback, _ := responses["default"].(map[string]any)
	content, _ := fallback["content"].(map[string]any)
	if content["application/problem+json"] == nil || len(responses) < 2 {
		t.Errorf("%s describes the answers %v", name, responses)
	}
}

// references follows every $ref below v and counts them.
func references(t *testing.T, doc map[string]any, v any) int {
	t.Helper()
	n := 0
	switch x := v.(type) {
	case []any:
		for _, item := range x {
			n += references(t, doc, item)
		}
	case map[string]any:
		for key, item := range x {
			ref, isText := item.(string)
			if key != "$ref" || !isText {
				n += references(t, doc, item)
				continue
			}
			n++
			var at any = doc
			for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
				m, _ := at.(map[string]any)
				at = m[part]
			}
			if at == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
	}
	return n
}
