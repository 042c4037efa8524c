package kyc_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A map that names what is not there is worse than none.
func TestDocsNameWhatExists(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "docs", "architecture.md"), filepath.Join(root, "docs", "api.md"))
	named := regexp.MustCompile("(?m)(?:`|^    )((?:cmd|core|plugins|portal|locales|policies|docs|\\.ci)(?:/[a-zA-Z0-9_.-]+)*)[` /]")
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(strings.ReplaceAll(string(text), "/...", ""), -1) {
			// What make data and make build leave is not in a fresh clone.
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil && !strings.HasPrefix(m[1], "locales/data/") {
				t.Errorf("%s names %s, which does not exist", page, m[1])
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			}
		}
	}
}

// Every module that we ask for by ourselves has its reason written down.
func TestEveryDependencyHasAReason(t *testing.T) {
	root := filepath.Join("..", "..")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) {
		name := strings.TrimPrefix(m[1], "github.com/")
		if !strings.Contains(string(reasons), name) && !strings.Contains(string(reasons), name[strings.LastIndex(name, "/")+1:]) {
			t.Errorf("docs/dependencies.md has no line for %s", m[1])
		}
	}
}
