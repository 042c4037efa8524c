package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
)

// refusing is everything behind the door: it knows nobody, and fails the test
// when a route asks it for more than who the caller is.
type refusing struct {
	pipeline.Service
	t     *testing.T
	asked []string // what reached the pipeline
	view  *pipeline.View
}

func (r *refusing) Submit(context.Context, pipeline.Ref, pipeline.Submission) (*pipeline.View, error) {
	return r.view, nil
}

// What the request itself fell short of makes an answer an error, and nothing
// that an earlier one did.
func TestOnlyWhatFellShortIsRefused(t *testing.T) {
	app, behind := newDoor(t)
	const at, token = "/api/v1/applications/01939000-0000-7000-8000-000000000001/steps/profile", "ht.demo.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	bad := []kyc.Problem{kyc.P("name", "field.required")}
	for _, short := range [][]kyc.Problem{nil, bad} {
		behind.view = &pipeline.View{Tenant: "demo", Locale: "en", Version: 7, Short: short,
			Next: pipeline.Next{Kind: pipeline.NextForm, Step: "secrets", Problems: []kyc.Problem{kyc.P("login_password", "password.weak")}}}
		req := httptest.NewRequest("POST", at, strings.NewReader(`{"values": {}}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := app.Test(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if short == nil && (resp.StatusCode != 200 || !strings.Contains(string(raw), `"login_password"`)) {
			t.Errorf("an accepted answer: %d %s", resp.StatusCode, raw)
		}
		if short != nil && (resp.StatusCode != 422 || !strings.Contains(string(raw), `"path":"name"`) || strings.Contains(string(raw), "login_password")) {
			t.Errorf("an answer that fell short: %d %s", resp.StatusCode, raw)
		}
	}
}

func (r *refusing) Resolve(context.Context, string) (kyc.APIKey, error) {
	return kyc.APIKey{}, kyc.EKey(kyc.Unauthorized, "error.unauthorized", "no such key")
}

func (r *refusing) SignIn(context.Context, kyc.TenantID, string, string, credential.Client) (credential.Signed, error) {
	r.t.Error("sign-in reached without a key")
	return credential.Signed{}, errors.New("unreachable")
}

func (r *refusing) AskCode(context.Context, kyc.TenantID, string, kyc.Locale, credential.Client) (credential.Asked, error) {
	r.t.Error("asking for a code reached without a key")
	return credential.Asked{}, errors.New("unreachable")
}

func (r *refusing) SignInByCode(context.Context, kyc.TenantID, string, string, credential.Client) (credential.Signed, kyc.Problem, error) {
	r.t.Error("sign-in by code reached without a key")
	return credential.Signed{}, kyc.Problem{}, errors.New("unreachable")
}

func (r *refusing) Account(context.Context, kyc.TenantID, string) (kyc.AccountID, error) {
	return "", kyc.EKey(kyc.Unauthorized, "error.session", "no such session")
}

func (r *refusing) SignOut(context.Context, kyc.TenantID, string) error { return nil }

func (r *refusing) Get(_ context.Context, ref pipeline.Ref) (*pipeline.View, error) {
	r.asked = append(r.asked, string(ref.Application))
	return nil, kyc.EKey(kyc.Unauthorized, "error.holder", "no valid holder token")
}

func newDoor(t *testing.T) (*fiber.App, *refusing) {
	t.Helper()
	texts, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	behind := &refusing{t: t}
	may, err := policies.New()
	if err != nil {
		t.Fatal(err)
	}
	door, err := api.New(api.Config{Service: behind, Keys: behind, Sessions: behind, Tenants: noTenants{}, Flows: noFlows{}, Puzzles: noPuzzles{},
		Statements: noStatements{}, Readers: noReaders{}, Staff: noStaff{}, Desk: review.New(review.Config{Authorizer: may}), Printer: texts.Printer, Locales: []kyc.Locale{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"},
		Ready: func(context.Context) error { return errors.New("the database at /var/secret says no") },
		Clock: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{Immutable: true, StreamRequestBody: true, ErrorHandler: door.Fail})
	door.Mount(app)
	return app, behind
}

type (
	noTenants    struct{ api.Tenants }
	noFlows      struct{ api.Flows }
	noPuzzles    struct{}
	noStatements struct{}
	noStaff      struct{ api.StaffSessions }
)

func (noStaff) StaffOf(context.Context, string) (kyc.Staff, error) {
	return kyc.Staff{}, kyc.EKey(kyc.Unauthorized, "error.signed_out", "no session")
}

func (noTenants) Tenant(context.Context, kyc.TenantID) (kyc.Tenant, error) {
	return kyc.Tenant{}, kyc.E(kyc.NotFound, "no tenant")
}

func (noPuzzles) Puzzle(context.Context, kyc.TenantID, time.Time) (contact.Puzzle, error) {
	return contact.Puzzle{}, nil
}

func (noStatements) Statement(context.Context, kyc.TenantID, kyc.AccountID) (*account.Statement, error) {
	return nil, errors.New("not here")
}

// ask makes a request; an error must be a whole problem detail.
func ask(t *testing.T, app *fiber.App, method, path, token, language string) (int, api.Problem) {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", language)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := app.Test(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p api.Problem
	if resp.StatusCode < 400 {
		return resp.StatusCode, p
	}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s %s: an error is %q", method, path, got)
	}
	if err := json.Unmarshal(raw, &p); err != nil || p.Status != resp.StatusCode || p.Type != "/problems/"+p.Code || p.Title == "" || p.Detail == "" {
		t.Errorf("%s %s: problem is not whole: %s", method, path, raw)
	}
	return resp.StatusCode, p
}

var parameter = regexp.MustCompile(`[:{]\w+}?`)

// TestEveryRouteIsGuarded walks the routes that are mounted, so that none can be
// forgotten: but for what is meant for everybody, nobody gets in without the
// token that the route needs.
func TestEveryRouteIsGuarded(t *testing.T) {
	app, behind := newDoor(t)
	everybody := map[string]int{"/api/v1/openapi.json": 200, "/healthz/live": 200, "/healthz/ready": 503,
		"/api/v1/tenants/:tenant/staff-sessions":               422, // has a password instead of a token, the others that of a sign-in in the body
		"/receipts/:tenant/:messenger":                         404, // has a vendor's signature instead; x is no tenant
		"/api/v1/tenants/:tenant/staff-sessions/second-factor": 422, "/api/v1/tenants/:tenant/staff-sessions/enrolment": 422,
		"/api/v1/tenants/:tenant/staff-sessions/enrolment/complete": 422, "/api/v1/tenants/:tenant/staff-sessions/passkey/question": 404, // x is no tenant
		"/api/v1/tenants/:tenant/staff-sessions/passkey": 422, "/api/v1/tenants/:tenant/staff-sessions/second-factor/question": 422,
		"/api/v1/tenants/:tenant/staff-sessions/enrolment/question": 422, "/api/v1/tenants/:tenant/staff-sessions/enrolment/passkey": 422,
		"/api/v1/tenants/:tenant/staff-sessions/forgotten": 422, "/api/v1/tenants/:tenant/staff-sessions/password": 422, "/api/v1/tenants/:tenant/staff-sessions/invitation": 422}
	walked := 0
	for _, r := range app.GetRoutes(true) {
		if r.Method == fiber.MethodHead {
			continue
		}
		path := parameter.ReplaceAllString(r.Path, "x")
		if want, ok := everybody[r.Path]; ok {
			if status, _ := ask(t, app, r.Method, path, "", "en"); status != want {
				t.Errorf("%s answers %d, want %d", path, status, want)
			}
			continue
		}
		walked++
		for name, token := range map[string]string{"nobody": "", "an unknown key": "pk_test_x", "nonsense": "x.y.z", "an unknown session": "st.demo.x",
			"unknown staff": "dt.demo." + strings.Repeat("A", 43), "half a holder": "ht.demo.short", "a tenant that cannot be": "ht.De Mo." + strings.Repeat("A", 43)} {
			if status, p := ask(t, app, r.Method, path, token, "en"); status != 401 {
				t.Errorf("%s %s lets %s in: %d %s", r.Method, path, name, status, p.Code)
			}
		}
	}
	if walked < 15 {
		t.Errorf("walked %d routes", walked)
	}
	if len(behind.asked) > 0 {
		t.Errorf("the pipeline was asked for %v", behind.asked)
	}
	if status, _ := ask(t, app, "GET", "/api/v1/applications/x", "ht.demo."+strings.Repeat("A", 43), "en"); status != 401 || len(behind.asked) != 1 {
		t.Errorf("the holder of nothing: %d, pipeline asked for %v", status, behind.asked)
	}
}

// TestErrorsAreInThePersonsLanguage and tell nothing of the inside.
func TestErrorsAreInThePersonsLanguage(t *testing.T) {
	app, _ := newDoor(t)
	seen := map[string]bool{}
	for _, language := range []string{"en", "zh-CN,zh;q=0.9", "ar-EG"} {
		for _, path := range []string{"/healthz/ready", "/api/v1/markets"} {
			_, p := ask(t, app, "GET", path, "", language)
			if strings.Contains(p.Detail+p.Title, "secret") || strings.Contains(p.Detail+p.Title, "error.") {
				t.Errorf("%s says %q, %q", path, p.Title, p.Detail)
			}
			if seen[p.Detail] {
				t.Errorf("%s: %q is said in two languages", path, p.Detail)
			}
			seen[p.Detail] = true
		}
	}
}
