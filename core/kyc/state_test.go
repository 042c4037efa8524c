package kyc_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/kyc"
)

func next(from kyc.State) []kyc.State {
	var out []kyc.State
	for _, to := range kyc.States() {
		if kyc.Transition(from, to) == nil {
			out = append(out, to)
		}
	}
	return out
}

func reach(from kyc.State, without ...kyc.State) map[kyc.State]bool {
	seen := map[kyc.State]bool{from: true}
	for queue := []kyc.State{from}; len(queue) > 0; queue = queue[1:] {
		for _, to := range next(queue[0]) {
			if !seen[to] && !slices.Contains(without, to) {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}

func TestEveryStateIsReachableAndEnds(t *testing.T) {
	from := reach(kyc.Open)
	for _, s := range kyc.States() {
		if !from[s] {
			t.Errorf("%s cannot be reached", s)
		}
		if !s.Known() {
			t.Errorf("%s is not known", s)
		}
		if s.Final() != (len(next(s)) == 0) {
			t.Errorf("%s: final %t, but %v follow", s, s.Final(), next(s))
		}
		ends := false
		for to := range reach(s) {
			ends = ends || to.Final()
		}
		if !ends {
			t.Errorf("%s never ends", s)
		}
		if kyc.Transition(s, s) == nil {
			t.Errorf("%s may follow itself", s)
		}
	}
	for _, s := range []kyc.State{kyc.Activated, kyc.Rejected, kyc.Withdrawn, kyc.Expired} {
		if !s.Final() {
			t.Errorf("%s is not final", s)
		}
	}
}

func TestNobodyIsActivatedWithoutDecision(t *testing.T) {
	for _, wall := range []kyc.State{kyc.Approved, kyc.Verifying, kyc.Submitted} {
		if reach(kyc.Open, wall)[kyc.Activated] {
			t.Errorf("activated without having been %s", wall)
		}
	}
	if got := next(kyc.Approved); !slices.Equal(got, []kyc.State{kyc.InReview, kyc.Activated}) {
		t.Errorf("an approved application becomes %v", got)
	}
}

func TestFillable(t *testing.T) {
	for _, s := range kyc.States() {
		if s.Fillable() != (s == kyc.Open || s == kyc.NeedsApplicant) {
			t.Errorf("%s: fillable %t", s, s.Fillable())
		}
		if s.Fillable() && kyc.Transition(s, kyc.Submitted) != nil {
			t.Errorf("%s can be filled in and not submitted", s)
		}
	}
}

// Whatever is asked of the table, words that are not states get nowhere, and a
// walk never leaves a final state.
func TestTransitionsRefuseTheUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := kyc.State(rapid.String().Draw(t, "word"))
		state := rapid.SampledFrom(kyc.States()).Draw(t, "state")
		if word.Known() {
			return
		}
		if kyc.Transition(word, state) == nil || kyc.Transition(state, word) == nil || word.Final() || word.Fillable() {
			t.Fatalf("%q passes for a state", word)
		}
		if kyc.CodeOf(kyc.Transition(word, state)) != kyc.Conflict {
			t.Fatal("a refused transition is a conflict")
		}
	})
}

func TestWalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, decided := kyc.Open, false
		for i := 0; i < 30; i++ {
			to := rapid.SampledFrom(kyc.States()).Draw(t, "to")
			if kyc.Transition(state, to) != nil {
				continue
			}
			if state.Final() {
				t.Fatalf("%s followed the final %s", to, state)
			}
			decided = decided || to == kyc.Approved
			if to == kyc.Activated && !decided {
				t.Fatal("activated, never approved")
			}
			state = to
		}
	})
}
