package store

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestEverySealedColumnHasAPlace: what is sealed is sealed anew when its key changes,
// that of tomorrow included.
func TestEverySealedColumnHasAPlace(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "p.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	columns, err := many[string](t.Context(), s.of(""), "columns", `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name LIKE '%\_sealed' ESCAPE '\' ORDER BY 1`)
	if err != nil || len(columns) < 12 {
		t.Fatalf("%v, %v", columns, err)
	}
	for _, name := range columns {
		if !slices.ContainsFunc(slices.Concat(personCells, tenantCells), func(c cell) bool { return c.table+"."+c.column == name }) {
			t.Errorf("%s is not sealed anew when keys are rotated", name)
		}
	}
	if _, err := s.PersonCells(t.Context(), "t", "a"); err != nil {
		t.Error(err)
	}
	if _, err := s.TenantCells(t.Context(), "t"); err != nil {
		t.Error(err)
	}
}
