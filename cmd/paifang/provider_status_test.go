package main

import (
	"testing"

	"github.com/paifang/paifang/core/rollout"
)

// A line of a provider's log names the request that it was about.
func TestLogLine(t *testing.T) {
	l := rollout.NodeLine{Node: "0123456789abcdef", Line: rollout.Line{At: 1_700_000_000_000, Version: "1.0.0", Level: "warn", Request: "7052802c5159e10e", Text: "slow"}}
	if got, want := written(l), "2023-11-14 22:13:20Z\t0123456789ab\t1.0.0\twarn\t7052802c5159e10e\tslow"; got != want {
		t.Errorf("written as %q, want %q", got, want)
	}
	l.Request = ""
	if got, want := written(l), "2023-11-14 22:13:20Z\t0123456789ab\t1.0.0\twarn\t-\tslow"; got != want {
		t.Errorf("written as %q, want %q", got, want)
	}
}
