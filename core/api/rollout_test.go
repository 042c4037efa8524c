package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/policies"
)

// shelf has what came with the gateway and two versions of everything.
type shelf struct{}

func (shelf) Shipped(string) bool         { return true }
func (shelf) Has(_, version string) error { return nil }

// prover finds that version 2.0.0 breaks what integrations know.
type prover struct{}

func (prover) Prove(_ context.Context, _, _, to string, w rollout.Wanted) (rollout.Proof, error) {
	p := rollout.Proof{From: "1.0.0", To: to, Rehearsal: rollout.Rehearsal{Applications: w.Applications, Decisions: []rollout.Difference{{Tenant: "demo", Application: "a1", What: "decision", From: "approved", To: "in_review"}}}}
	if to == "2.0.0" {
		p.Changes = []rollout.Change{{Kind: "field.removed", Path: "profile.name", Breaking: true}}
	}
	return p, nil
}

// stock is what is installed, as shelf has it. Version 2.0.0 can be removed.
type stock struct{}

func (stock) Stored() (map[string][]rollout.Installed, error) {
	return map[string][]rollout.Installed{"mainland": {{Version: "2.0.0", At: storetest.Now}}}, nil
}
func (stock) Verify(_, version string) error {
	if version == "1.1.0" {
		return kyc.E(kyc.Invalid, "somebody has touched it")
	}
	return nil
}
func (stock) Remove(_, version string) error {
	if version != "2.0.0" {
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
		Reports: s, Named: func(context.Context, kyc.StaffID) string { return "Olga" },
		Stock: stock{}}
}

func at() time.Time { return time.UnixMilli(int64(storetest.Now)) }

func TestProviderIsUpgraded(t *testing.T) {
	h := newHouse(t)
	const one, operator = "/api/v1/tenants/platform/providers/mainland", "dt.platform.platform_operator"
	h.as("tenant_admin", "GET", "/api/v1/tenants/demo/providers/mainland", nil).refused(t, 403, "forbidden")
	h.as("tenant_admin", "POST", "/api/v1/tenants/demo/providers/mainland/disable", map[string]any{}).refused(t, 403, "forbidden")
	var trial api.Trial
	h.with(operator, "POST", one+"/try", map[string]any{"version": "2.0.0", "applications": 7}).into(t, 200, &trial)
	if len(trial.Changes) != 1 || !trial.Changes[0].Breaking || trial.Applications != 7 || len(trial.Differences) != 1 {
		t.Errorf("%+v", trial)
	}
	h.with(operator, "POST", one+"/upgrade", map[string]any{"version": "2.0.0"}).refused(t, 409, "rollout_breaks")
	var r api.Rollout
	h.with(operator, "POST", one+"/upgrade", map[string]any{"version": "1.1.0", "share": 10}).into(t, 200, &r)
	if r.Canary != "1.1.0" || r.Share != 10 || r.Version != "shipped" {
		t.Errorf("%+v", r)
	}
	h.with(operator, "POST", one+"/upgrade", map[string]any{"version": "2.0.0", "force": true, "why": "agreed"}).into(t, 200, &r)
	h.with(operator, "POST", one+"/rollback", map[string]any{}).into(t, 200, &r)
	h.with(operator, "POST", one+"/disable", map[string]any{}).into(t, 200, &r)
	h.with(operator, "POST", one+"/rollback", map[string]any{}).refused(t, 409, "rollout_off")
	h.with(operator, "POST", one+"/enable", map[string]any{}).into(t, 200, &r)
	h.with(operator, "POST", one+"/remove", map[string]any{"version": "9.9.9"}).refused(t, 404, "not_found")
	h.with(operator, "POST", one+"/remove", map[string]any{"version": "2.0.0"}).refused(t, 409, "rollout_used")
	var v api.ProviderView
	h.with(operator, "GET", one, nil).into(t, 200, &v)
	if v.Now.Version != "shipped" || v.Now.Off || len(v.History) != 5 || v.History[3].Why != "agreed" || v.History[3].Actor.Name != "Olga" || len(v.Installed) != 1 {
		t.Errorf("%+v", v)
	}
	h.with(operator, "POST", one+"/upgrade", map[string]any{"version": "2.0.0", "share": 100}).refused(t, 422, "validation")
	h.stale = true
	h.with(operator, "POST", one+"/disable", map[string]any{}).refused(t, 403, "reauthentication_required")
}
