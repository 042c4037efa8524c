package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// decoding is a call that makes something of bytes.
var decoding = regexp.MustCompile(`\b(?:json\.(?:Unmarshal|NewDecoder)|xml\.(?:Unmarshal|NewDecoder)|yaml\.(?:Unmarshal|NewDecoder)|toml\.(?:Unmarshal|Decode)|csv\.NewReader|` +
	`jwt\.Parse\w+|jose\.Parse\w+|protocol\.Parse\w+|proto\.Unmarshal|protojson\.Unmarshal|note\.Open|pem\.Decode|x509\.Parse\w+|asn1\.Unmarshal|zip\.(?:NewReader|OpenReader)|gob\.NewDecoder|` +
	`(?:jpeg|png|image)\.Decode\w*|url\.ParseQuery|\w*\.?PostArgs|BodyParser|TraceContext\{\}\.Extract)\(`)

// decoders are the packages with such calls, each with the fuzz target that attacks
// them, or why they need none: what they read an operator has written, or we have.
var decoders = map[string]string{
	"cmd/paifang":             "operator: settings of the demo, keys of signers",
	"cmd/paifang/bench":       "ours: answers of the server that it has started",
	"core/account":            "operator: settings of a market, after their schema",
	"core/api":                "core/api FuzzBodies",
	"core/audit/trail":        "core/audit/trail FuzzVerify",
	"core/check":              "operator: settings of a market, after their schema",
	"core/contact":            "core/contact FuzzRules",
	"core/credential":         "ours: what opens with our key alone",
	"core/directory":          "ours: what opens with our key alone",
	"core/evidence":           "core/evidence FuzzTake",
	"core/factor":             "core/factor FuzzAnswers",
	"core/factor/factortest":  "ours: the other side of our tests",
	"core/kyc":                "ours: columns of rows",
	"core/offer":              "portal/schemaform FuzzRead",
	"core/outbox":             "ours: what opens with our key alone",
	"core/person":             "ours: columns of rows",
	"core/pipeline":           "core/pipeline FuzzAssertion",
	"core/review":             "ours: what opens with our key alone",
	"core/rollout":            "core/rollout FuzzInstall",
	"core/store":              "ours: columns of rows",
	"core/tenant":             "core/tenant FuzzPublicKey",
	"core/trace":              "core/trace FuzzCause",
	"core/vault":              "operator: answers of the KMS",
	"locales":                 "operator: catalogues come with the program and its providers",
	"plugins/catalogue":       "plugins/catalogue FuzzStatement",
	"plugins/declarative":     "plugins/declarative FuzzRead",
	"plugins/host":            "plugins/host FuzzStderr",
	"plugins/sandboxmailbox":  "operator: settings of a provider",
	"plugins/sdk":             "operator: settings of a provider",
	"plugins/sdk/conformance": "plugins/sdk/conformance FuzzVectors",
	"plugins/sdk/wire":        "plugins/sdk/wire FuzzCodec",
	"plugins/smtp":            "operator: settings of a provider",
	"plugins/twilio":          "plugins/twilio FuzzReceipt",
	"portal/admin":            "portal/admin FuzzStaffForms",
	"portal/apply":            "portal/apply FuzzForms",
	"portal/dev":              "ours: a marketplace to try things with, in the demo alone",
	"portal/schemaform":       "portal/schemaform FuzzRead",
}

// Every package that decodes something is in the table, and every target of the table
// is there: a reader that nobody exported is seen, too.
func TestDecodersAreFuzzed(t *testing.T) {
	targets := declared(t, "../..", func(file string) bool { return strings.HasSuffix(file, "_test.go") }, `^Fuzz`)
	calls := decodingCalls(t, "../..")
	for _, folder := range slices.Sorted(maps.Keys(calls)) {
		if decoders[folder] == "" {
			t.Errorf("%s decodes by %s and is not in the table: fuzz it, or say why that is not needed", folder, calls[folder])
		}
	}
	for folder, target := range decoders {
		if calls[folder] == "" {
			t.Errorf("%s decodes nothing any more", folder)
		}
		if why := strings.HasPrefix(target, "operator: ") || strings.HasPrefix(target, "ours: "); !why && !slices.Contains(targets, target) {
			t.Errorf("%s: there is no target %s", folder, target)
		}
	}
}

// Every target begins with what is in its testdata/fuzz.
func TestTargetsHaveACorpus(t *testing.T) {
	for _, name := range declared(t, "../..", func(file string) bool { return strings.HasSuffix(file, "_test.go") }, `^Fuzz`) {
		folder, target, _ := strings.Cut(name, " ")
		if found, err := filepath.Glob(filepath.Join("../..", folder, "testdata/fuzz", target, "*")); err != nil || len(found) == 0 {
			t.Errorf("%s has no corpus", name)
		}
	}
}

// decodingCalls tells by which call the packages of the tree decode: one of each.
func decodingCalls(t *testing.T, root string) map[string]string {
	t.Helper()
	calls := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "testdata" || name == "bin" || name == "examples" || strings.HasPrefix(name, ".") && len(name) > 2):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if call := decoding.Find(source); call != nil {
			folder, _ := filepath.Rel(root, filepath.Dir(path))
			calls[filepath.ToSlash(folder)] = strings.TrimSuffix(string(call), "(")
		}
		return err
	})
	if err != nil || len(calls) < 20 {
		t.Fatalf("%d packages decode, %v", len(calls), err)
	}
	return calls
}
