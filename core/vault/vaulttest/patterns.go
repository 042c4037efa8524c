package vaulttest

import (
	"bytes"
	"encoding/binary"
)

// keyBytes is by how many bytes patterns are found; all are longer.
const keyBytes = 4

// pattern is a form of a needle.
type pattern struct {
	bytes  []byte
	needle int
	form   string
	whole  bool
}

// patterns are looked for all at once: thousands of them in megabytes.
type patterns struct {
	hint  [1 << 14]uint64 // bits of the keys that there are, by hash
	byKey map[uint32][]pattern
}

func newPatterns() *patterns { return &patterns{byKey: map[uint32][]pattern{}} }

func bit(key uint32) (word, mask uint64) {
	h := key * 2654435761 >> 12
	return uint64(h >> 6), 1 << (h & 63)
}

func (p *patterns) add(x pattern) {
	key := binary.LittleEndian.Uint32(x.bytes)
	word, mask := bit(key)
	p.hint[word] |= mask
	p.byKey[key] = append(p.byKey[key], x)
}

// search tells every pattern that is in a text, as often as it is.
func (p *patterns) search(text []byte, found func(pattern)) {
	for i := 0; i+keyBytes <= len(text); i++ {
		key := binary.LittleEndian.Uint32(text[i:])
		if word, mask := bit(key); p.hint[word]&mask == 0 {
			continue
		}
		for _, x := range p.byKey[key] {
			if bytes.HasPrefix(text[i:], x.bytes) && (!x.whole || alone(text, i, i+len(x.bytes))) {
				found(x)
			}
		}
	}
}

// alone tells whether neither a letter nor a digit nor a point is beside a place.
func alone(text []byte, from, to int) bool {
	part := func(c byte) bool {
		return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '.' || c >= 0x80
	}
	return (from == 0 || !part(text[from-1])) && (to == len(text) || !part(text[to]))
}
