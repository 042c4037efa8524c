package kyc

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure an Error is. The doors map codes to HTTP
// statuses; an error without a code is Internal.
type Code string

const (
	Invalid      Code = "invalid"      // 400/422: the request does not make sense
	Unauthorized Code = "unauthorized" // 401: who are you
	Forbidden    Code = "forbidden"    // 403: you may not
	NotFound     Code = "not_found"    // 404: no such thing in this tenant
	Conflict     Code = "conflict"     // 409: it has changed since you looked, or is taken
	Gone         Code = "gone"         // 410: it has expired or been used
	TooLarge     Code = "too_large"    // 413
	Unsupported  Code = "unsupported"  // 415: a media type that is not accepted
	Limited      Code = "limited"      // 429: a budget is used up; RetryAfter says until when
	Unavailable  Code = "unavailable"  // 503: a provider or a dependency does not answer
	Internal     Code = "internal"     // 500: ours
)

// Error is the one error type of the core. Key is an optional message key for
// people ("error.version_stale"); Detail is for engineers and the log and must
// never hold personal data.
type Error struct {
	Code       Code
	Key        string
	Detail     string
	RetryAfter time.Duration
	Err        error
}

func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, kyc.E(kyc.NotFound, "")) compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Detail == "" && t.Key == "" && t.Code == e.Code
}

// E makes an Error with a code and a detail for engineers.
func E(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// EKey makes an Error that also has a message key for people.
func EKey(code Code, key, format string, args ...any) *Error {
	return &Error{Code: code, Key: key, Detail: fmt.Sprintf(format, args...)}
}

// Wrap gives a code to an error from elsewhere. A nil error stays nil.
func Wrap(code Code, err error, detail string) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Detail: detail, Err: err}
}

// CodeOf tells the code of an error, Internal if it has none and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
