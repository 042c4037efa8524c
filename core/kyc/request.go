package kyc

import "context"

type requestKey struct{}

// WithRequest says which request a context belongs to, by the id that the log's
// line about it has and that a person can quote.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestOf is the id of the request that a context belongs to; "" when none does.
func RequestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
