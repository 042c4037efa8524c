package store

import (
	"context"
	"net/url"
	"runtime"

	_ "github.com/mattn/go-sqlite3" // registers "sqlite3"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/paifang/paifang/core/kyc"
)

// statementCache is how many prepared statements each connection keeps: more
// than there are different ones, as preparing costs more than most of them do.
const statementCache = "150"

// openSQLite opens one connection that writes and several that read. Readers
// see what was committed last and never wait for the writer (WAL); writers
// queue for the one connection instead of failing with "database is locked".
// A transaction must never ask the writer pool for a second connection.
// synchronous=FULL: what is acknowledged survives a power cut.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	s.dialect = sqliteDialect
	var err error
	s.writer, err = s.meter.open(sqliteName(path, url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {"5000"},
		"_txlock":       {"immediate"},

		"_stmt_cache_size": {statementCache},
	}))
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "open database")
	}
	s.writer.SetMaxOpenConns(1)
	s.writer.SetMaxIdleConns(1)
	// The writer first: it makes the file and switches it to WAL.
	if err := s.writer.PingContext(ctx); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "open database file")
	}
	s.reader, err = s.meter.open(sqliteName(path, url.Values{
		"_query_only":   {"true"},
		"_busy_timeout": {"5000"},

		"_stmt_cache_size": {statementCache},
	}))
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "open database")
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	s.jobs, err = newSQLiteJobs(riversqlite.New(s.writer.DB))
	return err
}

// sqliteName keeps characters of the path from being read as parameters.
func sqliteName(path string, options url.Values) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}
	return u.String()
}
