// Package audit has the words of the append-only record: the names of what can
// happen, a builder of lines, and a guard against personal data in them. The
// record lives as long as the law asks and outlives the erasure of a person, so
// a line holds codes, ids and versions only; what a person said is in the sealed
// columns of the objects that the line names.
package audit
