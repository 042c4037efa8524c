package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Status is how a case ended.
type Status string

const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped" // it does not apply; Seen says why
)

// Result is one case.
type Result struct {
	ID      string        `json:"id"`
	Wants   string        `json:"wants"`
	Status  Status        `json:"status"`
	Seen    []string      `json:"seen,omitempty"`
	Advice  string        `json:"advice,omitempty"`
	Count   int           `json:"count,omitempty"` // of what was tried within the case
	Elapsed time.Duration `json:"elapsed_ns"`
}

// Report is what a run found.
type Report struct {
	Program  string        `json:"program"`
	Provider string        `json:"provider,omitempty"`
	Version  string        `json:"version,omitempty"`
	Kinds    []string      `json:"kinds,omitempty"`
	Results  []Result      `json:"results"`
	Elapsed  time.Duration `json:"elapsed_ns"`
}

// Failed lists the ids of the cases that failed.
func (r Report) Failed() []string {
	var ids []string
	for _, x := range r.Results {
		if x.Status == Failed {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// Count tells how many cases ended so.
func (r Report) Count(s Status) int {
	n := 0
	for _, x := range r.Results {
		if x.Status == s {
			n++
		}
	}
	return n
}

// JSON writes the report for programs.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes the report for people: a line for each case, and below one that
// failed what was seen and what to do.
func (r Report) Text(w io.Writer) {
	name := r.Program
	if r.Provider != "" {
		name = fmt.Sprintf("%s %s, a %s (%s)", r.Provider, r.Version, strings.Join(r.Kinds, " and "), r.Program)
	}
	fmt.Fprintf(w, "Conformance of %s\n", name)
	group := ""
	for _, x := range r.Results {
		if g, _, _ := strings.Cut(x.ID, "."); g != group {
			group = g
			fmt.Fprintln(w)
		}
		x.text(w)
	}
	fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped, in %.1f s\n", r.Count(Passed), r.Count(Failed), r.Count(Skipped), r.Elapsed.Seconds())
}

func (x Result) text(w io.Writer) {
	word := map[Status]string{Passed: "ok  ", Failed: "FAIL", Skipped: "skip"}[x.Status]
	tail := ""
	if x.Count > 0 {
		tail = fmt.Sprintf(" (%d)", x.Count)
	}
	fmt.Fprintf(w, "%s  %-24s %s%s\n", word, x.ID, x.Wants, tail)
	for _, line := range x.Seen {
		fmt.Fprintf(w, "          %s\n", line)
	}
	if x.Status == Failed && x.Advice != "" {
		fmt.Fprintf(w, "          What to do: %s\n", x.Advice)
	}
}
