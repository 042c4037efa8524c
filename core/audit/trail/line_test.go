package trail_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

var number = regexp.MustCompile(`"n":\d+,`)

func itoa(n int) string { return strconv.Itoa(n) }

func actor() kyc.Actor { return audit.System("office") }

// The form of a line is for ever: what was sealed with it must verify.
func TestEncode(t *testing.T) {
	line := kyc.AuditLine{Tenant: "shop", ID: "01935b6e-7c00-7000-8000-123456789012", At: storetest.Now, Actor: kyc.Actor{Kind: "staff", ID: "s1"},
		Action: "document.viewed", ObjectKind: "case", ObjectID: "c1", Detail: map[string]string{"why": "review", "file": "f1", "a\"\\\n\x01\u2028<é": "/"}, Seq: 7}
	const want = `{"action":"document.viewed","actor":{"id":"s1","kind":"staff"},"at":"2026-11-22T12:00:00.000Z",` +
		`"detail":{"a\"\\\n\u0001` + "\u2028" + `<é":"/","file":"f1","why":"review"},"id":"01935b6e-7c00-7000-8000-123456789012","n":7,` +
		`"object":{"id":"c1","kind":"case"},"tenant":"shop","v":1}`
	raw, err := trail.Encode(line)
	if err != nil || string(raw) != want {
		t.Errorf("%v\n%s\n%s", err, raw, want)
	}
	line.Detail = nil
	raw, err = trail.Encode(line)
	if err != nil || !regexp.MustCompile(`"detail":{},`).Match(raw) {
		t.Errorf("%s %v", raw, err)
	}
	for name, spoil := range map[string]func(*kyc.AuditLine){
		"number": func(l *kyc.AuditLine) { l.Seq = 0 },
		"time":   func(l *kyc.AuditLine) { l.At = 0 },
		"text":   func(l *kyc.AuditLine) { l.Action = "\xff" },
	} {
		l := line
		spoil(&l)
		if _, err := trail.Encode(l); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.String().Draw(t, name) }
		want := kyc.AuditLine{Tenant: kyc.TenantID(text("tenant")), ID: kyc.AuditID(text("id")), At: kyc.Millis(rapid.Int64Range(1, 253402300799999).Draw(t, "at")),
			Actor: kyc.Actor{Kind: text("kind"), ID: text("actor")}, Action: text("action"), ObjectKind: text("object kind"), ObjectID: text("object"),
			Detail: rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "detail"), Seq: rapid.Int64Range(1, 1<<62).Draw(t, "seq")}
		if len(want.Detail) == 0 {
			want.Detail = nil
		}
		raw, err := trail.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(raw) {
			t.Fatalf("%s is no JSON", raw)
		}
		got, err := trail.Decode(raw)
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Fatal(err, d)
		}
	})
}
