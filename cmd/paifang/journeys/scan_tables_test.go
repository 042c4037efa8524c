package journeys

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the tables of PostgreSQL
)

// dump writes every cell of every table into a folder, on a line of its own: bytes
// as they are, all else as text.
func (s *server) dump(dir string) {
	t := s.t
	t.Helper()
	must(t, os.Mkdir(dir, 0o700))
	driver, source := "pgx", s.database
	names := `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
		WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`
	if s.database == "" {
		driver, source = "sqlite3", "file:"+filepath.Join(s.data, "paifang.db")+"?mode=ro"
		names = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	}
	db, err := sql.Open(driver, source)
	must(t, err)
	defer db.Close()
	ctx := background(t)
	tables := 0
	for _, table := range strings.Fields(string(cells(ctx, t, db, names))) {
		must(t, os.WriteFile(filepath.Join(dir, table), cells(ctx, t, db, "SELECT * FROM "+table), 0o600)) // names come from the catalogue
		tables++
	}
	if tables < 30 {
		t.Fatalf("only %d tables", tables)
	}
}

// cells are the values that a query finds, each on a line.
func cells(ctx context.Context, t *testing.T, db *sql.DB, query string) []byte {
	t.Helper()
	rows, err := db.QueryContext(ctx, query)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	var out bytes.Buffer
	for rows.Next() {
		must(t, rows.Scan(into...))
		for _, v := range row {
			if raw, ok := v.([]byte); ok {
				out.Write(raw)
			} else if v != nil {
				fmt.Fprint(&out, v)
			}
			out.WriteByte('\n')
		}
	}
	must(t, rows.Err())
	return out.Bytes()
}
