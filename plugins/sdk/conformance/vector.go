package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"

	"github.com/paifang/paifang/plugins/sdk"
)

// Vector is a golden case of a market: what somebody answers to a step, and
// what must be found. Vectors are tables in plain files, to which people add
// who do not write programs.
//
// YAML is a list of cases; only case and step are required:
//
//   - case: one wrong digit
//     step: profile
//     now: 2026-11-22              # 2026-06-01 otherwise
//     config: {min_age: 20}        # the tenant's
//     values: {cpf: 111.444.777-34}
//     answers: {account: {phone: "+5511961234567"}}
//     facts: {contact.phone: BR}
//     problems: [cpf field.number_check_digit]
//
// and expects problems, reasons ("path code"), identities ("class value"),
// requested, normalized, derived and tier. TOML is the same with [[case]] and
// name. What is expected is compared whole: what is not named must be empty.
//
// CSV is a sheet with a row for each case, and says less: see readCSV.
type Vector struct {
	Name    string                       `yaml:"case"`
	Step    string                       `yaml:"step"`
	Now     time.Time                    `yaml:"now"`
	Config  jsonText                     `yaml:"config"`
	Values  map[string]string            `yaml:"values"`
	Answers map[string]map[string]string `yaml:"answers"`
	Facts   map[string]string            `yaml:"facts"`

	Problems   []string          `yaml:"problems"`
	Reasons    []string          `yaml:"reasons"`
	Identities []string          `yaml:"identities"`
	Requested  []string          `yaml:"requested"`
	Normalized map[string]string `yaml:"normalized"`
	Derived    map[string]string `yaml:"derived"`
	Tier       string            `yaml:"tier"`

	File string          `yaml:"-" toml:"-"` // where it is from
	only map[string]bool // what is compared; nil: everything
}

// jsonText is JSON, written as text or in the form of the file.
type jsonText string

// UnmarshalYAML takes text as it is and makes JSON of anything else.
func (j *jsonText) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*j = jsonText(n.Value)
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return err
	}
	raw, err := json.Marshal(v)
	*j = jsonText(raw)
	return err
}

// ReadVectors reads a file, or all files of a folder that are .yaml, .toml or
// .csv, in the order of their names. Two cases of one name are an error.
func ReadVectors(path string) ([]Vector, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		files = nil
		for _, form := range []string{"*.yaml", "*.yml", "*.toml", "*.csv"} {
			found, err := filepath.Glob(filepath.Join(path, form))
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		}
		slices.Sort(files)
	}
	var all []Vector
	seen := map[string]bool{}
	for _, file := range files {
		list, err := readVectors(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, v := range list {
			v.File = file
			if v.Name == "" || v.Step == "" || seen[v.Name] {
				return nil, fmt.Errorf("%s: case %q has no name or no step, or its name is there twice", file, v.Name)
			}
			seen[v.Name] = true
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no golden vectors", path)
	}
	return all, nil
}

func readVectors(file string) ([]Vector, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseVectors(filepath.Ext(file), raw)
}

func parseVectors(form string, raw []byte) ([]Vector, error) {
	switch form {
	case ".csv":
		return readCSV(raw)
	case ".toml":
		var table struct{ Case []Vector }
		meta, err := toml.Decode(string(raw), &table)
		if err == nil && len(meta.Undecoded()) > 0 {
			err = fmt.Errorf("unknown keys %v", meta.Undecoded())
		}
		return table.Case, err
	}
	var list []Vector
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return list, nil
}

// Question is what is asked.
func (v Vector) Question() *sdk.Question {
	now := v.Now
	if now.IsZero() {
		now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	}
	return &sdk.Question{Step: v.Step, Values: v.Values, Answers: v.Answers, Facts: v.Facts, Config: []byte(v.Config), Now: now, Locale: "en"}
}

// Differences say what is not as the vector expects; none: all is.
func (v Vector) Differences(f *sdk.Finding) []string {
	var problems, reasons, identities, out []string
	for _, p := range f.Problems {
		problems = append(problems, strings.TrimSpace(p.Path+" "+p.Code))
	}
	for _, r := range f.Reasons {
		reasons = append(reasons, strings.TrimSpace(r.Subject.Ref+" "+r.Code))
	}
	for _, id := range f.Identities {
		identities = append(identities, id.Class+" "+id.Value)
	}
	differ := func(what string, same bool, got, want any) {
		if !same && (v.only == nil || v.only[what]) {
			out = append(out, fmt.Sprintf("%s: %q, expected %q", what, got, want))
		}
	}
	for _, x := range []struct {
		what      string
		got, want []string
	}{
		{"problems", problems, v.Problems}, {"reasons", reasons, v.Reasons},
		{"identities", identities, v.Identities}, {"requested", f.Requested, v.Requested},
	} {
		got, want := slices.Sorted(slices.Values(x.got)), slices.Clone(x.want)
		for i := range want {
			want[i] = strings.Join(strings.Fields(want[i]), " ")
		}
		slices.Sort(want)
		differ(x.what, slices.Equal(got, want), got, want)
	}
	differ("normalized", maps.Equal(v.compared("normalized", f.Normalized, v.Normalized), v.Normalized), f.Normalized, v.Normalized)
	differ("derived", maps.Equal(v.compared("derived", f.Derived, v.Derived), v.Derived), f.Derived, v.Derived)
	differ("tier", f.Tier == v.Tier, f.Tier, v.Tier)
	return out
}

// compared is what a finding says of the names that a sheet has columns for.
func (v Vector) compared(what string, got, want map[string]string) map[string]string {
	if v.only == nil {
		return got
	}
	part := map[string]string{}
	for name := range want {
		if value, ok := got[name]; ok {
			part[name] = value
		}
	}
	return part
}

func vectorCases() []check {
	return []check{{"vectors.golden", "every golden vector is found as it is written",
		"Either the rules or the vector is wrong: whoever knows the market decides which.", vectorsGolden}}
}

func vectorsGolden(ctx context.Context, t *trial) {
	if t.Vectors == "" {
		t.skip("no folder of golden vectors was named")
		return
	}
	list, err := ReadVectors(t.Vectors)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	t.count = len(list)
	for _, v := range list {
		q := t.main.Request(v.Question())
		r, err := t.evaluate(ctx, q)
		if err != nil {
			t.errorf("%s: %v", v.Name, err)
			continue
		}
		for _, d := range v.Differences(finding(r)) {
			t.errorf("%s (%s): %s", v.Name, filepath.Base(v.File), d)
		}
	}
}
