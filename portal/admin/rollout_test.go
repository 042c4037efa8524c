package admin_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/policies"
)

// shelf has what came with the gateway and version 1.1.0 of everything.
type shelf struct{}

func (shelf) Shipped(string) bool { return true }
func (shelf) Has(_, version string) error {
	if version == kyc.ShippedVersion || version == "1.1.0" || version == "2.0.0" {
		return nil
	}
	return kyc.E(kyc.NotFound, "not installed")
}

// prover finds that version 2.0.0 breaks what integrations know.
type prover struct{}

func (prover) Prove(_ context.Context, _, _, to string, w rollout.Wanted) (rollout.Proof, error) {
	p := rollout.Proof{From: "1.0.0", To: to, Vectors: 12, Rehearsal: rollout.Rehearsal{Applications: w.Applications, Steps: 40, Decisions: []rollout.Difference{
		{Tenant: "demo", Application: "01935b6e-7c00-7000-8000-123456789012", What: "decision", From: "approved", To: "stopped:profile"}}}}
	if to == "2.0.0" {
		p.Changes = []rollout.Change{{Kind: "field.removed", Path: "profile.name_latin", Breaking: true}}
	}
	return p, nil
}

// stock is what is installed, as shelf has it. Version 1.1.0 is spoilt, and 1.0.9 can be removed.
type stock struct{}

func (stock) Stored() (map[string][]rollout.Installed, error) {
	return map[string][]rollout.Installed{"mainland": {{Version: "2.0.0", Publisher: "example.com/providers", At: storetest.Now}, {Version: "1.1.0", At: storetest.Now},
		{Version: "1.0.9", At: storetest.Now, Trouble: "digest: the program is not the one that was installed"}}}, nil
}
func (stock) Verify(_, version string) error {
	if version == "1.1.0" {
		return kyc.E(kyc.Invalid, "somebody has touched it")
	}
	return nil
}
func (stock) Remove(_, version string) error {
	if version != "1.0.9" {
		return kyc.E(kyc.Unavailable, "%s cannot be removed", version)
	}
	return nil
}

func (stock) Announced(signed string) (rollout.Announced, error) {
	if signed != "signed 3.0.0" {
		return rollout.Announced{}, kyc.EKey(kyc.Forbidden, "error.package_signature", "nobody has signed it")
	}
	return rollout.Announced{Provider: "mainland", Version: "3.0.0", Publisher: "example.com/providers", Digest: "d1", Size: 7, Vectors: []string{"a.toml"}}, nil
}
func (stock) Install(_ context.Context, d rollout.Delivery) error {
	if string(d.Program) != "program" || string(d.Vectors["a.toml"]) != "vectors" {
		return kyc.EKey(kyc.Forbidden, "error.package_mismatch", "not what was signed")
	}
	return nil
}

func board(s *store.Store) *rollout.Board {
	return &rollout.Board{Desk: rollout.NewDesk(rollout.Config{Store: s, Shelf: shelf{}, Prover: prover{}, Platform: policies.OperatorTenant, Clock: at, IDs: storetest.ID}),
		Reports: s, Named: func(context.Context, kyc.StaffID) string { return "Olga Operator" },
		Stock: stock{}}
}

func at() time.Time { return time.UnixMilli(int64(storetest.Now)) }

// ran makes a node say how its providers are.
func (h *house) ran() {
	node := &rollout.Node{Name: "node-1", Plans: board(h.store).Plans, Runner: ran{}, Reports: h.store, Clock: at}
	node.Look(ctx)
}

type ran struct{}

func (ran) Apply(map[string]rollout.Plan) {}
func (ran) Providers() []rollout.Provider {
	return []rollout.Provider{{Name: "mainland", Kind: "market", Version: "1.0.0", State: "ready", Since: storetest.Now, Trouble: "version 2.0.0 does not run: it is not installed here",
		Generations: []rollout.Generation{{Version: "1.0.0", Role: "current", State: "ready", Calls: 12345, Faults: 1}, {Version: "1.1.0", Role: "canary", State: "backoff", Reason: "the process ended"}}}}
}
func (ran) Lines(string) []rollout.Line {
	return []rollout.Line{{At: storetest.Now, Version: "1.0.0", Level: "WARN", Text: "vendor_slow"}}
}

func (h *house) operator() *visitor {
	v := h.as("viewer")
	v.cookies["pf_staff"] = "dt.platform.platform_operator"
	return v
}

func TestProviderIsUpgraded(t *testing.T) {
	h := newHouse(t)
	h.ran()
	const page = "/admin/platform/providers/mainland"
	if res, _ := h.as("tenant_admin").get("/admin/demo/providers/mainland"); res.StatusCode != 403 {
		t.Errorf("a tenant's administrator sees it: %d", res.StatusCode)
	}
	operator := h.operator()
	res, body := operator.get(page)
	for _, want := range []string{"12,345", "vendor_slow", "it is not installed here", "example.com/providers", "signed by nobody", "digest: the program", "somebody has touched it", "verified just now"} {
		if res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, the page lacks %q", res.StatusCode, want)
		}
	}
	post := func(what string, form url.Values, status int, want string) {
		t.Helper()
		res, body := operator.post(page, page+"/"+what, form)
		if res.StatusCode != status || !strings.Contains(body, want) {
			t.Errorf("%s %v: %d, want %d with %q in\n%s", what, form, res.StatusCode, status, want, body)
		}
	}
	now := func(want string) {
		t.Helper()
		r, err := board(h.store).Now(ctx, "mainland")
		if got := strings.TrimSpace(r.Version + " " + r.Canary + " " + r.Warm); got != want || err != nil {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	post("upgrade", url.Values{"version": {"2.0.0"}, "applications": {"20"}, "try": {"yes"}}, 200, "field.removed")
	post("upgrade", url.Values{"version": {"2.0.0"}}, 409, "Insist only if you know")
	post("upgrade", url.Values{"version": {"1.1.0"}, "share": {"100"}}, 422, "1 to 99 percent")
	post("upgrade", url.Values{"version": {"9.9.9"}}, 404, "cannot be started")
	now("shipped")
	post("upgrade", url.Values{"version": {"1.1.0"}, "share": {"20"}}, 303, "")
	now("shipped 1.1.0")
	post("upgrade", url.Values{"version": {"2.0.0"}, "force": {"yes"}, "why": {"agreed with all"}}, 303, "")
	now("2.0.0  shipped")
	post("rollback", nil, 303, "")
	now("shipped  2.0.0")
	post("remove", url.Values{"version": {"2.0.0"}}, 409, "Nothing was removed")
	post("remove", url.Values{"version": {"9.9.9"}}, 404, "cannot be started")
	post("remove", url.Values{"version": {"1.0.9"}}, 303, "")
	lines, err := h.store.AuditLines(ctx, policies.OperatorTenant, kyc.AuditFilter{Action: audit.ProviderRemoved}, "", 9)
	if err != nil || len(lines) != 1 || lines[0].Detail["version"] != "1.0.9" {
		t.Errorf("the removal is not recorded: %+v %v", lines, err)
	}
	post("disable", url.Values{"why": {"a fault at the vendor"}}, 303, "")
	post("enable", url.Values{"version": {"shipped"}}, 303, "")
	if _, body = operator.get(page); !strings.Contains(body, "agreed with all") || !strings.Contains(body, "a fault at the vendor") || !strings.Contains(body, "Olga Operator") {
		t.Error("the history is not told")
	}
	h.stale = true
	post("disable", nil, 403, "confirm")
}
