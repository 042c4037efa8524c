package store

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// TestMigrationsAreNumberedOnce: no number stands before two files of a dialect,
// both dialects have the same, and the program knows the newest.
func TestMigrationsAreNumberedOnce(t *testing.T) {
	var names []string
	for _, dialect := range []string{"sqlite", "postgres"} {
		files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has %d files, %v", dialect, len(files), err)
		}
		last := 0
		for i, f := range files {
			name, number := strings.TrimPrefix(f, "migrations/"+dialect+"/"), 0
			if n, err := fmt.Sscanf(name, "%04d_", &number); n != 1 || err != nil || number <= last {
				t.Errorf("%s does not come after number %d", name, last)
			}
			last = number
			if i == len(files)-1 && number != schemaVersion {
				t.Errorf("the newest is %s, the program knows %d", name, schemaVersion)
			}
			if dialect == "sqlite" {
				names = append(names, name)
			} else if i >= len(names) || names[i] != name {
				t.Errorf("%s is %s in the other dialect", name, names)
			}
		}
	}
}
