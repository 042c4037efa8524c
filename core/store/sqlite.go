package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"runtime"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"

	"github.com/paifang/paifang/core/kyc"
)

// statementCache is how many prepared statements each connection keeps: more
// than there are different ones, as preparing costs more than most of them do.
const statementCache = "150"

// checkpointPages is how long the log grows, in pages of 4 KiB, before it is
// copied into the database: a page that changes often is copied once.
const checkpointPages = "4000"

// openSQLite opens one connection that writes and several that read. Readers
// see what was committed last and never wait for the writer (WAL); writers
// queue for the one connection instead of failing with "database is locked".
// A transaction must never ask the writer pool for a second connection.
// What is acknowledged survives a power cut: see walSync.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	s.dialect = sqliteDialect
	s.writer = s.openSQLiteFile(sqliteName(path, url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"NORMAL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {"5000"},
		"_txlock":       {"immediate"},

		"_stmt_cache_size": {statementCache},
	}), "PRAGMA wal_autocheckpoint = "+checkpointPages)
	s.writer.SetMaxOpenConns(1)
	s.writer.SetMaxIdleConns(1)
	// The writer first: it makes the file and switches it to WAL.
	if err := s.writer.PingContext(ctx); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "open database file")
	}
	s.reader = s.openSQLiteFile(sqliteName(path, url.Values{
		"_query_only":   {"true"},
		"_busy_timeout": {"5000"},

		"_stmt_cache_size": {statementCache},
	}))
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	// The log stands beside the file itself, wherever links lead.
	var file string
	err := s.reader.GetContext(ctx, &file, "SELECT file FROM pragma_database_list WHERE name = 'main'")
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "ask where the database file is")
	}
	s.sync = &walSync{path: file + "-wal"}
	return nil
}

// openSQLiteFile opens a database by the driver's name for it. The settings are
// made on each connection.
func (s *Store) openSQLiteFile(name string, settings ...string) *sqlx.DB {
	return sqlx.NewDb(sql.OpenDB(sqliteFile{name, settings, s.meter}), "sqlite3")
}

// sqliteFile implements driver.Connector.
type sqliteFile struct {
	name     string
	settings []string
	meter    *Meter
}

func (f sqliteFile) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		for _, setting := range f.settings {
			if _, err := c.Exec(setting, nil); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (f sqliteFile) Connect(context.Context) (driver.Conn, error) {
	opened, err := f.Driver().Open(f.name)
	if err != nil || f.meter == nil {
		return opened, err
	}
	conn, ok := opened.(*sqlite3.SQLiteConn)
	if !ok {
		return nil, driver.ErrBadConn
	}
	conn.RegisterCommitHook(func() int { f.meter.Commits.Add(1); return 0 })
	return &meteredConn{conn, f.meter}, nil
}

// sqliteName keeps characters of the path from being read as parameters.
func sqliteName(path string, options url.Values) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}
	return u.String()
}
