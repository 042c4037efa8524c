package kyc

import "bytes"

// A blind index that things are looked up by has two slots, one for each of two
// keys, of which one follows the other. As a rule one slot is filled; while keys are
// changed both are. Whoever makes one writes all slots that he has a key for, whoever
// looks one up takes any slot that fits; so everybody finds everything as long as
// there is a key that all have.
//
// As bytes: the first slot stands by itself, both stand in a row, and the second by
// itself has a byte in front.
const (
	blindBytes  = 32
	blindSecond = 2
)

// JoinSlots makes one index of its slots, each 32 bytes or nil.
func JoinSlots(first, second []byte) []byte {
	switch {
	case second == nil:
		return first
	case first == nil:
		return append([]byte{blindSecond}, second...)
	}
	return append(bytes.Clone(first), second...)
}

// Slots are the slots of an index; nil is one that is not filled.
func Slots(index []byte) (first, second []byte) {
	switch {
	case len(index) == 2*blindBytes:
		return index[:blindBytes:blindBytes], index[blindBytes:]
	case len(index) == 1+blindBytes && index[0] == blindSecond:
		return nil, index[1:]
	case len(index) == 0:
		return nil, nil
	}
	return index, nil
}

// SameIndex tells whether two indexes are of one value: they share a slot.
func SameIndex(a, b []byte) bool {
	first, second := Slots(a)
	otherFirst, otherSecond := Slots(b)
	return first != nil && bytes.Equal(first, otherFirst) || second != nil && bytes.Equal(second, otherSecond)
}
