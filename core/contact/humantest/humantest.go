// Package humantest solves proofs of work as a browser would. It is for tests
// and for clients of the JSON API.
package humantest

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/paifang/paifang/core/contact"
)

// ErrNoSolution says that no number up to the puzzle's bound solves it.
var ErrNoSolution = errors.New("puzzle has no solution")

// Solve searches the number and gives the value to submit as the human test.
func Solve(p contact.Puzzle) (string, error) {
	for n := int64(0); n <= p.MaxNumber; n++ {
		sum := sha256.Sum256(strconv.AppendInt([]byte(p.Salt), n, 10))
		if hex.EncodeToString(sum[:]) != p.Challenge {
			continue
		}
		raw, err := json.Marshal(contact.Solution{
			Algorithm: p.Algorithm, Challenge: p.Challenge, Number: n, Salt: p.Salt, Signature: p.Signature,
		})
		return base64.StdEncoding.EncodeToString(raw), err
	}
	return "", ErrNoSolution
}
