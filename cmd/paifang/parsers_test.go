package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// parsers are the functions that make something of a text from elsewhere, each
// with the fuzz target that attacks it, or why it needs none.
var parsers = map[string]string{
	"core/api parse":                "core/api FuzzBodies",
	"core/audit/trail Decode":       "core/audit/trail FuzzVerify",
	"core/audit/trail ParseKey":     "core/audit/trail FuzzVerify",
	"core/contact ParseEmail":       "core/contact FuzzParseEmail",
	"core/contact ParsePhone":       "core/contact FuzzParsePhone",
	"core/contact ParseRules":       "core/contact FuzzRules",
	"core/credential ParseToken":    "core/credential FuzzTokens",
	"core/kyc ParseTenantID":        "core/credential FuzzTokens",
	"core/kyc ParseMarketID":        "operator: an allow-list of characters",
	"locales ParseCatalogue":        "operator: catalogues come with the program and its providers",
	"plugins/sdk/number ParseMRZ":   "plugins/sdk/number FuzzMRZ",
	"plugins/sdk/number ParseTD1":   "plugins/sdk/number FuzzMRZ",
	"plugins/sdk/number ParseTD2":   "plugins/sdk/number FuzzMRZ",
	"plugins/sdk/number ParseTD3":   "plugins/sdk/number FuzzMRZ",
	"core/pipeline assertions":      "core/pipeline FuzzAssertion",
	"core/factor answers":           "core/factor FuzzAnswers",
	"core/review places":            "core/review FuzzPlace",
	"portal/apply forms":            "portal/apply FuzzForms",
	"portal/admin forms":            "portal/admin FuzzStaffForms",
	"portal/schemaform settings":    "portal/schemaform FuzzRead",
	"core/trace cause":              "core/trace FuzzCause",
	"portal/web form tokens":        "portal/web FuzzFormToken",
	"portal/web origin":             "portal/web FuzzOrigin",
	"plugins/host finding":          "plugins/host FuzzFinding",
	"plugins/host descriptions":     "plugins/host FuzzDescription",
	"plugins/host callbacks":        "plugins/host FuzzCallback",
	"plugins/host stderr":           "plugins/host FuzzStderr",
	"plugins/host manifest":         "plugins/host FuzzManifest",
	"plugins/catalogue publishers":  "plugins/catalogue FuzzPublishers",
	"plugins/catalogue statements":  "plugins/catalogue FuzzStatement",
	"plugins/declarative markets":   "plugins/declarative FuzzRead",
	"golden vectors":                "plugins/sdk/conformance FuzzVectors",
	"plugins/twilio receipts":       "plugins/twilio FuzzReceipt",
	"core/evidence files":           "core/evidence FuzzTake",
	"core/pipeline answers":         "core/pipeline FuzzValues",
	"core/contact human tests":      "core/contact FuzzHumanVerify",
	"portal/web hosts and ways on":  "portal/web FuzzHosts",
	"portal/web texts of messages":  "core/contact FuzzTexts",
	"plugins/sdk/number all others": "plugins/sdk/number FuzzNumbers",
}

// Every exported Parse and Decode of the core and the portal, which take text from
// elsewhere, is in the table, and every target of the table is there.
func TestParsersAreFuzzed(t *testing.T) {
	targets := map[string]bool{}
	for _, name := range declared(t, "../..", func(file string) bool { return strings.HasSuffix(file, "_test.go") }, `^Fuzz`) {
		targets[name] = true
	}
	for what, target := range parsers {
		if !strings.HasPrefix(target, "operator:") && !targets[target] {
			t.Errorf("%s: there is no target %s", what, target)
		}
	}
	for _, name := range declared(t, "../..", func(file string) bool { return !strings.HasSuffix(file, "_test.go") }, `^(Parse|Decode)([A-Z]|$)`) {
		inside := strings.HasPrefix(name, "core/") || strings.HasPrefix(name, "portal/") || strings.HasPrefix(name, "locales ")
		if _, known := parsers[name]; inside && !known {
			t.Errorf("%s takes text from elsewhere and is not in the table: fuzz it, or say why that is not needed", name)
		}
	}
}

// declared lists the functions of the tree ("folder Name") whose names match and
// that take a string, bytes, a reader or a *testing.F.
func declared(t *testing.T, root string, wanted func(file string) bool, pattern string) []string {
	t.Helper()
	named := regexp.MustCompile(pattern)
	var list []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "testdata" || name == "bin" || strings.HasPrefix(name, ".") && len(name) > 2):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || !wanted(name):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, _ := filepath.Rel(root, filepath.Dir(path))
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && named.MatchString(f.Name.Name) && takesText(f) {
				list = append(list, filepath.ToSlash(folder)+" "+f.Name.Name)
			}
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d functions, %v", len(list), err)
	}
	return list
}

func takesText(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		switch kind := p.Type.(type) {
		case *ast.Ident:
			if kind.Name == "string" {
				return true
			}
		case *ast.ArrayType:
			if of, ok := kind.Elt.(*ast.Ident); ok && of.Name == "byte" {
				return true
			}
		case *ast.SelectorExpr:
			if kind.Sel.Name == "Reader" {
				return true
			}
		case *ast.StarExpr:
			if of, ok := kind.X.(*ast.SelectorExpr); ok && of.Sel.Name == "F" {
				return true
			}
		}
	}
	return false
}

// TestSecurityPageIsTrue: the tests and the places that docs/security.md names exist.
func TestSecurityPageIsTrue(t *testing.T) {
	raw, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, name := range testsOf(t, "../..") {
		there[name] = true
	}
	named := 0
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(string(raw), -1) {
		what := m[1]
		switch {
		case regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w+$`).MatchString(what):
			if named++; !there[what] {
				t.Errorf("there is no test %s", what)
			}
		case regexp.MustCompile(`^(core|portal|plugins|cmd|docs|policies|locales|\.ci)/\S+$`).MatchString(what):
			named++
			if found, err := filepath.Glob("../../" + what); err != nil || len(found) == 0 {
				t.Errorf("there is no %s", what)
			}
		}
	}
	table, _, _ := strings.Cut(string(raw), "## NIST")
	counted := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| V[\d.]+ \| [^|]* \| ([^|]*) \|`).FindAllStringSubmatch(table, -1) {
		counted[strings.Trim(strings.TrimSpace(row[1]), "*")]++
	}
	sum := fmt.Sprintf("%d requirements: %d met, %d partly, %d not met, %d not applicable.", counted["met"]+counted["partly"]+counted["not met"]+counted["not applicable"],
		counted["met"], counted["partly"], counted["not met"], counted["not applicable"])
	if !strings.Contains(table, sum) {
		t.Errorf("the table does not say: %s", sum)
	}
	if named < 150 {
		t.Errorf("only %d tests and places are named", named)
	}
}

// testsOf lists the tests and fuzz targets of the tree.
func testsOf(t *testing.T, root string) []string {
	t.Helper()
	var list []string
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(raw), -1) {
			list = append(list, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
