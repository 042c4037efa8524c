package host

import (
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func TestBackoffGrowsAndEnds(t *testing.T) {
	f := failures{min: 250 * time.Millisecond, max: 30 * time.Second}
	now := time.Unix(1800000000, 0)
	for i, base := range []time.Duration{250, 500, 1000, 2000} {
		delay, often := f.add(now, 0)
		if base *= time.Millisecond; often || delay < base*9/10 || delay > base*11/10 {
			t.Errorf("failure %d: %v, %v", i+1, delay, often)
		}
	}
	if _, often := f.add(now.Add(9*time.Minute), 0); !often {
		t.Error("five failures in ten minutes")
	}
	f.forget()
	for i := range 50 {
		delay, often := f.add(now.Add(time.Duration(i)*3*time.Minute), 0)
		if often || delay > 33*time.Second {
			t.Fatalf("far apart, failure %d: %v, %v", i+1, delay, often)
		}
	}
	if delay, _ := f.add(now.Add(time.Hour*5), 2*steadyAfter); delay != 0 {
		t.Errorf("after a steady time: %v", delay)
	}
	if delay, _ := f.add(now.Add(time.Hour*5), time.Second); delay < 400*time.Millisecond {
		t.Errorf("and again: %v", delay)
	}
	f.once()
	if _, often := f.add(now.Add(time.Hour*6), time.Second); !often {
		t.Error("the one try after a quarantine failed")
	}
	if _, often := f.add(now.Add(time.Hour*7), steadyAfter); often {
		t.Error("the one try after a quarantine went well")
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now := time.Unix(1800000000, 0)
	for range breakerTrips {
		if _, ok := b.allow(now); !ok {
			t.Fatal("closed too early")
		}
		b.done(now, true)
	}
	if after, ok := b.allow(now); ok || after != breakerRests {
		t.Errorf("after faults: %v, %v", after, ok)
	}
	later := now.Add(breakerRests)
	if _, ok := b.allow(later); !ok {
		t.Error("nobody may try")
	}
	if _, ok := b.allow(later); ok {
		t.Error("two may try at once")
	}
	b.undecided()
	if _, ok := b.allow(later); !ok {
		t.Error("an undecided try keeps the next from trying")
	}
	b.done(later, false)
	if _, ok := b.allow(later); !ok {
		t.Error("still open after a good call")
	}
}

// good is a description that is accepted; the table breaks it in one place.
func good() *wirev1.DescribeResponse {
	text := &wirev1.Text{Forms: map[string]string{"other": "x"}}
	keys := map[string]*wirev1.Text{}
	for _, k := range []string{"title", "a.title", "a.f.label", "a.s.label", "a.s.options.x", "d.title", "d.p.label", "d.p.sides.front", "tiers.t.label", "problem.own"} {
		keys["good."+k] = text
	}
	return &wirev1.DescribeResponse{
		Id: "good", Version: "1.0.0", ProtocolMin: 1, ProtocolMax: 1,
		Kinds:      []wirev1.ProviderKind{wirev1.ProviderKind_PROVIDER_KIND_MARKET},
		Catalogues: []*wirev1.Catalogue{{Locale: "en", Messages: keys}},
		OwnCodes:   []*wirev1.OwnCode{{Code: "x.good.own", Parent: "policy.underage"}},
		Flows: []*wirev1.Flow{{
			Market: "good", Title: "good.title", Review: "always",
			Steps: []*wirev1.Step{
				{Id: "a", Kind: "profile", Title: "good.a.title", Fields: []*wirev1.Field{
					{Name: "f", Type: "text", Label: "good.a.f.label", Constraint: &wirev1.Constraint{}},
					{Name: "s", Type: "select", Label: "good.a.s.label", Options: []*wirev1.Option{{Value: "x", Label: "good.a.s.options.x"}}}}},
				{Id: "d", Kind: "documents", Title: "good.d.title", OnDemand: true, Documents: []*wirev1.Requirement{
					{Id: "p", Kind: "passport", Label: "good.d.p.label", Sides: []*wirev1.Side{{Name: "front", Label: "good.d.p.sides.front"}}}}},
			},
			Tiers: []*wirev1.Tier{{Id: "t", Label: "good.tiers.t.label"}},
		}},
	}
}

func TestDescriptionsAreRefusedInEveryPlace(t *testing.T) {
	if _, err := aboutV1("good", good()); err != nil {
		t.Fatal(err)
	}
	flow := func(d *wirev1.DescribeResponse) *wirev1.Flow { return d.Flows[0] }
	for name, spoil := range map[string]func(*wirev1.DescribeResponse){
		"other name":        func(d *wirev1.DescribeResponse) { d.Id = "other" },
		"version":           func(d *wirev1.DescribeResponse) { d.Version = "1.0" },
		"protocol":          func(d *wirev1.DescribeResponse) { d.ProtocolMin, d.ProtocolMax = 2, 3 },
		"no kind":           func(d *wirev1.DescribeResponse) { d.Kinds = nil },
		"unknown kind":      func(d *wirev1.DescribeResponse) { d.Kinds = append(d.Kinds, 99) },
		"foreign key":       func(d *wirev1.DescribeResponse) { d.Catalogues[0].Messages["error.internal"] = &wirev1.Text{} },
		"plural form":       func(d *wirev1.DescribeResponse) { d.Catalogues[0].Messages["good.title"].Forms["lots"] = "x" },
		"second catalogue":  func(d *wirev1.DescribeResponse) { d.Catalogues = append(d.Catalogues, d.Catalogues[0]) },
		"missing key":       func(d *wirev1.DescribeResponse) { delete(d.Catalogues[0].Messages, "good.a.f.label") },
		"own code":          func(d *wirev1.DescribeResponse) { d.OwnCodes[0].Code = "x.other.own" },
		"parent":            func(d *wirev1.DescribeResponse) { d.OwnCodes[0].Parent = "policy.unheard_of" },
		"schema":            func(d *wirev1.DescribeResponse) { d.ConfigSchema = []byte(`{"type":"thing"}`) },
		"schema from afar":  func(d *wirev1.DescribeResponse) { d.ConfigSchema = []byte(`{"$ref":"https://example.com/s.json"}`) },
		"two flows":         func(d *wirev1.DescribeResponse) { d.Flows = append(d.Flows, d.Flows[0]) },
		"review":            func(d *wirev1.DescribeResponse) { flow(d).Review = "never" },
		"no steps":          func(d *wirev1.DescribeResponse) { flow(d).Steps = nil },
		"no tiers":          func(d *wirev1.DescribeResponse) { flow(d).Tiers = nil },
		"step twice":        func(d *wirev1.DescribeResponse) { flow(d).Steps = append(flow(d).Steps, flow(d).Steps[0]) },
		"step kind":         func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Kind = "seance" },
		"contact, no proof": func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Kind = "contact" },
		"field type":        func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Fields[0].Type = "voodoo" },
		"field twice":       func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Fields[1].Name = "f" },
		"class":             func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Fields[0].Pii = "secretish" },
		"script":            func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Fields[0].Constraint.Script = "runes" },
		"lengths": func(d *wirev1.DescribeResponse) {
			flow(d).Steps[0].Fields[0].Constraint = &wirev1.Constraint{MinLength: 5, MaxLength: 4}
		},
		"pattern":    func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Fields[0].Constraint.Pattern = "a+" },
		"no options": func(d *wirev1.DescribeResponse) { flow(d).Steps[0].Fields[1].Options = nil },
		"no sides":   func(d *wirev1.DescribeResponse) { flow(d).Steps[1].Documents[0].Sides = nil },
		"condition": func(d *wirev1.DescribeResponse) {
			flow(d).Steps[1].When = &wirev1.Condition{Field: "a.zzz", In: []string{"x"}}
		},
		"currency":    func(d *wirev1.DescribeResponse) { flow(d).Currencies = []string{"usd"} },
		"equivalence": func(d *wirev1.DescribeResponse) { flow(d).Equivalences = []*wirev1.Equivalence{{Id: "qq"}} },
		"limit": func(d *wirev1.DescribeResponse) {
			flow(d).Tiers[0].Limits = []*wirev1.Limit{{Operation: "steal", Currency: "CNY", Period: "day"}}
		},
	} {
		d := proto.Clone(good()).(*wirev1.DescribeResponse)
		spoil(d)
		if _, err := aboutV1("good", d); err == nil || !strings.HasPrefix(err.Error(), "description: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever bytes a provider sends, they are a finding or an error.
func FuzzFinding(f *testing.F) {
	a, err := aboutV1("good", good())
	if err != nil {
		f.Fatal(err)
	}
	seed, _ := proto.Marshal(&wirev1.EvaluateResponse{Tier: "t", RequestedSteps: []string{"d"},
		Problems: []*wirev1.Problem{{Path: "f", Code: "field.required"}},
		Reasons:  []*wirev1.Reason{{Code: "x.good.own", Subject: &wirev1.Subject{Kind: "field"}}}})
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		var r wirev1.EvaluateResponse
		if proto.Unmarshal(b, &r) != nil {
			return
		}
		finding, err := a.findingV1("a", &r)
		if err != nil {
			return
		}
		for _, p := range finding.Problems {
			if p.Code == "" || p.Path != "" && p.Path != "f" && p.Path != "s" {
				t.Errorf("%+v", p)
			}
		}
		for _, x := range finding.Reasons {
			if x.Disposition == "" || x.Audience == "" || x.Source.Name != "good" {
				t.Errorf("%+v", x)
			}
		}
	})
}

// Who writes more than is read has to wait; a trace of an ordinary length does not.
func TestStderrIsReadSlowly(t *testing.T) {
	began := time.Now()
	r := &slowly{r: strings.NewReader(strings.Repeat("x", stderrBurst+stderrRate/4)), left: stderrBurst, at: began}
	n, err := io.Copy(io.Discard, r)
	if took := time.Since(began); err != nil || n != stderrBurst+stderrRate/4 || took < 150*time.Millisecond {
		t.Errorf("%d bytes in %v, %v", n, took, err)
	}
}
