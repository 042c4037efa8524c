package store

import (
	"context"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
)

// statements are the texts of statements as their database wants them, by their
// text with ?. They are all written in this package, so that they are few.
type statements struct{ known sync.Map }

// sql is a statement written with ? for this database. PostgreSQL wants numbers.
//
// SQLite plans a statement anew, which takes longer than most of ours do, each time
// a value is bound for "column = ?" or "LIMIT ?" of which it wonders whether the value
// is small: the driver's sqlite3_clear_bindings makes it forget the plan. It does not
// wonder of "+?", which is the same value: a unary plus is no operation
// (https://www.sqlite.org/lang_expr.html).
func (s *Store) sql(query string) string {
	if text, ok := s.statements.known.Load(query); ok {
		return text.(string)
	}
	text := query
	if s.dialect == postgresDialect {
		text = sqlx.Rebind(sqlx.DOLLAR, query)
	} else {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "= ?", "= +?"), "LIMIT ?", "LIMIT +?")
	}
	s.statements.known.Store(query, text)
	return text
}

// uninterrupted is the context of a statement. SQLite's take less time than to
// watch whether somebody has stopped waiting for them, for which the driver
// starts a goroutine each time.
func (s *Store) uninterrupted(ctx context.Context) context.Context {
	if s.dialect == sqliteDialect && ctx.Err() == nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}
