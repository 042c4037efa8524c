package host_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

func trial(t *testing.T, version, settings string) (*host.Trial, string, error) {
	t.Helper()
	c, s := config(t, catalogue(t), &safeBuffer{}), newShelf(t)
	tried, err := host.Try(context.Background(), host.TrialConfig{Name: "rogue", Version: version, Config: json.RawMessage(settings), RunDir: c.RunDir,
		Program: func() (*os.File, []byte, error) { return s.Program("rogue", version) }, Clock: c.Clock, IDs: c.IDs, Log: c.Log, Timing: c.Timing})
	return tried, c.RunDir, err
}

func TestTrial(t *testing.T) {
	tried, dir, err := trial(t, "1.0.0", must)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	about := tried.About()
	if about.Version != "1.0.0" || strings.Join(about.Kinds, " ") != "market messenger verifier" || about.Flow.Version != "1.0.0" ||
		len(about.Locales) != 1 || !json.Valid(about.TenantSchema) || !json.Valid(about.ConfigSchema) {
		t.Errorf("%+v", about)
	}
	f, err := tried.Evaluate(ctx, kyc.Question{Market: "rogue", Step: "do", Values: kyc.Values{"what": "version"}, Now: time.Unix(1800000000, 0)})
	if err != nil || f.Derived["version"] != "1.0.0" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := tried.Evaluate(ctx, kyc.Question{Market: "rogue", Step: "do", Values: kyc.Values{"what": "tier"}}); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("a wrong answer: %v", err)
	}
	if calls, faults, latency, memory := tried.Spent(); calls != 2 || faults != 1 || latency.Quantile(0.5) == 0 || memory < 1<<20 {
		t.Errorf("%d, %d, %v, %d", calls, faults, latency, memory)
	}
	wrong, err := tried.ValidateConfig(ctx, []byte(`{"must":"no"}`))
	if diff := cmp.Diff([]host.Diagnostic{{Code: "schema.const", Path: "must"}}, wrong); diff != "" || err != nil {
		t.Error(diff, err)
	}
	tried.Close()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTrialsOfWhatIsWrong(t *testing.T) {
	for version, c := range map[string]struct {
		settings string
		want     kyc.Code
	}{"1.0.0-missing": {must, kyc.NotFound}, "1.0.0-crash": {must, kyc.Unavailable}, "1.0.0-other": {must, kyc.Invalid}, "1.0.0": {`{"must":"no"}`, kyc.Invalid}} {
		tried, dir, err := trial(t, version, c.settings)
		if kyc.CodeOf(err) != c.want || tried != nil {
			t.Errorf("%s: %v", version, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left behind: %v", version, left)
		}
	}
}

func TestTenantsConfigurationIsJudged(t *testing.T) {
	h, _ := start(t, "rogue")
	ctx := context.Background()
	for config, want := range map[string][]host.Diagnostic{
		``:                         nil,
		`{"limit":5}`:              nil,
		`{"limit":0}`:              {{Code: "schema.minimum", Path: "limit", Params: map[string]string{"want": "1"}}},
		`{"limit":"a","secret":1}`: {{Code: "schema.type", Path: "limit", Params: map[string]string{"want": "integer"}}, {Code: "schema.additionalProperties", Path: "secret"}},
		`{`:                        {{Code: "schema.json"}},
		`{"limit":100000}`:         {{Code: "limit.high", Key: "rogue.limit.high", Path: "limit", Params: map[string]string{"most": "1000"}}},
	} {
		got, err := h.ValidateTenant(ctx, "rogue", "", []byte(config))
		if diff := cmp.Diff(byCode(want), byCode(got)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", config, err, diff)
		}
	}
	if _, err := h.ValidateTenant(ctx, "lemuria", "", nil); kyc.CodeOf(err) != kyc.NotFound {
		t.Error(err)
	}
	if about, err := h.About("rogue", ""); err != nil || !json.Valid(about.TenantSchema) {
		t.Errorf("%+v, %v", about, err)
	}
}

func byCode(list []host.Diagnostic) []host.Diagnostic {
	slices.SortFunc(list, func(a, b host.Diagnostic) int { return strings.Compare(a.Code, b.Code) })
	return list
}
