package locales

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"testing"
)

// said finds what a page says: {{t "apply.title"}}, (t "apply.wait" …), {{n "apply.files" .Count}}, {{timed "apply.valid" .Until}}.
var said = regexp.MustCompile(`[{(|]\s*-?\s*(?:t|n|timed) "([a-z0-9_.]+)"`)

// TestEveryKeyOfThePagesHasAText looks at the templates of all doors.
func TestEveryKeyOfThePagesHasAText(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	p, root := b.Printer(fallback), os.DirFS("../portal")
	found := 0
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		page, err := fs.ReadFile(root, name)
		for _, match := range said.FindAllSubmatch(page, -1) {
			found++
			if key := string(match[1]); !p.Has(key) {
				t.Errorf("portal/%s: no text for %q", name, key)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("the pages say nothing: the search is broken")
	}
}
