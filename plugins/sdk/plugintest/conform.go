package plugintest

import (
	"path/filepath"
	"testing"

	"github.com/paifang/paifang/plugins/sdk/conformance"
)

// patience is for machines that run many tests at a time.
const patience = 5

// Conform runs the conformance suite, each of its cases as a test.
func Conform(t *testing.T, o conformance.Options) conformance.Report {
	t.Helper()
	if o.Patience == 0 {
		o.Patience = patience
	}
	report := conformance.Run(t.Context(), o)
	for _, r := range report.Results {
		t.Run(r.ID, func(t *testing.T) {
			switch r.Status {
			case conformance.Skipped:
				t.Skip(r.Seen)
			case conformance.Failed:
				t.Errorf("it should be that %s", r.Wants)
				for _, line := range r.Seen {
					t.Error(line)
				}
				t.Log("what to do: " + r.Advice)
			}
		})
	}
	if len(report.Results) < 10 && o.Only == "" {
		t.Errorf("only %d cases ran", len(report.Results))
	}
	return report
}

// Golden asks every case of the golden vectors in a file or folder and compares
// what is found. Ask is a Client's Ask, or the Evaluate of an implementation for
// a run without transport. It returns how many cases there were.
func Golden(t *testing.T, path string, ask Ask) int {
	t.Helper()
	list, err := conformance.ReadVectors(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		t.Run(filepath.Base(v.File)+"/"+v.Name, func(t *testing.T) {
			f, err := ask(t.Context(), v.Question())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range v.Differences(f) {
				t.Error(d)
			}
		})
	}
	return len(list)
}
