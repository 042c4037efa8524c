package declarative

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/paifang/paifang/plugins/sdk"
)

// file is the YAML of a market. Its words are those of package sdk.
type file struct {
	ID         string            `yaml:"id"`
	Version    string            `yaml:"version"`
	Review     string            `yaml:"review"`
	Checks     []string          `yaml:"checks"`
	Currencies []string          `yaml:"currencies"`
	Regions    []string          `yaml:"contact_regions"`
	Lifetime   duration          `yaml:"lifetime"`
	Ways       []string          `yaml:"ways"`
	Steps      []step            `yaml:"steps"`
	Tiers      []tier            `yaml:"tiers"`
	OwnCodes   map[string]string `yaml:"own_codes"`
	Messages   map[string]node   `yaml:"messages"` // by language
}

type step struct {
	ID        string      `yaml:"id"`
	Kind      string      `yaml:"kind"`
	When      condition   `yaml:"when"`
	Consents  []string    `yaml:"consents"`
	OnDemand  bool        `yaml:"on_demand"`
	Immutable bool        `yaml:"immutable"`
	Proof     *proof      `yaml:"proof"`
	Fields    []field     `yaml:"fields"`
	Documents []documents `yaml:"documents"`

	Let    []let  `yaml:"let"`
	Rules  []rule `yaml:"rules"`
	Accept accept `yaml:"accept"`
}

type field struct {
	Name         string    `yaml:"name"`
	Type         string    `yaml:"type"`
	Required     bool      `yaml:"required"`
	Min          int       `yaml:"min"`
	Max          int       `yaml:"max"`
	Count        int       `yaml:"count"`
	Options      []string  `yaml:"options"`
	Script       string    `yaml:"script"`
	Regions      []string  `yaml:"regions"`
	Autocomplete string    `yaml:"autocomplete"`
	PII          string    `yaml:"pii"`
	Default      string    `yaml:"default"`
	When         condition `yaml:"when"`
}

type documents struct {
	ID    string    `yaml:"id"`
	Kind  string    `yaml:"kind"`
	Sides []string  `yaml:"sides"`
	When  condition `yaml:"when"`
}

type condition struct {
	Field string   `yaml:"field"`
	In    []string `yaml:"in"`
	Same  string   `yaml:"same"`
}

type proof struct {
	Channel   string    `yaml:"channel"`
	Field     string    `yaml:"field"`
	Of        string    `yaml:"of"`
	Link      bool      `yaml:"link"`
	TTL       duration  `yaml:"ttl"`
	Login     bool      `yaml:"login"`
	LoginWhen condition `yaml:"login_when"`
	Instead   *instead  `yaml:"instead"`
}

type instead struct {
	Step  string `yaml:"step"`
	Later bool   `yaml:"later"`
}

type tier struct {
	ID     string   `yaml:"id"`
	Allows []string `yaml:"allows"`
	Denies []string `yaml:"denies"`
	Limits []struct {
		Operation string `yaml:"operation"`
		Currency  string `yaml:"currency"`
		Minor     int64  `yaml:"minor"`
		Period    string `yaml:"period"`
	} `yaml:"limits"`
}

// let names a value for the expressions after it.
type let struct {
	Name string     `yaml:"name"`
	Is   expression `yaml:"is"`
}

// rule finds a problem, or with Reason something that a person should know, when
// its condition holds. Of several rules about one field the first that holds
// counts.
type rule struct {
	When    expression            `yaml:"when"`
	Field   string                `yaml:"field"`
	Problem string                `yaml:"problem"`
	Reason  string                `yaml:"reason"`
	Params  map[string]expression `yaml:"params"`
}

// accept says what is found when nothing fell short.
type accept struct {
	Normalize  map[string]expression `yaml:"normalize"`
	Derive     map[string]expression `yaml:"derive"`
	Identities []identity            `yaml:"identities"`
	Request    []request             `yaml:"request"`
	Tier       expression            `yaml:"tier"`
}

type identity struct {
	Class expression `yaml:"class"`
	Value expression `yaml:"value"`
	When  expression `yaml:"when"`
}

type request struct {
	Step string     `yaml:"step"`
	When expression `yaml:"when"`
}

// expression is CEL and where it stands.
type expression struct {
	text string
	line int
}

func (e *expression) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: an expression is text", n.Line)
	}
	e.text, e.line = n.Value, n.Line
	return nil
}

// node is messages, nested.
type node struct{ yaml.Node }

func (n *node) UnmarshalYAML(v *yaml.Node) error { n.Node = *v; return nil }

type duration time.Duration

func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v <= 0 {
		return fmt.Errorf("line %d: %q is no length of time like 10m or 24h", n.Line, n.Value)
	}
	*d = duration(v)
	return nil
}

// maxFile bounds a market's file in bytes.
const maxFile = 1 << 20

// parse reads a file strictly: a word that is not known is an error with its line.
func parse(raw []byte) (*file, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("a market has at most %d bytes", maxFile)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	var f file
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if f.ID == "" || f.Version == "" || len(f.Steps) == 0 || len(f.Messages) == 0 {
		return nil, errors.New("a market needs id, version, steps and messages")
	}
	return &f, nil
}

func (f *file) description() (sdk.Description, error) {
	d := sdk.Description{ID: f.ID, Version: f.Version, OwnCodes: f.OwnCodes, Messages: sdk.Messages{}}
	for locale, n := range f.Messages {
		texts := map[string]map[string]string{}
		if err := flatten(f.ID, &n.Node, texts); err != nil {
			return d, fmt.Errorf("messages.%s: %w", locale, err)
		}
		d.Messages[locale] = texts
	}
	flow := sdk.Flow{Market: f.ID, Review: f.Review, Checks: f.Checks, Currencies: f.Currencies, ContactRegions: f.Regions, Lifetime: time.Duration(f.Lifetime)}
	for _, w := range f.Ways {
		flow.Ways = append(flow.Ways, sdk.Way{ID: w, Title: f.ID + ".ways." + w})
	}
	for _, s := range f.Steps {
		flow.Steps = append(flow.Steps, s.sdk())
	}
	for _, t := range f.Tiers {
		out := sdk.Tier{ID: t.ID}
		for _, a := range t.Allows {
			out.Allows = append(out.Allows, f.ID+".allows."+a)
		}
		for _, a := range t.Denies {
			out.Denies = append(out.Denies, f.ID+".denies."+a)
		}
		for _, l := range t.Limits {
			out.Limits = append(out.Limits, sdk.Limit{Operation: l.Operation, Currency: l.Currency, Minor: l.Minor, Period: l.Period})
		}
		flow.Tiers = append(flow.Tiers, out)
	}
	d.Flows = []sdk.Flow{flow}
	return d, nil
}

func (c condition) sdk() sdk.Condition { return sdk.Condition{Field: c.Field, In: c.In, Same: c.Same} }

func (s step) sdk() sdk.Step {
	out := sdk.Step{ID: s.ID, Kind: s.Kind, When: s.When.sdk(), Consents: s.Consents, OnDemand: s.OnDemand, Immutable: s.Immutable}
	if p := s.Proof; p != nil {
		out.Proof = &sdk.Proof{Channel: p.Channel, Field: p.Field, Of: p.Of, Link: p.Link, TTL: time.Duration(p.TTL), Login: p.Login, LoginWhen: p.LoginWhen.sdk()}
		if p.Instead != nil {
			out.Proof.Instead = &sdk.Instead{Step: p.Instead.Step, Later: p.Instead.Later}
		}
	}
	for _, f := range s.Fields {
		x := sdk.Field{Name: f.Name, Type: f.Type, Required: f.Required, MinLen: f.Min, MaxLen: f.Max, Count: f.Count, Script: f.Script,
			Regions: f.Regions, Autocomplete: f.Autocomplete, PII: f.PII, Default: f.Default, When: f.When.sdk()}
		for _, o := range f.Options {
			x.Options = append(x.Options, sdk.Option{Value: o})
		}
		out.Fields = append(out.Fields, x)
	}
	for _, d := range s.Documents {
		r := sdk.Requirement{ID: d.ID, Kind: d.Kind, When: d.When.sdk()}
		for _, side := range d.Sides {
			r.Sides = append(r.Sides, sdk.Side{Name: side})
		}
		out.Documents = append(out.Documents, r)
	}
	return out
}

// flatten makes dotted keys of nested messages. A message that counts has its
// plural forms below the key "plural".
func flatten(key string, n *yaml.Node, into map[string]map[string]string) error {
	switch n.Kind {
	case yaml.ScalarNode:
		into[key] = map[string]string{"other": n.Value}
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			name, value := n.Content[i].Value, n.Content[i+1]
			if name == "plural" {
				forms := map[string]string{}
				if err := value.Decode(&forms); err != nil {
					return err
				}
				into[key] = forms
				continue
			}
			if err := flatten(key+"."+name, value, into); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("line %d: a message is text", n.Line)
	}
	return nil
}
