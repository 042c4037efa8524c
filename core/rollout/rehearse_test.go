package rollout_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/trace"
)

// recorded is one application with one step, and one that was erased.
type recorded struct{}

func (recorded) Recent(_ context.Context, market kyc.MarketID, limit int) ([]kyc.ApplicationRef, error) {
	return []kyc.ApplicationRef{{Tenant: "shop", ID: "app-2"}, {Tenant: "shop", ID: "erased"}, {Tenant: "other", ID: "app-1"}}[:min(limit, 3)], nil
}

func (recorded) Questions(_ context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Question, error) {
	if id == "erased" {
		return nil, kyc.E(kyc.Gone, "the key is destroyed")
	}
	return []kyc.Question{{Tenant: tenant, Market: "brazil", Step: "profile", Values: kyc.Values{"cpf": "secret-number"}}}, nil
}

func (recorded) Checks(context.Context, kyc.TenantID, kyc.ApplicationID) ([]kyc.Check, error) {
	return []kyc.Check{{Name: "age", Result: kyc.Pass}}, nil
}

// version answers as it is told.
type version struct {
	flow    kyc.Flow
	finding kyc.Finding
	err     error
}

func (v version) Flow() *kyc.Flow { return &v.flow }
func (v version) Evaluate(context.Context, kyc.Question) (kyc.Finding, error) {
	return v.finding, v.err
}

func lenient() version {
	return version{flow: kyc.Flow{Review: kyc.ReviewOnReferral, Checks: []string{"age"}},
		finding: kyc.Finding{Tier: "basic", Normalized: kyc.Values{"cpf": "secret-number", "name": "Ann"}, Identities: []kyc.Identity{{Class: "cpf", Value: "secret-number"}}}}
}

func TestRehearse(t *testing.T) {
	strict := lenient()
	strict.finding = kyc.Finding{Tier: "basic", Problems: []kyc.Problem{kyc.P("cpf", "field.number_length")}, Normalized: kyc.Values{"cpf": "another-secret"},
		Identities: []kyc.Identity{{Class: "cpf", Value: "another-secret"}}, Reasons: []kyc.Reason{{Code: "data.number_mismatch", Subject: kyc.Subject{Kind: "field", Ref: "cpf"}}}}
	steps := 0
	got, err := rollout.Rehearse(t.Context(), recorded{}, "brazil", lenient(), strict, 2, func(done, of int) { steps = done*10 + of })
	if err != nil {
		t.Fatal(err)
	}
	at := rollout.Difference{Tenant: "shop", Application: "app-2", Step: "profile"}
	differ := func(path, what, from, to string) rollout.Difference {
		d := at
		d.Path, d.What, d.From, d.To = path, what, from, to
		return d
	}
	want := rollout.Rehearsal{Applications: 1, Steps: 1, Unreadable: 1, Findings: []rollout.Difference{
		differ("cpf", "problem", "", "field.number_length"), differ("cpf", "reason", "", "data.number_mismatch"),
		differ("", "identity", "cpf", ""), differ("", "identity", "", "cpf"),
		differ("cpf", "normalized", "value", "other"), differ("name", "normalized", "value", "")},
		Decisions: []rollout.Difference{{Tenant: "shop", Application: "app-2", What: "decision", From: "approved", To: "stopped:profile"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if steps != 22 {
		t.Errorf("progress ended at %d", steps)
	}
	if text := fmt.Sprint(got); strings.Contains(text, "secret") || strings.Contains(text, "Ann") {
		t.Errorf("answers are told: %s", text)
	}
}

func TestRehearseTheSame(t *testing.T) {
	got, err := rollout.Rehearse(t.Context(), recorded{}, "brazil", lenient(), lenient(), 9, nil)
	if err != nil || len(got.Differences()) != 0 || got.Applications != 2 {
		t.Errorf("%+v %v", got, err)
	}
	if got, err = rollout.Rehearse(t.Context(), recorded{}, "brazil", lenient(), lenient(), 0, nil); err != nil || got.Applications != 0 {
		t.Errorf("none was wanted: %+v %v", got, err)
	}
}

// many are so many recorded applications.
type many int

func (n many) Recent(_ context.Context, _ kyc.MarketID, limit int) ([]kyc.ApplicationRef, error) {
	list := make([]kyc.ApplicationRef, min(int(n), limit))
	for i := range list {
		list[i] = kyc.ApplicationRef{Tenant: "shop", ID: kyc.ApplicationID(fmt.Sprint("app-", i))}
	}
	return list, nil
}

func (many) Questions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Question, error) {
	return recorded{}.Questions(ctx, tenant, id)
}

func (many) Checks(context.Context, kyc.TenantID, kyc.ApplicationID) ([]kyc.Check, error) {
	return recorded{}.Checks(context.Background(), "", "")
}

// TestEveryDecisionIsTold: however many findings differ, no decision is left out.
func TestEveryDecisionIsTold(t *testing.T) {
	const n = rollout.MaxFindings + 100
	strict := lenient()
	strict.finding.Problems = []kyc.Problem{kyc.P("cpf", "field.number_length"), kyc.P("name", "field.name")}
	got, err := rollout.Rehearse(t.Context(), many(n), "brazil", lenient(), strict, n, nil)
	if err != nil || len(got.Decisions) != n || len(got.Findings) != rollout.MaxFindings || len(got.Findings)+got.More != 2*n {
		t.Errorf("%d decisions, %d findings and %d more: %v", len(got.Decisions), len(got.Findings), got.More, err)
	}
}

// TestRehearseDecisions: a check that is missing, a reason, or a version that
// cannot tell is no approval.
func TestRehearseDecisions(t *testing.T) {
	more := lenient()
	more.flow.Checks = []string{"age", "registry"}
	doubt := lenient()
	doubt.finding.Reasons = []kyc.Reason{{Code: "data.name_mismatch"}}
	lame := lenient()
	lame.err = kyc.E(kyc.Unavailable, "no answer")
	for want, v := range map[string]version{"in_review:system.provider_error": more, "in_review:data.name_mismatch": doubt, "fault": lame} {
		got, err := rollout.Rehearse(t.Context(), recorded{}, "brazil", lenient(), v, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		first := got.Differences()[0]
		if first.What != "decision" || first.From != "approved" || first.To != want {
			t.Errorf("%+v, want %s", first, want)
		}
	}
}

func TestProof(t *testing.T) {
	breaks := rollout.Proof{Changes: []rollout.Change{{Kind: "field.added"}, {Kind: "field.removed", Breaking: true}}}
	wrong := rollout.Proof{Vectors: 3, Failed: []string{"case 1"}}
	if (rollout.Proof{}).Refused(false) != nil || breaks.Refused(true) != nil {
		t.Error("a good version is refused")
	}
	if kyc.CodeOf(breaks.Refused(false)) != kyc.Conflict || kyc.CodeOf(wrong.Refused(true)) != kyc.Conflict || len(breaks.Breaking()) != 1 {
		t.Error("a bad version is not refused")
	}
	d, _ := desk(t)
	d.Prover = prover{"2.0.0": breaks, "3.0.0": wrong}
	ctx := t.Context()
	if _, err := d.Enable(ctx, act(""), "brazil", "3.0.0"); kyc.CodeOf(err) != kyc.Conflict {
		t.Errorf("enabled: %v", err)
	}
	if _, err := d.Enable(ctx, act(""), "brazil", "1.0.0"); err != nil {
		t.Fatal(err)
	}
	for _, u := range []rollout.Upgrade{{Provider: "brazil", Version: "2.0.0"}, {Provider: "brazil", Version: "2.0.0", Share: 5}, {Provider: "brazil", Version: "3.0.0", Force: true}} {
		if _, _, err := d.Upgrade(ctx, act(""), u); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if r, err := d.Now(ctx, "brazil"); told(r) != "1.0.0" || r.Number != 1 || err != nil {
		t.Errorf("a refusal changed something: %+v %v", r, err)
	}
	if r, _, err := d.Upgrade(ctx, act(""), rollout.Upgrade{Provider: "brazil", Version: "2.0.0", Force: true}); told(r) != "2.0.0 warm 1.0.0" || err != nil {
		t.Errorf("%+v %v", r, err)
	}
}

// TestRehearsalsAreTraced: a rehearsal is a span that says how much of it there was, and
// the questions are below it.
func TestRehearsalsAreTraced(t *testing.T) {
	ended := tracetest.NewSpanRecorder()
	ctx, root := trace.NewSource(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended)), nil).Job(t.Context(), "")
	if _, err := rollout.Rehearse(ctx, recorded{}, "brazil", lenient(), lenient(), 3, nil); err != nil {
		t.Fatal(err)
	}
	root.End(nil)
	spans := ended.Ended()
	if len(spans) != 2 || spans[0].Name() != "rehearsal" || spans[0].Parent().SpanID() != spans[1].SpanContext().SpanID() {
		t.Fatalf("%d spans", len(spans))
	}
	facts := map[string]string{}
	for _, a := range spans[0].Attributes() {
		facts[string(a.Key)] = a.Value.String()
	}
	want := map[string]string{"paifang.market": "brazil", "paifang.rehearsal.applications": "2", "paifang.rehearsal.steps": "2",
		"paifang.rehearsal.decisions": "0", "paifang.rehearsal.unreadable": "1"}
	if d := cmp.Diff(want, facts); d != "" {
		t.Error(d)
	}
}
