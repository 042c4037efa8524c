package words_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
)

// TestWhatStaffReadHasWords looks for what would be shown to staff by its bare
// name, because nobody has put it into words: actions and objects of the record,
// and what the checks of the core leave as evidence. That all languages have the
// same keys is tested in locales.
func TestWhatStaffReadHasWords(t *testing.T) {
	b, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := b.Printer("en")
	for _, action := range audit.Actions() {
		if words.Action(p, action) == action {
			t.Errorf("the action %q has no words", action)
		}
	}
	for _, kind := range review.Objects() {
		if words.Object(p, kind) == kind {
			t.Errorf("the object %q has no words", kind)
		}
	}
	if words.Source(p, "automatic") == "automatic" {
		t.Error("who made the findings of the core has no words")
	}
	names := namesOf(t, "../../check", `evidence\("([a-z_]+)"`)
	for _, name := range names {
		if words.Evidence(p, review.Datum{Name: name}) == name {
			t.Errorf("the evidence %q has no words", name)
		}
	}
	if len(names) < 10 {
		t.Errorf("%d names of evidence: the search is broken", len(names))
	}
}

// namesOf collects what the pattern's group matches in the Go files below a folder.
func namesOf(t *testing.T, folder, pattern string) []string {
	t.Helper()
	var out []string
	seen, expr := map[string]bool{}, regexp.MustCompile(pattern)
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := os.ReadFile(name)
		for _, m := range expr.FindAllSubmatch(source, -1) {
			if found := string(m[1]); !seen[found] {
				seen[found], out = true, append(out, found)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
