package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/paifang/paifang/core/kyc"
)

// PostgreSQL's SQLSTATE codes that mean something to us.
const (
	pgUniqueViolation = "23505"
	pgForeignKey      = "23503"
	pgSerialization   = "40001"
	pgDeadlock        = "40P01"
	pgBadText         = "22021" // not UTF-8, or a zero byte
	pgUntranslatable  = "22P05"
	pgDiskFull        = "53100"
	pgNoFunction      = "42883"
	pgNotAllowed      = "42501"

	// Whole classes: what is wrong is the server's state and passes.
	pgConnection = "08"
	pgResources  = "53"
	pgOperator   = "57P" // shutting down, crashed, starting
	pgSystem     = "58"  // a file could not be read or written
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

// storageKey tells people that the database cannot be used: what they sent just
// now is not kept, unlike when somebody else does not answer.
const storageKey = "error.storage"

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
	case isFull(err):
		return &kyc.Error{Code: kyc.Unavailable, Key: storageKey, Detail: doing + ": no room", RetryAfter: 30 * time.Second, Err: hide(err)}
	case isDown(err):
		return &kyc.Error{Code: kyc.Unavailable, Key: storageKey, Detail: doing, Err: hide(err)}
	}
	return kyc.Wrap(kyc.Internal, hide(err), doing)
}

// isFull tells whether there is no room to write. Nothing of the change is kept.
func isFull(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return e.Code == sqlite3.ErrFull || e.Code == sqlite3.ErrIoErr &&
			(errors.Is(e.SystemErrno, syscall.ENOSPC) || errors.Is(e.SystemErrno, syscall.EDQUOT) || errors.Is(e.SystemErrno, syscall.EFBIG))
	}
	return sqlState(err) == pgDiskFull
}

// isDown tells whether the database cannot answer now, though it may soon.
func isDown(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return slices.Contains([]sqlite3.ErrNo{sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrReadonly}, e.Code)
	}
	if code := sqlState(err); code != "" {
		return again(err) || slices.ContainsFunc([]string{pgConnection, pgResources, pgOperator, pgSystem},
			func(class string) bool { return strings.HasPrefix(code, class) })
	}
	return isCutOff(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// isCutOff tells whether the connection went away under a statement. What
// became of a commit is not known then: whoever sends it again needs an
// idempotency key.
func isCutOff(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	for _, gone := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err)
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
