package host

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/paifang/paifang/core/kyc"
)

// unavailableKey is the message for people when a provider cannot answer.
const unavailableKey = "error.provider_unavailable"

// errInvalid says that an answer broke the contract.
type errInvalid struct{ what string }

func (e *errInvalid) Error() string { return "invalid answer: " + e.what }

// faultOf names a fault without the provider's words, which may hold anything.
func faultOf(err error) string {
	var invalid *errInvalid
	switch {
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded.String()
	}
	return status.Code(err).String()
}

// faultWord names a fault for a trace.
func faultWord(err error) string {
	var invalid *errInvalid
	switch {
	case errors.As(err, &invalid):
		return "invalid_answer"
	case timedOut(err):
		return "timeout"
	}
	return "fault"
}

// timedOut tells whether a call ended because of its deadline.
func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || status.Code(err) == codes.DeadlineExceeded
}

func unavailable(name, why string) *kyc.Error {
	return kyc.EKey(kyc.Unavailable, unavailableKey, "provider %s: %s", name, why)
}
