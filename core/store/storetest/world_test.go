package storetest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheWorldHasEveryWrite keeps a new kind of write from being forgotten: the
// suite commits the world, and as another tenant.
func TestTheWorldHasEveryWrite(t *testing.T) {
	var want, got []string
	names, err := filepath.Glob("../../kyc/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if ok && method.Recv != nil && method.Name.Name == "write" {
				want = append(want, "kyc."+fmt.Sprint(method.Recv.List[0].Type))
			}
		}
	}
	w := newWorld("demo")
	for _, write := range append(w.make(), w.change()...) {
		got = append(got, fmt.Sprintf("%T", write))
	}
	slices.Sort(want)
	slices.Sort(got)
	got = slices.Compact(got) // lines are appended twice
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes (-declared +tried):\n%s", diff)
	}
}
