package schemaform

import (
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/offer"
)

var update = flag.Bool("update", false, "write testdata/everything.golden anew")

func everything(t testing.TB) *offer.Setting {
	t.Helper()
	raw, err := os.ReadFile("testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := offer.ReadSchema(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const settings = `{"name":"Nordlicht","least":21,"rate":2.50,"strict":false,"mode":"high","level":2,"modes":["a","c"],"currencies":["EUR","USD"],
	"club":{"site":"north","deep":{"x":"y"}},"limits":[{"currency":"USD","amount":100,"daily":true},{"currency":"CNY","note":"none"}],
	"names":{"x":"y"},"either":5,"maybe":null,"older":{"kept":1}}`

func parsed(t testing.TB, raw string) map[string]any {
	t.Helper()
	m, ok := offer.Value(raw).(map[string]any)
	if !ok {
		t.Fatalf("no object: %s", raw)
	}
	return m
}

// The form of a schema that has everything is a file: which setting is which field
// is what authors of providers rely on.
func TestFormOfEverything(t *testing.T) {
	s := everything(t)
	var b strings.Builder
	lines(&b, Show(s, Fill(s, parsed(t, settings)), []string{"/token"}), "")
	const file = "testdata/everything.golden"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("the form changed; look at it and run with -update:\n%s", d)
	}
}

// lines writes a form down, one field a line.
func lines(b *strings.Builder, list []Field, indent string) {
	for _, f := range list {
		b.WriteString(indent + f.As + " " + f.Name)
		say := func(what string, v any) {
			raw, _ := json.Marshal(v)
			if text := string(raw); text != `""` && text != "false" && text != "null" && text != "{}" {
				b.WriteString(" " + what + "=" + text)
			}
		}
		say("title", f.Title)
		say("required", f.Required)
		say("text", f.Text)
		say("default", f.Default)
		say("bounds", f.Bounds)
		say("pattern", f.Pattern)
		say("format", f.Format)
		say("unset", f.Unset)
		say("kept", f.Kept)
		for _, o := range f.Options {
			say("option", o)
		}
		b.WriteString("\n")
		lines(b, f.Fields, indent+"  ")
		for _, r := range f.Rows {
			b.WriteString(indent + "  row " + r.Drop + "\n")
			lines(b, r.Fields, indent+"    ")
		}
	}
}

// An untouched form changes nothing, whatever is set.
func TestUntouched(t *testing.T) {
	s := everything(t)
	for _, raw := range []string{`{}`, settings, `{"name":5,"modes":"a","limits":{"a":1},"club":[],"strict":"yes"}`, `{"name":" x ","modes":[],"currencies":[],"limits":[],"ages":[1,2]}`,
		`{"modes":["c","a"],"limits":[{"x":1}],"club":{"site":"a","z":{}},"name":"a\nb","level":3}`, `{"modes":["a","a"],"name":"","currencies":[""],"limits":[{}]}`} {
		want := parsed(t, raw)
		got, wrong := Read(s, Fill(s, want))
		if s := want["modes"]; s == nil {
			want["modes"] = []any{} // boxes of which one has to be ticked cannot be left out
		}
		if d := cmp.Diff(want, got); d != "" || len(wrong) > 0 {
			t.Errorf("%s: %v %s", raw, wrong, d)
		}
	}
}

func TestUntouchedAnything(t *testing.T) {
	s := everything(t)
	names := []string{"name", "mail", "least", "rate", "strict", "mode", "level", "modes", "currencies", "ages", "club", "limits", "names", "either", "maybe", "more"}
	scalars := rapid.SampledFrom([]any{"", "a", "USD", " b", "x\ny", "low", json.Number("1"), json.Number("2.50"), true, false, nil})
	objects := rapid.Custom(func(t *rapid.T) any {
		return rapid.MapOfN(rapid.SampledFrom([]string{"site", "currency", "amount", "daily", "note", "x"}), scalars, 0, 3).Draw(t, "o")
	})
	values := rapid.OneOf(scalars, objects, rapid.Custom(func(t *rapid.T) any {
		return rapid.SliceOfN(rapid.OneOf(scalars, objects), 0, 3).Draw(t, "l")
	}))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(rapid.SampledFrom(names), values, 0, 6).Draw(t, "settings")
		want["modes"] = []any{"a"}
		got, wrong := Read(s, Fill(s, want))
		if d := cmp.Diff(offer.Typed(want), offer.Typed(got)); d != "" || len(wrong) > 0 {
			t.Errorf("%v %s", wrong, d)
		}
	})
}

// What was typed is shown again as it was typed, sense or not.
func TestTypedIsShownAgain(t *testing.T) {
	s := everything(t)
	typed := url.Values{"s/least": {"many"}, "json/names": {`{"a":`}, "other": {"[]"}, "s/limits/0/amount": {"x"}, "rows/limits": {"1"}, "secret/token": {"hush"}, "clear/token": {"yes"},
		"s/ages": {"1\nzwei"}, "s/modes": {`"b"`, `"z"`}}
	got, wrong := Read(s, typed)
	var codes []string
	for _, w := range wrong {
		codes = append(codes, w.Pointer+" "+w.Code)
	}
	if d := cmp.Diff([]string{" form.json_object", "/least form.number", "/ages form.number", "/limits/0/amount form.number", "/names form.json"}, codes); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]any{"modes": []any{"b"}, "ages": []any{json.Number("1")}, "limits": []any{map[string]any{}}, "token": "hush", "currencies": []any{}}, got); d != "" {
		t.Error(d)
	}
	fields := Show(s, typed, []string{"/token"})
	rest := Attach(fields, []Wrong{{"/limits/0/amount", "a"}, {"/limits/7", "b"}, {"/nowhere", "c"}, {"", "d"}, {"/club/key", "e"}, {"/modes/1", "f"}})
	if d := cmp.Diff([]Wrong{{"/nowhere", "c"}, {"", "d"}}, rest); d != "" {
		t.Error(d)
	}
	var b strings.Builder
	lines(&b, fields, "")
	for _, want := range []string{`text="many"`, `text="{\"a\":"`, `text="1\nzwei"`, `secret secret/token kept=true`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "hush") {
		t.Error("a secret is shown")
	}
}

// A default that holds goes when something is put in, and comes back when it is ticked.
func TestDefaultsOfLists(t *testing.T) {
	s := everything(t)
	for what, x := range map[string]struct {
		typed url.Values
		want  any
	}{
		"untouched":         {url.Values{"unset/ages": {"yes"}, "was/ages": {"unset"}}, nil},
		"put in":            {url.Values{"unset/ages": {"yes"}, "was/ages": {"unset"}, "s/ages": {"5"}}, []any{json.Number("5")}},
		"back to default":   {url.Values{"unset/ages": {"yes"}, "was/ages": {"set"}, "s/ages": {"5"}}, nil},
		"empty on purpose":  {url.Values{"was/ages": {"unset"}, "s/ages": {""}}, []any{}},
		"a row is to go":    {url.Values{"was/limits": {"set"}, "rows/limits": {"2"}, "s/limits/0/note": {"a"}, "s/limits/1/note": {"b"}, "drop/limits/0": {"yes"}, "unset/ages": {"yes"}}, nil},
		"too many to count": {url.Values{"rows/limits": {"99999999999"}, "unset/ages": {"yes"}, "unset/limits": {"yes"}}, nil},
	} {
		got, _ := Read(s, x.typed)
		if d := cmp.Diff(x.want, got["ages"]); d != "" {
			t.Errorf("%s: %s", what, d)
		}
		if what == "a row is to go" && offer.Typed(got["limits"]) != `[{"note":"b"}]` {
			t.Errorf("%s: %v", what, got["limits"])
		}
	}
}

// FuzzRead: whatever is sent, nothing breaks, what is read can be written down and
// fills a form from which the same is read.
func FuzzRead(f *testing.F) {
	f.Add("s/least=1&rows/limits=2&s/limits/0/amount=5&json/names={}&other={\"a\":1}&secret/token=x&clear/token=y")
	f.Add("json/limits=[1]&json/club=5&s/modes=\"a\"&was/ages=unset&unset/ages=1&s/ages=1%0a2")
	s := everything(f)
	f.Fuzz(func(t *testing.T, query string) {
		sent, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		doc, wrong := Read(s, sent)
		Attach(Show(s, sent, []string{"/token"}), []Wrong{{"/limits/0/amount", "x"}})
		raw, err := offer.JSON(doc)
		if err != nil || len(wrong) > 0 {
			return
		}
		for _, name := range []string{"token", "keys"} {
			delete(doc, name)
		}
		if club, ok := doc["club"].(map[string]any); ok {
			if delete(club, "key"); len(club) == 0 {
				delete(doc, "club")
			}
		}
		again, wrong := Read(s, Fill(s, doc))
		if d := cmp.Diff(offer.Typed(doc), offer.Typed(again)); d != "" || len(wrong) > 0 {
			t.Errorf("%s: %v %s", raw, wrong, d)
		}
	})
}
