package locales

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// spoken says which argument of a call is something that a person will read,
// and the key that it is read by.
var spoken = map[string]struct {
	argument int
	prefix   string
}{
	"kyc.EKey":  {1, ""},
	"kyc.P":     {1, "problem."},
	"*.problem": {1, "problem."}, // (*attempt).problem of the pipeline
	"*.T":       {0, ""},         // (*Printer).T
	"*.N":       {0, ""},
}

// TestEveryKeyOfTheCodeHasAText looks at the literals of the source: an error
// or a problem that nobody has put into words is found here, not by a person.
func TestEveryKeyOfTheCodeHasAText(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	p := b.Printer(fallback)
	found := 0
	for _, folder := range []string{"../core", "../portal", "../plugins"} {
		for _, use := range keysIn(t, folder) {
			found++
			if !p.Has(use.key) {
				t.Errorf("%s: no text for %q", use.where, use.key)
			}
		}
	}
	if found == 0 {
		t.Error("the source holds no key: the search is broken")
	}
}

type use struct{ where, key string }

func keysIn(t *testing.T, folder string) []use {
	t.Helper()
	var out []use
	files := token.NewFileSet()
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := goparser.ParseFile(files, name, nil, goparser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if key, ok := keyOf(n); ok {
				out = append(out, use{files.Position(n.Pos()).String(), key})
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func keyOf(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	s, known := spoken["*."+selector.Sel.Name]
	if owner, named := selector.X.(*ast.Ident); named && !known {
		s, known = spoken[owner.Name+"."+selector.Sel.Name]
	}
	if !known || len(call.Args) <= s.argument {
		return "", false
	}
	literal, ok := call.Args[s.argument].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	key, err := strconv.Unquote(literal.Value)
	if err != nil || key == "" {
		return "", false
	}
	return s.prefix + key, true
}

// TestEveryReasonHasItsWords holds the rule that whoever is told a reason is
// also told what to do.
func TestEveryReasonHasItsWords(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	p := b.Printer(fallback)
	for _, code := range append(kyc.ReasonCodes(), "generic") {
		if !p.Has("reason." + code + ".text") {
			t.Errorf("reason %s has no text", code)
		}
		_, audience, known := kyc.ReasonDefault(code)
		if (!known || audience == kyc.Public) && !p.Has("reason."+code+".remedy") {
			t.Errorf("reason %s has no remedy", code)
		}
	}
}

// TestEveryErrorCodeHasAText covers errors without a key of their own.
func TestEveryErrorCodeHasAText(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []kyc.Code{
		kyc.Invalid, kyc.Unauthorized, kyc.Forbidden, kyc.NotFound, kyc.Conflict, kyc.Gone,
		kyc.TooLarge, kyc.Unsupported, kyc.Limited, kyc.Unavailable, kyc.Internal,
	} {
		if key := "error." + string(code); !b.Printer(fallback).Has(key) {
			t.Errorf("no text for %q", key)
		}
	}
}
