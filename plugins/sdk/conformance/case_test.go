package conformance

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/paifang/paifang/plugins/sdk"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// described is a description without a flaw.
func described() *wirev1.DescribeResponse {
	number := &wirev1.Field{Name: "number", Type: sdk.NumberField, Pii: "identity", Label: "atlas.number"}
	phone := &wirev1.Field{Name: "phone", Type: sdk.PhoneField, Pii: "contact", Label: "atlas.phone"}
	choice := &wirev1.Field{Name: "choice", Type: sdk.SelectField, Pii: "none", Label: "atlas.choice", Options: []*wirev1.Option{{Value: "a", Label: "atlas.a"}}}
	rows := &wirev1.Field{Name: "rows", Type: sdk.ListField, Pii: "none", Label: "atlas.rows", Constraint: &wirev1.Constraint{MaxRows: 2},
		Fields: []*wirev1.Field{{Name: "name", Type: sdk.NameField, Pii: "identity", Label: "atlas.name"}}}
	d := &wirev1.DescribeResponse{Id: "atlas", Version: "1.0.0", ProtocolMin: 1, ProtocolMax: 1,
		Kinds:    []wirev1.ProviderKind{wirev1.ProviderKind_PROVIDER_KIND_MARKET},
		OwnCodes: []*wirev1.OwnCode{{Code: "x.atlas.odd", Parent: "data.number_mismatch"}},
		Flows: []*wirev1.Flow{{Market: "atlas", Title: "atlas.title", Review: "always",
			Steps: []*wirev1.Step{
				{Id: "account", Kind: "contact", Title: "atlas.title", Fields: []*wirev1.Field{phone}, Proof: &wirev1.Proof{Channel: "phone", Field: "phone", Ttl: durationpb.New(time.Hour)}},
				{Id: "profile", Kind: "profile", Title: "atlas.title", Fields: []*wirev1.Field{number, choice, rows}},
				{Id: "papers", Kind: "documents", Title: "atlas.title", When: &wirev1.Condition{Field: "profile.choice", In: []string{"a"}},
					Documents: []*wirev1.Requirement{{Id: "pass", Kind: "passport", Label: "atlas.pass", Sides: []*wirev1.Side{{Name: "front", Label: "atlas.front"}}}}}},
			Tiers: []*wirev1.Tier{{Id: "basic", Label: "atlas.basic"}}}},
	}
	for locale, forms := range Languages() {
		messages := map[string]*wirev1.Text{"atlas.count": {Forms: map[string]string{}}, "atlas.problem.odd": {Forms: map[string]string{"other": "{{.n}} odd"}}}
		for _, key := range flowKeys(d.Flows) {
			messages[key] = &wirev1.Text{Forms: map[string]string{"other": "Text P<UTO"}}
		}
		for _, form := range append(forms, "other") {
			messages["atlas.count"].Forms[form] = "Text"
		}
		d.Catalogues = append(d.Catalogues, &wirev1.Catalogue{Locale: locale, Messages: messages})
	}
	slices.SortFunc(d.Catalogues, func(a, b *wirev1.Catalogue) int { return strings.Compare(a.Locale, b.Locale) })
	return d
}

// misdescription is what is wrong with a description, and the cases that must fail.
type misdescription struct {
	spoil func(*wirev1.DescribeResponse)
	want  []string
}

func misdescriptions() map[string]misdescription { //nolint:funlen // a table
	step := func(d *wirev1.DescribeResponse, i int) *wirev1.Step { return d.Flows[0].Steps[i] }
	return map[string]misdescription{
		"good":              {func(*wirev1.DescribeResponse) {}, nil},
		"id":                {func(d *wirev1.DescribeResponse) { d.Id = "Atlas" }, []string{"describe.id", "describe.codes", "flow.market", "catalogue.keys", "catalogue.complete"}},
		"version":           {func(d *wirev1.DescribeResponse) { d.Version = "1.0" }, []string{"describe.version"}},
		"protocol":          {func(d *wirev1.DescribeResponse) { d.ProtocolMin = 2 }, []string{"describe.protocol"}},
		"capability":        {func(d *wirev1.DescribeResponse) { d.Capabilities = []string{"everything"} }, []string{"describe.kinds"}},
		"schema":            {func(d *wirev1.DescribeResponse) { d.ConfigSchema = []byte(`{"type": 5}`) }, []string{"describe.schemas"}},
		"schema from afar":  {func(d *wirev1.DescribeResponse) { d.TenantSchema = []byte(`{"$ref": "https://example.org/x"}`) }, []string{"describe.schemas"}},
		"code's parent":     {func(d *wirev1.DescribeResponse) { d.OwnCodes[0].Parent = "data.odd" }, []string{"describe.codes"}},
		"two flows":         {func(d *wirev1.DescribeResponse) { d.Flows = append(d.Flows, d.Flows[0]) }, []string{"flow.market"}},
		"review":            {func(d *wirev1.DescribeResponse) { d.Flows[0].Review = "never" }, []string{"flow.whole"}},
		"one way":           {func(d *wirev1.DescribeResponse) { d.Flows[0].Ways = []*wirev1.Way{{Id: "phone", Title: "atlas.title"}} }, []string{"flow.whole"}},
		"instead of itself": {func(d *wirev1.DescribeResponse) { step(d, 0).Proof.Instead = &wirev1.Instead{Step: "account"} }, []string{"flow.proofs"}},
		"instead a profile": {func(d *wirev1.DescribeResponse) { step(d, 0).Proof.Instead = &wirev1.Instead{Step: "profile"} }, []string{"flow.proofs"}},
		"instead for good": {func(d *wirev1.DescribeResponse) {
			second := proto.Clone(step(d, 0)).(*wirev1.Step)
			second.Id, second.Proof.Instead = "second", &wirev1.Instead{Step: "account"}
			step(d, 0).Proof.Instead = &wirev1.Instead{Step: "second"} // then both could be left for the other
			d.Flows[0].Steps = append(d.Flows[0].Steps, second)
		}, []string{"flow.proofs"}},
		"step twice":        {func(d *wirev1.DescribeResponse) { step(d, 1).Id = "account" }, []string{"flow.steps", "flow.conditions"}},
		"step's kind":       {func(d *wirev1.DescribeResponse) { step(d, 1).Kind = "dance" }, []string{"flow.steps"}},
		"no proof":          {func(d *wirev1.DescribeResponse) { step(d, 0).Proof = nil }, []string{"flow.steps"}},
		"field's type":      {func(d *wirev1.DescribeResponse) { step(d, 1).Fields[0].Type = "iris" }, []string{"flow.fields"}},
		"no PII class":      {func(d *wirev1.DescribeResponse) { step(d, 1).Fields[0].Pii = "" }, []string{"flow.fields"}},
		"nothing to select": {func(d *wirev1.DescribeResponse) { step(d, 1).Fields[1].Options = nil }, []string{"flow.fields"}},
		"no rows":           {func(d *wirev1.DescribeResponse) { step(d, 1).Fields[2].Constraint = nil }, []string{"flow.fields"}},
		"no sides":          {func(d *wirev1.DescribeResponse) { step(d, 2).Documents[0].Sides = nil }, []string{"flow.documents"}},
		"limit": {func(d *wirev1.DescribeResponse) {
			d.Flows[0].Tiers[0].Limits = []*wirev1.Limit{{Operation: "steal", Currency: "EUR", Period: "day"}}
		}, []string{"flow.tiers"}},
		"condition":    {func(d *wirev1.DescribeResponse) { step(d, 2).When.Field = "profile.chioce" }, []string{"flow.conditions"}},
		"unknown way":  {func(d *wirev1.DescribeResponse) { step(d, 2).When.Field = "start.way" }, []string{"flow.conditions"}},
		"proof":        {func(d *wirev1.DescribeResponse) { step(d, 0).Proof.Channel = "email" }, []string{"flow.proofs"}},
		"life of code": {func(d *wirev1.DescribeResponse) { step(d, 0).Proof.Ttl = nil }, []string{"flow.proofs"}},
		"stray key":    {func(d *wirev1.DescribeResponse) { text(d, "fr")["mail.x"] = text(d, "fr")["atlas.title"] }, []string{"catalogue.keys", "catalogue.parity"}},
		"missing":      {func(d *wirev1.DescribeResponse) { delete(text(d, "ru"), "atlas.title") }, []string{"catalogue.complete", "catalogue.parity"}},
		"own language": {func(d *wirev1.DescribeResponse) {
			d.Catalogues = append(d.Catalogues, &wirev1.Catalogue{Locale: "pt-BR"})
		}, []string{"catalogue.complete", "catalogue.parity"}},
		"plural":      {func(d *wirev1.DescribeResponse) { delete(text(d, "ar")["atlas.count"].Forms, "few") }, []string{"catalogue.plurals"}},
		"placeholder": {func(d *wirev1.DescribeResponse) { text(d, "fr")["atlas.problem.odd"].Forms["other"] = "{{.m}}" }, []string{"catalogue.placeholders"}},
		"markup":      {func(d *wirev1.DescribeResponse) { text(d, "en")["atlas.title"].Forms["other"] = "<b>x</b>" }, []string{"catalogue.plain"}},
	}
}

// TestFlawsOfDescriptions runs all cases that look at the description alone.
func TestFlawsOfDescriptions(t *testing.T) {
	for name, x := range misdescriptions() {
		t.Run(name, func(t *testing.T) {
			s := &suite{about: described(), Options: Options{Only: "describe.,flow.,catalogue."}}
			x.spoil(s.about)
			var failed []string
			for _, c := range common() {
				if c.id == "describe.constant" || c.id == handshakeID {
					continue
				}
				failed = append(failed, s.judge(c)...)
			}
			if !slices.Equal(failed, x.want) {
				t.Errorf("failed: %v, want %v", failed, x.want)
			}
		})
	}
}

// judge runs a case that needs no process and names it when it fails.
func (s *suite) judge(c check) []string {
	if !s.wanted(c.id) {
		return nil
	}
	t := &trial{suite: s}
	if c.run(context.Background(), t); len(t.seen) > 0 {
		return []string{c.id}
	}
	return nil
}

func text(d *wirev1.DescribeResponse, locale string) map[string]*wirev1.Text {
	for _, c := range d.Catalogues {
		if c.Locale == locale {
			return c.Messages
		}
	}
	return nil
}

// openDoor serves anybody.
type openDoor struct {
	wirev1.UnimplementedBaseServiceServer
}

func (openDoor) Describe(context.Context, *wirev1.DescribeRequest) (*wirev1.DescribeResponse, error) {
	return &wirev1.DescribeResponse{}, nil
}

func TestAnOpenDoorIsFound(t *testing.T) {
	address := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	wirev1.RegisterBaseServiceServer(server, openDoor{})
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	x := &suite{Options: Options{Patience: 1}, main: &process{runner: &watched{address: address, sockets: "/elsewhere"}}}
	x.fails(t, apart()["open door"]...)
}

// apart are the cases that other tests than those of tables make fail, by what they
// make wrong.
func apart() map[string][]string {
	return map[string][]string{
		"open door": {"start.socket", "start.closed-door"},
		"script":    {"start.program"},
		"forgetful": {"market.late", "messenger.late", "verifier.late"},
	}
}

// fails wants exactly these of the suite's cases to fail.
func (s *suite) fails(t *testing.T, ids ...string) {
	t.Helper()
	found := 0
	for _, c := range all() {
		if slices.Contains(ids, c.id) {
			found++
			if len(s.judge(c)) == 0 {
				t.Errorf("%s does not fail", c.id)
			}
		}
	}
	if found != len(ids) {
		t.Errorf("%d of %v are cases", found, ids)
	}
}

// all are the cases of every kind.
func all() []check {
	list := slices.Concat(common(), last())
	for _, cases := range kinds() {
		list = slices.Concat(list, cases)
	}
	return list
}

// TestEveryCaseHasAFlaw: there is something that makes each case fail, or nobody would
// notice that it cannot.
func TestEveryCaseHasAFlaw(t *testing.T) {
	fails := map[string]bool{}
	add := func(ids []string) {
		for _, id := range ids {
			fails[id] = true
		}
	}
	for _, want := range flaws() {
		add(want[1:])
	}
	for _, d := range misdescriptions() {
		add(d.want)
	}
	for _, ids := range apart() {
		add(ids)
	}
	for _, c := range vectorCases() {
		fails[c.id] = true // see TestGoldenVectorsAreCompared
	}
	list := all()
	for _, c := range list {
		if !fails[c.id] && !strings.HasPrefix(c.id, "text.") { // these are one case with many texts
			t.Errorf("nothing makes %s fail", c.id)
		}
	}
	if len(list) < 75 {
		t.Errorf("there are %d cases", len(list))
	}
}

func TestAScriptIsNoProgram(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	(&suite{Options: Options{Program: script}}).fails(t, apart()["script"]...)
	if r := Run(t.Context(), Options{Program: script + "-gone"}); !slices.Equal(r.Failed(), []string{"start.handshake"}) {
		t.Errorf("failed: %v", r.Failed())
	}
}

func TestSameForgivesOrder(t *testing.T) {
	a, b := described(), described()
	slices.Reverse(b.Catalogues)
	if !same(a, b) || proto.Equal(a, b) {
		t.Error("the order of languages matters")
	}
	if b.Version = "1.0.1"; same(a, b) {
		t.Error("another version is the same")
	}
}
