package conformance

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Options say what is tested. Only Program is required.
type Options struct {
	Program string // the executable
	Config  []byte // the operator's configuration, JSON; nil for none
	Vectors string // a file of golden vectors or a folder of such files; "": none
	Only    string // run only the cases whose id begins so; several with commas; "": all
	// Recipients of a test message by channel ("email": "me@example.org"). A
	// messenger sends nothing on a channel that is not named here.
	Recipients map[string]string
	// Patience multiplies every time limit, for a busy machine; 0 is 1.
	Patience float64
	// Judge is somebody else's opinion of the description, that of a host; nil: nobody's.
	Judge func(*wirev1.DescribeResponse) error
}

// check is one case of the suite.
type check struct {
	id     string
	wants  string
	advice string
	run    func(context.Context, *trial)
}

// suite is one run.
type suite struct {
	Options
	dir     string // for sockets
	main    *process
	about   *wirev1.DescribeResponse
	answers []answer // of all questions so far
}

// Run runs the suite for all kinds that the provider is of. It returns when all
// cases are done, at most a few minutes later, or ctx has ended.
func Run(ctx context.Context, o Options) Report {
	if o.Patience <= 0 {
		o.Patience = 1
	}
	began := time.Now()
	r := Report{Program: o.Program}
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		r.Results = []Result{{ID: "start.folder", Wants: "there is a place for sockets", Status: Failed, Seen: []string{err.Error()},
			Advice: "Make room in the system's temporary folder."}}
		return r
	}
	defer os.RemoveAll(dir)
	s := &suite{Options: o, dir: dir}
	defer func() { s.main.stop() }()
	for _, c := range common() {
		r.Results = append(r.Results, s.try(ctx, c)...)
		if c.id == handshakeID && s.about == nil {
			r.Elapsed = time.Since(began)
			return r
		}
	}
	r.Provider, r.Version = s.about.Id, s.about.Version
	for kind, cases := range kinds() {
		if slices.Contains(s.about.Kinds, kind) {
			r.Kinds = append(r.Kinds, kindName(kind))
			for _, c := range cases {
				r.Results = append(r.Results, s.try(ctx, c)...)
			}
		}
	}
	for _, c := range last() {
		r.Results = append(r.Results, s.try(ctx, c)...)
	}
	slices.Sort(r.Kinds)
	r.Elapsed = time.Since(began)
	return r
}

// common are the cases for providers of every kind.
func common() []check {
	return slices.Concat(startCases(), describeCases(), flowCases(), catalogueCases(), configCases(), healthCases())
}

func kinds() map[wirev1.ProviderKind][]check {
	return map[wirev1.ProviderKind][]check{
		wirev1.ProviderKind_PROVIDER_KIND_MARKET:    slices.Concat(marketCases(), textCases(), vectorCases(), answerCases()),
		wirev1.ProviderKind_PROVIDER_KIND_MESSENGER: messengerCases(),
		wirev1.ProviderKind_PROVIDER_KIND_VERIFIER:  verifierCases(),
	}
}

// last are the cases that look at what the others left behind.
func last() []check { return slices.Concat(drainCases(), endCases()) }

func kindName(k wirev1.ProviderKind) string {
	return strings.ToLower(strings.TrimPrefix(k.String(), "PROVIDER_KIND_"))
}

// try runs one case. The first also runs when only others were asked for,
// because nothing can be asked of a provider that does not run.
func (s *suite) try(ctx context.Context, c check) []Result {
	if !s.wanted(c.id) && c.id != handshakeID {
		return nil
	}
	t := &trial{suite: s}
	began := time.Now()
	if err := s.alive(ctx); err != nil && c.id != handshakeID {
		t.errorf("the provider does not start again: %v", err)
	} else {
		c.run(ctx, t)
	}
	if s.main != nil && len(t.seen) > 0 {
		s.main.runner.gone(300 * time.Millisecond) // if it died of the case, that takes a moment to be known
	}
	if s.main != nil && s.main.ended() {
		t.errorf("the process ended: %s", s.main.status())
	}
	r := Result{ID: c.id, Wants: c.wants, Status: Passed, Elapsed: time.Since(began), Count: t.count}
	switch {
	case len(t.seen) > 0:
		slices.Sort(t.seen)
		r.Status, r.Seen, r.Advice = Failed, t.seen, c.advice
	case t.skipped != "":
		r.Status, r.Seen = Skipped, []string{t.skipped}
	}
	return []Result{r}
}

func (s *suite) wanted(id string) bool {
	for prefix := range strings.SplitSeq(s.Only, ",") {
		if strings.HasPrefix(id, strings.TrimSpace(prefix)) {
			return true
		}
	}
	return false
}

// alive starts the process that most cases share when it is not there.
func (s *suite) alive(ctx context.Context) error {
	if s.main != nil && !s.main.ended() {
		return nil
	}
	if s.about == nil {
		return nil // the first case starts it
	}
	p, err := s.configured(ctx)
	if err != nil {
		return err
	}
	s.main = p
	return nil
}

// limit is a time limit with the patience that was asked for.
func (s *suite) limit(d time.Duration) time.Duration { return time.Duration(float64(d) * s.Patience) }

// trial is one case under way.
type trial struct {
	*suite
	seen    []string
	skipped string
	count   int // of what was tried, when that is worth telling
}

const maxSeen = 12

// errorf notes a failure; the case goes on. A long list is cut.
func (t *trial) errorf(format string, args ...any) {
	switch text := fmt.Sprintf(format, args...); {
	case slices.Contains(t.seen, text):
	case len(t.seen) < maxSeen:
		t.seen = append(t.seen, text)
	case len(t.seen) == maxSeen:
		t.seen = append(t.seen, "… and more")
	}
}

func (t *trial) want(ok bool, format string, args ...any) {
	if !ok {
		t.errorf(format, args...)
	}
}

// skip says why a case does not apply.
func (t *trial) skip(why string) { t.skipped = why }
