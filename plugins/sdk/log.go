package sdk

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
)

type logKey struct{}

// logger is what a call knows of the log.
type logger struct {
	to      io.Writer
	request string
}

// withLog lets an author's code log within a call.
func (s *server) withLog(ctx context.Context, request string) context.Context {
	return context.WithValue(ctx, logKey{}, logger{to: s.stderr, request: request})
}

// Log writes a line to the host's log: a code of a-z, 0-9, "_" and ".", at most
// 64 characters ("vendor_slow"), under which an operator finds what happened. It
// is no sentence, so that no personal data gets into a log; the host drops
// anything else that a provider writes. The line names the request that ctx, the
// context of a call, belongs to, and its trace if it is part of one. With any other context nothing is written.
func Log(ctx context.Context, level slog.Level, code string) {
	l, ok := ctx.Value(logKey{}).(logger)
	if !ok {
		return
	}
	line, err := json.Marshal(struct {
		Level   slog.Level `json:"level"`
		Code    string     `json:"code"`
		Request string     `json:"request,omitempty"`
		Trace   string     `json:"trace,omitempty"`
	}{level, code, l.request, traceOf(ctx)})
	if err == nil {
		_, _ = l.to.Write(append(line, '\n'))
	}
}
