package contact

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

const puzzleAlgorithm = "SHA-256"

// Puzzle is a proof of work: find the number from 0 to MaxNumber for which the
// hexadecimal SHA-256 of salt followed by the number in decimal is Challenge.
type Puzzle struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	Salt      string `json:"salt"` // "<24 hex digits>?expires=<unix seconds>&"
	Signature string `json:"signature"`
	MaxNumber int64  `json:"maxnumber"`
}

// Solution is the JSON that is submitted, in base64.
type Solution struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	Number    int64  `json:"number"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

// Puzzle makes a puzzle that only this tenant's Verify accepts.
func (h *Human) Puzzle(ctx context.Context, tenant kyc.TenantID, now time.Time) (Puzzle, error) {
	var raw [20]byte
	if _, err := io.ReadFull(h.Random, raw[:]); err != nil {
		return Puzzle{}, kyc.Wrap(kyc.Internal, err, "read randomness for a puzzle")
	}
	salt := hex.EncodeToString(raw[:12]) + "?expires=" + strconv.FormatInt(now.Add(h.life()).Unix(), 10) + "&"
	// The remainder favours small numbers by less than 1 in 2^40.
	number := int64(binary.BigEndian.Uint64(raw[12:]) % uint64(h.maxNumber()+1))
	challenge := workHash(salt, number)
	signature, err := h.sign(ctx, tenant, challenge)
	if err != nil {
		return Puzzle{}, err
	}
	return Puzzle{Algorithm: puzzleAlgorithm, Challenge: challenge, Salt: salt,
		Signature: signature, MaxNumber: h.maxNumber()}, nil
}

func workHash(salt string, number int64) string {
	sum := sha256.Sum256([]byte(salt + strconv.FormatInt(number, 10)))
	return hex.EncodeToString(sum[:])
}

func (h *Human) sign(ctx context.Context, tenant kyc.TenantID, challenge string) (string, error) {
	mac, err := h.Index.Index(ctx, tenant, ClassPuzzle, challenge)
	return hex.EncodeToString(mac), err
}

func (h *Human) verifyPuzzle(ctx context.Context, tenant kyc.TenantID, value string, now time.Time) (kyc.UseOnce, kyc.Problem, error) {
	invalid := kyc.P("", "human.invalid")
	s, ok := readSolution(value)
	if !ok {
		return kyc.UseOnce{}, invalid, nil
	}
	expires, ok := saltExpiry(s.Salt)
	if !ok || !equal(workHash(s.Salt, s.Number), s.Challenge) {
		return kyc.UseOnce{}, invalid, nil // no work was done
	}
	signature, err := h.sign(ctx, tenant, s.Challenge)
	if err != nil {
		return kyc.UseOnce{}, kyc.Problem{}, err
	}
	if !equal(signature, s.Signature) {
		return kyc.UseOnce{}, invalid, nil // not ours
	}
	if !now.Before(expires) {
		return kyc.UseOnce{}, kyc.P("", "human.expired"), nil
	}
	return spend(tenant, "puzzle", s.Challenge, expires), kyc.Problem{}, nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func readSolution(value string) (Solution, bool) {
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		if raw, err = base64.RawStdEncoding.DecodeString(value); err != nil {
			return Solution{}, false
		}
	}
	var s Solution
	if err := json.Unmarshal(raw, &s); err != nil {
		return Solution{}, false
	}
	return s, s.Algorithm == puzzleAlgorithm && s.Number >= 0
}

// saltExpiry reads the time out of a salt of exactly our form. Without the
// closing "&", digits could be moved from the number into the time.
func saltExpiry(salt string) (time.Time, bool) {
	nonce, rest, found := strings.Cut(salt, "?expires=")
	seconds, closed := strings.CutSuffix(rest, "&")
	if !found || !closed || len(nonce) != 24 || len(seconds) > 12 {
		return time.Time{}, false
	}
	if _, err := hex.DecodeString(nonce); err != nil {
		return time.Time{}, false
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(unix, 0), err == nil && unix > 0
}
