package vault

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// A tree with leaves destroyed gives every other leaf the key it always had.
func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := [seedBytes]byte(rapid.SliceOfN(rapid.Byte(), seedBytes, seedBytes).Draw(t, "root"))
		// Leaves that are close share most of the way.
		leaf := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 20), rapid.Uint64Range(1<<64-20, 1<<64-1))
		whole, cut := newTree(root), newTree(root)
		lost := map[uint64]bool{}
		for _, l := range rapid.SliceOf(leaf).Draw(t, "lost") {
			var there bool
			before := len(cut.seeds)
			cut, there = cut.puncture(l)
			if there == lost[l] {
				t.Fatalf("leaf %x: there %v, destroyed before %v", l, there, lost[l])
			}
			if len(cut.seeds) > before+maxDepth {
				t.Fatalf("one leaf took %d seeds", len(cut.seeds)-before)
			}
			lost[l] = true
		}
		back, err := parseTree(cut.bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range append(rapid.SliceOf(leaf).Draw(t, "asked"), keysOf(lost)...) {
			got, ok := back.key(l)
			want, _ := whole.key(l)
			if ok == lost[l] || ok && !bytes.Equal(got, want) {
				t.Fatalf("leaf %x: %v, destroyed %v", l, ok, lost[l])
			}
		}
	})
}

func keysOf(m map[uint64]bool) []uint64 {
	var list []uint64
	for k := range m {
		list = append(list, k)
	}
	return list
}

// What is left of a tree holds no seed from which a destroyed leaf follows: none
// of the seeds on the way to it.
func TestDestroyedLeafDoesNotFollow(t *testing.T) {
	root := [seedBytes]byte{1}
	for range 100 {
		leaf := rand.Uint64()
		cut, _ := newTree(root).puncture(leaf)
		left := cut.bytes()
		for s := (seed{key: root}); ; s = s.child(leaf>>(maxDepth-1-s.depth)&1 == 1) {
			if bytes.Contains(left, s.key[:]) {
				t.Fatalf("the seed at depth %d is still there", s.depth)
			}
			if s.depth == maxDepth {
				break
			}
		}
	}
}

func TestParseTreeRefuses(t *testing.T) {
	cut, _ := newTree([seedBytes]byte{1}).puncture(77)
	good := cut.bytes()
	twice := append(bytes.Clone(good), good[:seedSize]...)
	deep := bytes.Clone(good)
	deep[0] = maxDepth + 1
	for name, b := range map[string][]byte{"cut": good[1:], "out of order": twice, "too deep": deep} {
		if _, err := parseTree(b); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if none, err := parseTree(nil); err != nil || len(none.seeds) > 0 {
		t.Errorf("a tree without leaves: %v, %v", none, err)
	}
}

func BenchmarkLeaf(b *testing.B) {
	tr := newTree([seedBytes]byte{1})
	for range 1000 {
		tr, _ = tr.puncture(rand.Uint64())
	}
	b.ReportAllocs()
	for b.Loop() {
		tr.key(rand.Uint64())
	}
}
