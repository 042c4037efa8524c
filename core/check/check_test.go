package check_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/check"
	"github.com/paifang/paifang/core/kyc"
)

var now = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

const (
	line1 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
	line2 = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
)

// registry is a verifier that answers what it was told.
type registry struct {
	verdict kyc.Verdict
	err     error
	asked   *kyc.Verification
}

func (r registry) Verify(_ context.Context, v kyc.Verification) (kyc.Verdict, error) {
	if r.asked != nil {
		*r.asked = v
	}
	return r.verdict, r.err
}

// flow asks for everything that checks look at.
func flow() *kyc.Flow {
	isPassport := kyc.Condition{Field: "profile.document_kind", In: []string{"passport"}}
	isID := kyc.Condition{Field: "document_kind", In: []string{"resident_id"}}
	return &kyc.Flow{Steps: []kyc.Step{
		{ID: "profile", Fields: []kyc.Field{
			{Name: "document_kind", Required: true}, {Name: "name", Required: true},
			{Name: "id_number", Required: true, When: isID},
			{Name: "document_number", Required: true, When: isPassport},
			{Name: "issuing_country", Required: true, When: isPassport},
			{Name: "nationality", When: isPassport}, {Name: "birth_date", Required: true, When: isPassport},
			{Name: "gender"}, {Name: "expiry_date", Required: true, When: isPassport}, {Name: "mrz", When: isPassport}}},
		{ID: "documents", Documents: []kyc.Requirement{{ID: "passport", Sides: []kyc.Side{{Name: "data_page"}}, When: isPassport}}},
	}}
}

func passport(change ...string) check.Input {
	values := kyc.Values{"document_kind": "passport", "name": "Anna Maria Eriksson", "document_number": "L898902C3",
		"issuing_country": "SE", "birth_date": "1974-08-12", "gender": "female", "expiry_date": "2030-04-15"}
	return input(values, change)
}

func resident(change ...string) check.Input {
	values := kyc.Values{"document_kind": "resident_id", "name": "王芳", "id_number": "11010519491231002X"}
	in := input(values, change)
	in.Derived = kyc.Answers{"profile": {"gender": "female", "birth_date": "1949-12-31"}}
	return in
}

func input(values kyc.Values, change []string) check.Input {
	for i := 0; i+1 < len(change); i += 2 {
		values[change[i]] = change[i+1]
	}
	return check.Input{Flow: flow(), Now: now, Answers: kyc.Answers{"profile": values}, Duplicates: map[string]int{},
		Application: kyc.Application{Tenant: "demo", ID: "a1"}}
}

func run(t *testing.T, name string, in check.Input) check.Outcome {
	t.Helper()
	r := check.New(registry{verdict: kyc.Verdict{Result: kyc.Pass}}, func() time.Time { return now })
	out := r.Run(context.Background(), in, []string{name})
	if len(out) != 1 || out[0].Name != name || out[0].Version == "" || out[0].Source.Kind == "" {
		t.Fatalf("%s: %+v", name, out)
	}
	return out[0]
}

func codes(o check.Outcome) string {
	var all []string
	for _, r := range o.Reasons {
		all = append(all, r.Code)
	}
	return strings.Join(all, " ")
}

func TestChecks(t *testing.T) {
	mrz := line1 + "\n" + line2
	twice := passport()
	twice.Files = []kyc.File{{Requirement: "passport", Side: "data_page", State: kyc.FileCurrent, Digest: []byte{1}},
		{Requirement: "passport", Side: "cover", State: kyc.FileCurrent, Digest: []byte{1}}}
	there := passport()
	there.Files = twice.Files[:1]
	replaced := passport()
	replaced.Files = []kyc.File{{Requirement: "passport", Side: "data_page", State: kyc.FileReplaced}}
	notLooked := passport()
	notLooked.Duplicates = nil
	known := passport()
	known.Duplicates = map[string]int{"passport:SE": 1}
	younger := passport("birth_date", "2006-11-24")
	younger.Config = []byte(`{"min_age": 20}`)
	bare := check.Input{Flow: &kyc.Flow{}, Now: now}

	for name, c := range map[string]struct {
		check string
		in    check.Input
		want  kyc.CheckResult
		codes string
	}{
		"resident id":            {"resident_id_number", resident(), kyc.Pass, ""},
		"resident id of others":  {"resident_id_number", passport(), kyc.Pass, ""},
		"resident id wrong":      {"resident_id_number", resident("id_number", "110105194912310021"), kyc.Fail, "data.number_mismatch"},
		"resident id missing":    {"resident_id_number", resident("id_number", ""), kyc.Refer, "data.incomplete"},
		"resident id undeclared": {"resident_id_number", bare, kyc.Inconclusive, "system.provider_error"},

		"passport number":           {"passport_number", passport(), kyc.Pass, ""},
		"passport number of others": {"passport_number", resident(), kyc.Pass, ""},
		"passport number wrong":     {"passport_number", passport("document_number", "12"), kyc.Fail, "data.number_mismatch"},
		"passport number by issuer": {"passport_number", passport("issuing_country", "GB"), kyc.Fail, "data.number_mismatch"},
		"passport without country":  {"passport_number", passport("issuing_country", ""), kyc.Refer, "data.incomplete"},

		"mrz":           {"mrz", passport("mrz", mrz), kyc.Pass, ""},
		"mrz not given": {"mrz", passport(), kyc.Refer, ""},
		"mrz digit":     {"mrz", passport("mrz", strings.Replace(mrz, "L898902C3", "L898902C4", 1)), kyc.Refer, "data.mrz_check_digit"},
		"mrz nonsense":  {"mrz", passport("mrz", "hello"), kyc.Fail, "document.mrz_unreadable"},

		"expiry":           {"expiry", passport(), kyc.Pass, ""},
		"expires today":    {"expiry", passport("expiry_date", "2026-11-22"), kyc.Refer, "document.expires_soon"},
		"expired":          {"expiry", passport("expiry_date", "2026-11-21"), kyc.Fail, "document.expired"},
		"expiry no date":   {"expiry", passport("expiry_date", "soon"), kyc.Fail, "data.field_unreadable"},
		"expiry of others": {"expiry", resident(), kyc.Pass, ""},

		"age":            {"age", passport(), kyc.Pass, ""},
		"age derived":    {"age", resident(), kyc.Pass, ""},
		"age on the day": {"age", passport("birth_date", "2008-11-23"), kyc.Pass, ""},
		"underage":       {"age", passport("birth_date", "2008-11-24"), kyc.Fail, "policy.underage"},
		"min age":        {"age", younger, kyc.Fail, "policy.underage"},
		"not born":       {"age", passport("birth_date", "2030-01-01"), kyc.Refer, "data.birth_date_mismatch"},
		"no birth":       {"age", passport("birth_date", ""), kyc.Refer, "data.incomplete"},
		"no birth field": {"age", bare, kyc.Inconclusive, "system.provider_error"},

		"agreement of id":      {"agreement", resident(), kyc.Pass, ""},
		"gender differs":       {"agreement", resident("gender", "male"), kyc.Refer, "data.number_mismatch"},
		"nothing to compare":   {"agreement", passport(), kyc.Refer, ""},
		"mrz expiry differs":   {"agreement", passport("mrz", mrz, "issuing_country", ""), kyc.Refer, "data.number_mismatch"},
		"mrz agrees":           {"agreement", passport("mrz", mrz, "issuing_country", "", "expiry_date", "2012-04-15"), kyc.Pass, ""},
		"mrz name differs":     {"agreement", passport("mrz", mrz, "issuing_country", "", "expiry_date", "2012-04-15", "name", "Anna Svensson"), kyc.Refer, "data.name_mismatch"},
		"mrz unreadable":       {"agreement", passport("mrz", "P<UTO"), kyc.Refer, ""},
		"mrz issuer conflicts": {"agreement", passport("mrz", mrz, "expiry_date", "2012-04-15"), kyc.Refer, "document.type_country_conflict"},

		"nobody else":   {"duplicate_person", passport(), kyc.Pass, ""},
		"somebody else": {"duplicate_person", known, kyc.Refer, "policy.duplicate_person"},
		"not looked up": {"duplicate_person", notLooked, kyc.Inconclusive, ""},

		"documents there":    {"documents", there, kyc.Refer, ""},
		"documents missing":  {"documents", passport(), kyc.Fail, "document.side_missing"},
		"documents replaced": {"documents", replaced, kyc.Fail, "document.side_missing"},
		"documents twice":    {"documents", twice, kyc.Fail, "document.same_side_twice"},
		"documents nobody's": {"documents", resident(), kyc.Pass, ""},

		"registry":           {"registry.resident_id", resident(), kyc.Pass, ""},
		"registry of others": {"registry.resident_id", passport(), kyc.Pass, ""},
		"unknown check":      {"horoscope", resident(), kyc.Inconclusive, "system.provider_error"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.check == "horoscope" {
				out := check.New(nil, time.Now).Run(context.Background(), c.in, []string{c.check})
				if out[0].Result != c.want || codes(out[0]) != c.codes {
					t.Errorf("%+v", out[0])
				}
				return
			}
			before := maps.Clone(c.in.Answers["profile"])
			out := run(t, c.check, c.in)
			if out.Result != c.want || codes(out) != c.codes {
				t.Errorf("%s %q, want %s %q (%v)", out.Result, codes(out), c.want, c.codes, out.Evidence)
			}
			if !maps.Equal(before, c.in.Answers["profile"]) {
				t.Error("the check changed its input")
			}
		})
	}
}

func TestRegistry(t *testing.T) {
	noRecord := kyc.NewReason("registry.no_record", kyc.Subject{Kind: "field", Ref: "profile.id_number"}, kyc.Source{Kind: "provider", Name: "sandbox", Version: "1.0.0"}, nil)
	for name, c := range map[string]struct {
		r     registry
		want  kyc.CheckResult
		codes string
	}{
		"match":             {registry{verdict: kyc.Verdict{Result: kyc.Pass}}, kyc.Pass, ""},
		"no record":         {registry{verdict: kyc.Verdict{Result: kyc.Refer, Reasons: []kyc.Reason{noRecord}}}, kyc.Refer, "registry.no_record"},
		"pass with reason":  {registry{verdict: kyc.Verdict{Result: kyc.Pass, Reasons: []kyc.Reason{noRecord}}}, kyc.Refer, "registry.no_record"},
		"nonsense":          {registry{verdict: kyc.Verdict{Result: "yes"}}, kyc.Inconclusive, ""},
		"zero":              {registry{}, kyc.Inconclusive, ""},
		"does not answer":   {registry{err: errors.New("down"), verdict: kyc.Verdict{Result: kyc.Pass}}, kyc.Inconclusive, "registry.unavailable"},
		"names its element": {registry{verdict: kyc.Verdict{Result: kyc.Fail, Evidence: kyc.Values{"name": "differs"}}}, kyc.Fail, ""},
	} {
		var asked kyc.Verification
		c.r.asked = &asked
		in := resident()
		in.IDs = map[string]kyc.CheckID{"registry.resident_id": "c1"}
		out := check.New(c.r, func() time.Time { return now }).Run(context.Background(), in, []string{"registry.resident_id"})[0]
		if out.Result != c.want || codes(out) != c.codes {
			t.Errorf("%s: %s %q, want %s %q", name, out.Result, codes(out), c.want, c.codes)
		}
		if asked.ID != "c1" || asked.Capability != "registry.resident_id" || asked.Fields["number"] == "" || asked.Tenant != "demo" {
			t.Errorf("%s: asked %+v", name, asked)
		}
	}
}

func TestRunnerAnswersWhateverHappens(t *testing.T) {
	r := check.New(registry{}, func() time.Time { return now }).
		With("broken", "7", func(context.Context, check.Input) check.Outcome { panic("boom") })
	out := r.Run(context.Background(), resident(), []string{"broken", "age"})
	if len(out) != 2 || out[0].Result != kyc.Inconclusive || codes(out[0]) != "system.provider_error" || out[1].Result != kyc.Pass {
		t.Fatalf("%+v", out)
	}
	if out[0].Version != "7" || !r.Has("broken") || r.Has("moon") {
		t.Error("versions and names")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if out := r.Run(ended, resident(), []string{"age"}); out[0].Result != kyc.Inconclusive || codes(out[0]) != "system.timeout" {
		t.Errorf("%+v", out)
	}
	if out := r.Run(context.Background(), check.Input{}, []string{"age"}); out[0].Result != kyc.Inconclusive {
		t.Errorf("without a flow nothing can be told: %+v", out)
	}
}

// Every code that a check gives is in the vocabulary.
func TestCheckReasonsAreKnown(t *testing.T) {
	for _, in := range []check.Input{passport("document_number", "1", "expiry_date", "2001-01-01", "birth_date", "2020-01-01", "mrz", "x"), resident("id_number", "1")} {
		for _, o := range check.New(registry{err: errors.New("x")}, time.Now).Run(context.Background(), in,
			[]string{"resident_id_number", "passport_number", "mrz", "expiry", "age", "agreement", "documents", "registry.resident_id"}) {
			for _, r := range o.Reasons {
				if _, _, ok := kyc.ReasonDefault(r.Code); !ok {
					t.Errorf("%s gives the unknown %s", o.Name, r.Code)
				}
			}
		}
	}
}
