package vault

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// tree gives every person of a tenant a key, and can lose single ones for ever.
// It is the puncturable pseudo-random function of Goldreich, Goldwasser and
// Micali: the root is a random seed, each node's two children are its HMACs, and
// the leaf of a person, one of 2^64, is found by a hash of the person's id. A
// leaf is destroyed by keeping, instead of a seed above it, the seeds of the
// subtrees beside the way to it: all other leaves can still be computed, this
// one can not. A whole tree is 32 bytes; each destroyed leaf adds at most 64
// seeds, fewer the more there are.
//
// A tree never changes; puncture makes another one.
type tree struct {
	seeds []seed // of disjoint subtrees, in the order of their leaves
}

// seed is the subtree of the leaves that begin with the first depth bits of at.
type seed struct {
	depth uint8
	at    uint64 // the bits behind depth are 0
	key   [seedBytes]byte
}

const (
	seedBytes = 32
	maxDepth  = 64
	seedSize  = 1 + 8 + seedBytes // of a seed that is written down
)

func newTree(root [seedBytes]byte) *tree { return &tree{seeds: []seed{{key: root}}} }

// leafOf is the place of a person.
func leafOf(tenant kyc.TenantID, applicant kyc.ApplicantID) uint64 {
	sum := sha256.Sum256(binding("leaf", string(tenant), string(applicant)))
	return binary.BigEndian.Uint64(sum[:8])
}

// find is the seed above a leaf; it may have been destroyed.
func (t *tree) find(leaf uint64) (int, bool) {
	i, exact := slices.BinarySearchFunc(t.seeds, leaf, func(s seed, leaf uint64) int { return cmp.Compare(s.at, leaf) })
	if !exact {
		i--
	}
	return i, i >= 0 && t.seeds[i].covers(leaf)
}

func (s seed) covers(leaf uint64) bool {
	return s.depth == 0 || (leaf^s.at)>>(maxDepth-s.depth) == 0
}

// key computes a leaf's key, unless it was destroyed.
func (t *tree) key(leaf uint64) ([]byte, bool) {
	i, ok := t.find(leaf)
	if !ok {
		return nil, false
	}
	s := t.seeds[i]
	for s.depth < maxDepth {
		s = s.child(leaf>>(maxDepth-1-s.depth)&1 == 1)
	}
	return derive(s.key, "leaf"), true
}

func (s seed) child(right bool) seed {
	side, at := "left", s.at
	if right {
		side, at = "right", s.at|1<<(maxDepth-1-s.depth)
	}
	return seed{depth: s.depth + 1, at: at, key: [seedBytes]byte(derive(s.key, side))}
}

func derive(key [seedBytes]byte, what string) []byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(what))
	return mac.Sum(nil)
}

// puncture is the tree without a leaf, and whether it was there.
func (t *tree) puncture(leaf uint64) (*tree, bool) {
	i, ok := t.find(leaf)
	if !ok {
		return t, false
	}
	s, beside := t.seeds[i], []seed(nil)
	for s.depth < maxDepth {
		right := leaf>>(maxDepth-1-s.depth)&1 == 1
		beside = append(beside, s.child(!right))
		s = s.child(right)
	}
	slices.SortFunc(beside, func(a, b seed) int { return cmp.Compare(a.at, b.at) })
	return &tree{seeds: slices.Concat(t.seeds[:i], beside, t.seeds[i+1:])}, true
}

// bytes writes the tree down: the seeds one after another.
func (t *tree) bytes() []byte {
	b := make([]byte, 0, len(t.seeds)*seedSize)
	for _, s := range t.seeds {
		b = append(b, s.depth)
		b = binary.BigEndian.AppendUint64(b, s.at)
		b = append(b, s.key[:]...)
	}
	return b
}

// parseTree reads what bytes wrote.
func parseTree(b []byte) (*tree, error) {
	if len(b)%seedSize != 0 {
		return nil, errors.New("a tree of keys is cut short")
	}
	t := &tree{seeds: make([]seed, 0, len(b)/seedSize)}
	for ; len(b) > 0; b = b[seedSize:] {
		s := seed{depth: b[0], at: binary.BigEndian.Uint64(b[1:9]), key: [seedBytes]byte(b[9:seedSize])}
		if n := len(t.seeds); s.depth > maxDepth || n > 0 && (s.at <= t.seeds[n-1].at || t.seeds[n-1].covers(s.at)) {
			return nil, errors.New("a tree of keys is out of order")
		}
		t.seeds = append(t.seeds, s)
	}
	return t, nil
}
