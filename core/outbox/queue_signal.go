package outbox

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/paifang/paifang/core/kyc"
)

// signal wakes the queue of an embedded database after a commit. River's own
// way there writes a row for each notification and asks for new ones every
// 50 ms, through the one connection that writes; the only process that could
// have written the row is this one, so a channel says the same for nothing.
type signal struct{ pending chan struct{} }

func newSignal() *signal { return &signal{pending: make(chan struct{}, 1)} }

// committed is told about jobs after they were committed.
func (s *signal) committed(jobs []kyc.Job) {
	now := kyc.At(time.Now())
	for _, job := range jobs {
		if job.At <= now {
			select {
			case s.pending <- struct{}{}:
			default: // one is pending, and it will find all
			}
			return
		}
	}
}

// signalled is River's driver for SQLite with the signal as its listener.
type signalled struct {
	*riversqlite.Driver
	signal *signal
}

func (d signalled) SupportsListenNotify() bool { return false }

func (d signalled) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return listener{d.signal}
}

// listener implements riverdriver.Listener. It has no connection to lose.
type listener struct{ *signal }

func (listener) Connect(context.Context) error          { return nil }
func (listener) Close(context.Context) error            { return nil }
func (listener) Ping(context.Context) error             { return nil }
func (listener) Listen(context.Context, string) error   { return nil }
func (listener) Unlisten(context.Context, string) error { return nil }
func (listener) Schema() string                         { return "" }
func (listener) SetAfterConnectExec(string)             {}

func (l listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.pending:
		return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue": "` + river.QueueDefault + `"}`}, nil
	}
}
