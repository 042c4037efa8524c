package store

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// TestMigrationsAreNumberedOnce: every number from the first to the newest stands
// before one file in each dialect, and the program knows the newest.
func TestMigrationsAreNumberedOnce(t *testing.T) {
	var names []string
	for _, dialect := range []string{"sqlite", "postgres"} {
		files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
		if err != nil || len(files) != schemaVersion {
			t.Fatalf("%s has %d files, the newest is %d, %v", dialect, len(files), schemaVersion, err)
		}
		for i, f := range files {
			name := strings.TrimPrefix(f, "migrations/"+dialect+"/")
			if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(name, want) {
				t.Errorf("%s is not number %s", name, want)
			}
			if dialect == "sqlite" {
				names = append(names, name)
			} else if names[i] != name {
				t.Errorf("%s is %s in the other dialect", name, names[i])
			}
		}
	}
}
