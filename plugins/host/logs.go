package host

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// LogLine is a line of a provider's log. Text is a code ("vendor_slow"), a place
// in a source file, or what the host says of lines that it dropped.
type LogLine struct {
	Time    time.Time
	Level   slog.Level
	Text    string
	Request string // id of the request that it is about; "" when the line names none
	Version string // "" until the version has described itself
	PID     int
}

const (
	keptLines  = 500 // of a provider
	burstLines = 50  // that a process may write at once
	lineEvery  = 100 * time.Millisecond
)

// Logs are the last lines of a provider, at most 500, the oldest first; nil for
// a name that does not run.
func (h *Host) Logs(name string) []LogLine {
	p := h.provider(name)
	if p == nil {
		return nil
	}
	return p.lines.list()
}

// logRing keeps the last lines.
type logRing struct {
	mu    sync.Mutex
	lines []LogLine
	next  int
}

func (r *logRing) add(l LogLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) < keptLines {
		r.lines = append(r.lines, l)
		return
	}
	r.lines[r.next] = l
	r.next = (r.next + 1) % keptLines
}

func (r *logRing) list() []LogLine {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.lines[r.next:], r.lines[:r.next])
}

// allowance is how many lines may still be written: a burst, and a line more
// each lineEvery.
type allowance struct {
	left int
	last time.Time
}

func (a *allowance) take(now time.Time) bool {
	if a.last.IsZero() {
		a.left, a.last = burstLines, now
	}
	if n := int(now.Sub(a.last) / lineEvery); n > 0 {
		a.left, a.last = min(a.left+n, burstLines), a.last.Add(time.Duration(n)*lineEvery)
	}
	if a.left == 0 {
		return false
	}
	a.left--
	return true
}

// diary is where the lines of one process go.
type diary struct {
	ring    *logRing
	clock   kyc.Clock
	version func() string
	pid     int
}

func (d *diary) write(level slog.Level, text, request string) {
	d.ring.add(LogLine{Time: d.clock(), Level: level, Text: text, Request: request, Version: d.version(), PID: d.pid})
}
