package host

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// tracedCalls is how many calls of a trial have spans of their own, at most: a rehearsal
// makes thousands, and what is like the others says nothing more.
const tracedCalls = 64

// TrialConfig is what a trial is started with. Name, Program, RunDir, Clock, IDs
// and Log are required.
type TrialConfig struct {
	Name    string
	Version string // that it must describe itself as; "": any
	// Program opens the program and tells the digest that it must have.
	Program func() (file *os.File, sha256 []byte, err error)
	Config  json.RawMessage // the operator's configuration; nil: none
	RunDir  string          // as in Config
	Clock   kyc.Clock
	IDs     kyc.IDs
	Log     *slog.Logger
	Timing  Timing
	Memory  int64 // as in Config
}

// Trial is a version of a provider that runs apart: no call of anybody else goes
// to it. It is safe for concurrent use.
type Trial struct {
	g       *generation
	sockets *sockets
	timing  Timing
	ids     kyc.IDs
	count   counter
	clock   kyc.Clock
	calls   atomic.Int64
}

// Try starts a version apart. It fails when the program is not the one that it
// should be, does not start, or describes itself or takes its configuration
// wrongly; that it needs a configuration and has none is no failure, but nothing
// then can be asked of it but what it is.
func Try(ctx context.Context, c TrialConfig) (*Trial, error) {
	ctx, span := trace.Start(ctx, "trial start", trace.Provider(c.Name))
	t, err := try(ctx, c)
	if err == nil {
		span.Say(trace.Version(t.g.about.version))
	}
	span.End(err)
	return t, err
}

func try(ctx context.Context, c TrialConfig) (*Trial, error) {
	sockets, err := openSockets(c.RunDir)
	if err != nil {
		return nil, err
	}
	t := &Trial{sockets: sockets, timing: c.Timing.filled(), ids: c.IDs, clock: c.Clock}
	l := launcher{name: c.Name, version: c.Version, open: func() (*os.File, error) { return openChecked(c.Program) },
		config: c.Config, sockets: sockets, timing: t.timing, log: c.Log.With("provider", c.Name, "trial", true),
		memory: memoryOr(c.Memory), lines: &logRing{}, clock: c.Clock, trial: true}
	if t.g, err = l.launch(ctx, func(State, int) {}); err != nil {
		sockets.close()
		var refused *refusal
		if kyc.CodeOf(err) == kyc.NotFound {
			return nil, err
		}
		if errors.As(err, &refused) {
			return nil, kyc.Wrap(kyc.Invalid, err, "provider "+c.Name)
		}
		return nil, kyc.Wrap(kyc.Unavailable, err, "provider "+c.Name)
	}
	return t, nil
}

// About is what the version says of itself.
func (t *Trial) About() About { return t.g.about.public() }

// Evaluate asks about the answers to one step, as Host.Evaluate does.
func (t *Trial) Evaluate(ctx context.Context, q kyc.Question) (f kyc.Finding, err error) {
	request, err := questionV1(q, t.ids())
	if err != nil {
		return kyc.Finding{}, err
	}
	err = t.call(ctx, func(ctx context.Context) (err error) {
		f, err = t.g.evaluate(ctx, q, request)
		return err
	})
	return f, err
}

// ValidateConfig judges an operator's configuration. No diagnostics: it is good.
func (t *Trial) ValidateConfig(ctx context.Context, config []byte) (list []Diagnostic, err error) {
	err = t.call(ctx, func(ctx context.Context) (err error) {
		list, err = t.g.validate(ctx, t.g.about.configSchema, config, false)
		return err
	})
	return list, err
}

// ValidateTenant judges a tenant's configuration. No diagnostics: it is good.
func (t *Trial) ValidateTenant(ctx context.Context, config []byte) (list []Diagnostic, err error) {
	err = t.call(ctx, func(ctx context.Context) (err error) {
		list, err = t.g.validate(ctx, t.g.about.tenantSchema, config, true)
		return err
	})
	return list, err
}

// call makes one call. Any fault comes back as Unavailable.
func (t *Trial) call(ctx context.Context, f func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, t.timing.Evaluate)
	defer cancel()
	began := t.clock()
	var traced *tracedCall
	if t.calls.Add(1) <= tracedCalls {
		limited, traced = t.g.traced(limited, t.g.about.id)
	}
	err := f(limited)
	now := t.clock()
	var known *kyc.Error
	outcome := err == nil || errors.As(err, &known)
	t.count.add(now.Sub(began), !outcome)
	switch {
	case outcome:
		traced.end(limited, began, now, string(kyc.CodeOf(err)), false)
		return err
	case ctx.Err() != nil: // whoever asked gave up
		traced.end(limited, began, now, "given_up", false)
	default:
		traced.end(limited, began, now, faultWord(err), true)
	}
	return unavailable(t.g.about.id, faultOf(err))
}

// Spent tells how many calls were made, how many of them were faults, and how
// long they took; and the memory that the process has.
func (t *Trial) Spent() (calls, faults int64, latency Latency, memory int64) {
	var g Generation
	t.count.into(&g)
	return g.Calls, g.Faults, g.Latency, weight(t.g.pid())
}

// Close ends the process and what it had. It may take as long as Timing.Term.
func (t *Trial) Close() {
	t.g.stop()
	t.sockets.close()
}
