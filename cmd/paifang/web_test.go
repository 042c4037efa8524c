package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/portal/dev"
)

// secureGateway is a gateway that people reach at https://id.example, with the
// demo's tenants and all its doors.
func secureGateway(t *testing.T) *gateway {
	t.Helper()
	data := t.TempDir()
	signer, err := demoSigner(data + "/signer")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	g, err := open(ctx, options{
		Serving: Serving{Storage: Storage{Data: data, cost: noCost()}, Listen: "127.0.0.1:" + freePort(t), BaseURL: "https://id.example",
			Providers: builtProviders(t)},
		limits: demoLimits(), starts: 1 << 30, development: &dev.Config{Mailbox: t.TempDir(), Tenant: demoTenant},
		furnish: func(h *house) error {
			_, err := seed(ctx, h, signer)
			return err
		},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = g.door.Close()
		if err := g.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return g
}

// everyRoute is a request for each route of each door, with parameters that are
// of the right form; HEAD goes with GET.
func (g *gateway) everyRoute() []*http.Request {
	var list []*http.Request
	for _, route := range g.app.GetRoutes(true) {
		if route.Method == fiber.MethodHead {
			continue
		}
		list = append(list, ask(route.Method, filled(route.Path, "x"), ""))
	}
	return list
}

// ask is a request of a browser, with a form unless it is empty.
func ask(method, target, form string) *http.Request {
	req := httptest.NewRequest(method, target, strings.NewReader(form))
	req.Host = "id.example"
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// filled puts the demo's tenant, and a value for all else, into a pattern.
func filled(pattern, value string) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		switch {
		case p == ":tenant":
			parts[i] = string(demoTenant)
		case strings.HasPrefix(p, ":"):
			parts[i] = value
		}
	}
	return strings.Join(parts, "/")
}

func (g *gateway) answer(t *testing.T, req *http.Request) *http.Response {
	t.Helper()
	res, err := g.app.Test(req, -1)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res
}

// public are the answers that a cache may keep: they are the same for everybody.
var public = []string{"/assets/", "/favicon.ico", "/brand.css", "/api/v1/openapi.json"}

// Every route of every door, whatever it answers, says what a browser may do with
// it, and its cookies belong to this host and to TLS.
func TestTheWebOfEveryRoute(t *testing.T) {
	g := secureGateway(t)
	requests := g.everyRoute()
	if len(requests) < 90 {
		t.Fatalf("only %d routes", len(requests))
	}
	t.Logf("%d routes", len(requests))
	for _, req := range append(requests, ask("GET", "/none", "")) {
		res := g.answer(t, req)
		guarded(t, req, res)
	}
	foreignNames(t, g)
	injected(t, g)
	ledAway(t, g)
}

// guarded wants the headers of one answer.
func guarded(t *testing.T, req *http.Request, res *http.Response) {
	t.Helper()
	what := req.Method + " " + req.URL.Path
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Permitted-Cross-Domain-Policies": "none"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%s: the policy is %q", what, policy)
	}
	if !strings.Contains(res.Header.Get("Permissions-Policy"), "microphone=()") {
		t.Errorf("%s: permissions are %q", what, res.Header.Get("Permissions-Policy"))
	}
	anybodys := slices.ContainsFunc(public, func(p string) bool { return strings.Contains(req.URL.Path, p) })
	if kept := res.Header.Get("Cache-Control"); !anybodys && !strings.Contains(kept, "no-store") {
		t.Errorf("%s: %d may be kept: %q", what, res.StatusCode, kept)
	}
	ledHome(t, what, res)
	for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
		if got := res.Header.Get(name); got != "" {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	for _, c := range res.Cookies() {
		host := strings.HasPrefix(c.Name, "__Host-") && c.Path == "/"
		part := strings.HasPrefix(c.Name, "__Secure-") && len(c.Path) > 1
		if !host && !part || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
			t.Errorf("%s: cookie %s", what, c.String())
		}
	}
}

// ledHome wants an answer to lead to no other site.
func ledHome(t *testing.T, what string, res *http.Response) {
	t.Helper()
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil || u.Host != "" && u.Host != "id.example" || u.Scheme == "javascript" || strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, "/\\") {
		t.Errorf("%s leads to %q", what, res.Header.Get("Location"))
	}
}

// foreignNames: under another name nothing is answered, whatever is asked; what
// says that the process lives depends on no name.
func foreignNames(t *testing.T, g *gateway) {
	t.Helper()
	for _, req := range g.everyRoute() {
		health := strings.HasPrefix(req.URL.Path, "/healthz/")
		req.Host = "evil.example"
		if res := g.answer(t, req); health == (res.StatusCode == fiber.StatusMisdirectedRequest) || len(res.Cookies()) > 0 {
			t.Errorf("%s %s for another name: %d", req.Method, req.URL.Path, res.StatusCode)
		}
	}
	for host, known := range map[string]bool{"id.example": true, "ID.Example:443": true, "id.example.": true, "localhost:1": true, "127.0.0.1": true,
		"[::1]:80": true, "": false, "id.example.evil.example": false, "evil.example": false, "id.example@evil.example": false,
		"xid.example": false, "id.example/": false, "id.example evil.example": false, "[::2]": false} {
		req := httptest.NewRequest("GET", "/t/demo", nil)
		req.Host = host
		req.Header.Set("X-Forwarded-Host", "id.example") // anybody can write it
		res, err := g.app.Test(req, -1)
		if err != nil { // the server did not take it for a request
			if known {
				t.Errorf("%q: %v", host, err)
			}
			continue
		}
		res.Body.Close()
		if known != (res.StatusCode == http.StatusOK) {
			t.Errorf("host %q: %d", host, res.StatusCode)
		}
	}
}

// injected: line ends in paths, queries and forms become no headers.
func injected(t *testing.T, g *gateway) {
	t.Helper()
	const evil = "x%0d%0aX-Injected:%20yes%0d%0aSet-Cookie:%20a=b"
	for _, route := range g.app.GetRoutes(true) {
		if route.Method == fiber.MethodHead {
			continue
		}
		form := "_csrf=" + evil + "&next=" + evil + "&login=" + evil
		req := ask(route.Method, filled(route.Path, evil)+"?lang="+evil+"&next="+evil+"&after="+evil, form)
		req.Header.Set("Accept-Language", "x\u0085X-Injected: yes")
		res := g.answer(t, req)
		if res.Header.Get("X-Injected") != "" || strings.Contains(res.Header.Get("Set-Cookie"), "a=b") {
			t.Errorf("%s %s: %v", route.Method, route.Path, res.Header)
		}
	}
}

// ledAway: no address of ours leads to another site.
func ledAway(t *testing.T, g *gateway) {
	t.Helper()
	for _, to := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "https:evil.example", "/%2fevil.example", "javascript:alert(1)"} {
		for _, route := range g.app.GetRoutes(true) {
			if route.Method == fiber.MethodHead {
				continue
			}
			query := url.Values{"next": {to}, "return": {to}, "url": {to}, "redirect": {to}, "return_to": {to}, "lang": {to}}.Encode()
			for _, at := range []string{filled(route.Path, "x"), filled(route.Path, url.PathEscape(to))} {
				req := ask(route.Method, at+"?"+query, query)
				req.Header.Set("Referer", "https://id.example//evil.example/")
				req.Header.Set("X-Forwarded-Host", "evil.example")
				res := g.answer(t, req)
				ledHome(t, route.Method+" "+at, res)
			}
		}
	}
}
