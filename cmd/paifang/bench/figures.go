package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// figures are what was measured of one server. Times are in milliseconds.
type figures struct {
	Database string  `json:"database"`
	Journey  string  `json:"journey"`
	Hash     bool    `json:"password_hash"`
	Ready    float64 `json:"ready_ms"`       // of an installation that has its tables
	First    float64 `json:"first_start_ms"` // that makes them
	Idle     memory  `json:"idle"`
	IdleCPU  float64 `json:"idle_cpu_ms_per_s"`
	Steps    []step  `json:"steps"`
	Runs     []run   `json:"runs"`
	Log      string  `json:"complaints,omitempty"`
	Took     string  `json:"took"`
}

type step struct {
	Name       string `json:"name"`
	Statements int64  `json:"statements"`
	Commits    int64  `json:"commits"`
}

// run is one crowd's.
type run struct {
	Clients    int       `json:"clients"`
	Journeys   int       `json:"journeys"`
	Seconds    float64   `json:"seconds"`
	PerSecond  float64   `json:"journeys_per_s"`
	CPU        float64   `json:"cpu_ms_per_journey"`
	Gateway    float64   `json:"cpu_ms_gateway"` // its shares
	Providers  float64   `json:"cpu_ms_providers"`
	Database   float64   `json:"cpu_ms_database"`
	P50        []float64 `json:"p50_ms"` // by step
	P99        []float64 `json:"p99_ms"`
	Waited     waits     `json:"commit_to_messenger_ms"`
	Sessions   float64   `json:"session_checks_per_s"`
	SessionCPU float64   `json:"cpu_ms_per_session_check"`
	Peak       memory    `json:"peak"`
}

type waits struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// rest measures a server that nobody asks anything.
func (f *figures) rest(s *server) error {
	f.First, f.Ready = millis(s.ready[0]), millis(s.ready[1])
	time.Sleep(2 * time.Second)
	const watched = 3
	before := cpu()
	time.Sleep(watched * time.Second)
	f.IdleCPU = millis(cpu().minus(before).sum()) / watched
	f.Idle = resident()
	return nil
}

// print writes a table for people.
func (f *figures) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %s   (%s)\n\n", f.Database, f.what(), f.Took)
	fmt.Fprintf(out, "  ready after %.0f ms (first start %.0f ms); idle %s, %.1f ms CPU a second\n\n", f.Ready, f.First, f.Idle, f.IdleCPU)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { fmt.Fprintln(w, "  "+strings.Join(cells, "\t")+"\t") }
	row("clients", "CPU ms/journey", "gateway+providers+database", "journeys/s", "to messenger p50", "p99", "max", "sessions/s", "CPU ms/check", "peak MB")
	for _, r := range f.Runs {
		row(fmt.Sprint(r.Clients), two(r.CPU), two(r.Gateway)+" + "+two(r.Providers)+" + "+two(r.Database), two(r.PerSecond), two(r.Waited.P50), two(r.Waited.P99), two(r.Waited.Max),
			fmt.Sprintf("%.0f", r.Sessions), fmt.Sprintf("%.3f", r.SessionCPU), fmt.Sprintf("%.0f", r.Peak.own()))
	}
	_ = w.Flush()
	fmt.Fprintln(out)
	head := []string{"step", "statements", "commits"}
	for _, r := range f.Runs {
		head = append(head, fmt.Sprintf("p50/p99 ms at %d", r.Clients))
	}
	row(head...)
	var statements, commits int64
	for i, s := range f.Steps {
		cells := []string{s.Name, fmt.Sprint(s.Statements), fmt.Sprint(s.Commits)}
		for _, r := range f.Runs {
			cells = append(cells, two(r.P50[i])+" / "+two(r.P99[i]))
		}
		row(cells...)
		statements, commits = statements+s.Statements, commits+s.Commits
	}
	row("together", fmt.Sprint(statements), fmt.Sprint(commits))
	_ = w.Flush()
	if f.Log != "" {
		fmt.Fprintf(out, "\n  The gateway complained:\n%s", f.Log)
	}
}

// what says which registrations were measured.
func (f *figures) what() string {
	switch {
	case f.Journey != "M1":
		return f.Journey + ", no password"
	case f.Hash:
		return "M1, argon2id 19 MiB"
	}
	return "M1, no password hash"
}

func two(x float64) string { return fmt.Sprintf("%.2f", x) }
