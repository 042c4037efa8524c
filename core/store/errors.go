package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/paifang/paifang/core/kyc"
)

// PostgreSQL's SQLSTATE codes that mean something to us.
const (
	pgUniqueViolation  = "23505"
	pgForeignKey       = "23503"
	pgSerialization    = "40001"
	pgDeadlock         = "40P01"
	pgBadText          = "22021" // not UTF-8, or a zero byte
	pgUntranslatable   = "22P05"
	pgTooManyConns     = "53300"
	pgAdminShutdown    = "57P01"
	pgCannotConnectNow = "57P03"
)

// sqlState is PostgreSQL's code of an error, "" for others.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// constraint is SQLite's extended code of a broken constraint, 0 for others.
func constraint(err error) sqlite3.ErrNoExtended {
	var e sqlite3.Error
	if errors.As(err, &e) && e.Code == sqlite3.ErrConstraint {
		return e.ExtendedCode
	}
	return 0
}

// isUnique tells whether a unique value is there already.
func isUnique(err error) bool {
	c := constraint(err)
	return sqlState(err) == pgUniqueViolation ||
		c == sqlite3.ErrConstraintUnique || c == sqlite3.ErrConstraintPrimaryKey
}

// isForeign tells whether a row refers to something that does not exist.
func isForeign(err error) bool {
	return sqlState(err) == pgForeignKey || constraint(err) == sqlite3.ErrConstraintForeignKey
}

// isText tells whether PostgreSQL refused a parameter that is not text. SQLite
// takes it and finds nothing, so reading answers NotFound on both.
func isText(err error) bool {
	code := sqlState(err)
	return code == pgBadText || code == pgUntranslatable
}

// again tells whether the same change may succeed when applied once more.
func again(err error) bool {
	code := sqlState(err)
	return code == pgSerialization || code == pgDeadlock
}

// taken turns a unique violation into a Conflict with the key; other errors stay.
func taken(err error, key, detail string) error {
	if err != nil && isUnique(err) {
		return &kyc.Error{Code: kyc.Conflict, Key: key, Detail: detail}
	}
	return err
}

// coded gives a code to what the database says. The database's own message may
// quote values, so it is kept for the kinds only that cannot.
func coded(err error, doing string) error {
	var e *kyc.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return err
	case errors.Is(err, sql.ErrNoRows), isText(err) && doing != "commit":
		return kyc.E(kyc.NotFound, "%s: nothing found", doing)
	case isUnique(err):
		return kyc.E(kyc.Conflict, "%s: is there already", doing)
	case isForeign(err):
		return kyc.E(kyc.Invalid, "%s: refers to something that does not exist in this tenant", doing)
	case isText(err):
		return kyc.E(kyc.Invalid, "%s: text is not UTF-8 or holds a zero byte", doing)
	case isDown(err):
		return kyc.Wrap(kyc.Unavailable, err, doing)
	}
	return kyc.Wrap(kyc.Internal, hide(err), doing)
}

// isDown tells whether the database cannot answer now.
func isDown(err error) bool {
	switch sqlState(err) {
	case pgTooManyConns, pgAdminShutdown, pgCannotConnectNow, pgSerialization, pgDeadlock:
		return true
	}
	var connect *pgconn.ConnectError
	var busy sqlite3.Error
	return errors.As(err, &connect) ||
		errors.As(err, &busy) && (busy.Code == sqlite3.ErrBusy || busy.Code == sqlite3.ErrLocked) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// hide keeps the code and the message of PostgreSQL but drops its detail,
// which quotes the row.
func hide(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return errors.New("SQLSTATE " + e.Code + " " + e.TableName + " " + e.ColumnName + " " + e.ConstraintName)
	}
	return err
}
