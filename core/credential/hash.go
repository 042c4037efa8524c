package credential

import (
	"context"
	"crypto/subtle"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// Cost is what one hash costs.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultCost is the least that is advised for argon2id: 19 MiB, two passes.
func DefaultCost() Cost { return Cost{Memory: 19456, Time: 2, Threads: 1} }

const (
	saltBytes = 16
	hashBytes = 32
)

// Options set up a Hasher. The zero value but for Random is usable.
type Options struct {
	Random  io.Reader // salts; safe for concurrent use, as crypto/rand.Reader is
	Cost    Cost      // zero: DefaultCost
	Workers int       // hashes at a time; 0: GOMAXPROCS
	Queue   int       // callers that may wait for a worker; 0: 64
}

// Hasher hashes secrets with argon2id into PHC strings and verifies them. It is
// safe for concurrent use and runs no goroutine of its own.
type Hasher struct {
	random io.Reader
	cost   Cost
	slots  chan struct{}
	bound  int64        // callers inside, at work or waiting
	inside atomic.Int64 // … right now
	hashes atomic.Int64 // computed so far
}

// NewHasher makes a Hasher.
func NewHasher(o Options) *Hasher {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost()
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Queue <= 0 {
		o.Queue = 64
	}
	return &Hasher{
		random: o.Random, cost: o.Cost,
		slots: make(chan struct{}, o.Workers), bound: int64(o.Workers + o.Queue),
	}
}

// Hash makes the PHC string of a secret, normalised as by Normalize. Unavailable
// ("error.busy", RetryAfter) when too many are waiting; Invalid for a secret
// that Normalize refuses.
func (h *Hasher) Hash(ctx context.Context, secret string) (string, error) {
	normal, problem, ok := Normalize(secret)
	if !ok {
		return "", kyc.E(kyc.Invalid, "secret cannot be hashed: %s", problem.Code)
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", kyc.Wrap(kyc.Internal, err, "read randomness for a salt")
	}
	sum, err := h.derive(ctx, normal, salt, h.cost, hashBytes)
	if err != nil {
		return "", err
	}
	return phc{cost: h.cost, salt: salt, sum: sum}.String(), nil
}

// Verify compares a secret with a PHC string in constant time. rehash says that
// the string was made with another cost than today's. An empty string is that
// of nobody: the same work is done and the answer is no, so that a stranger
// cannot tell by the clock whether a name exists.
func (h *Hasher) Verify(ctx context.Context, stored, secret string) (ok, rehash bool, err error) {
	normal, _, fits := Normalize(secret)
	if !fits {
		return false, false, nil
	}
	if stored == "" {
		_, err := h.derive(ctx, normal, make([]byte, saltBytes), h.cost, hashBytes)
		return false, false, err
	}
	known, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	sum, err := h.derive(ctx, normal, known.salt, known.cost, uint32(len(known.sum)))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(sum, known.sum) == 1
	return ok, ok && known.cost != h.cost, nil
}

// derive waits for a worker's place and computes. The count of callers inside is
// taken first, so that no more than bound are ever waiting.
func (h *Hasher) derive(ctx context.Context, secret string, salt []byte, cost Cost, length uint32) (sum []byte, err error) {
	ctx, span := trace.Start(ctx, "password hash")
	defer func() { span.End(err) }()
	defer h.inside.Add(-1)
	if h.inside.Add(1) > h.bound {
		return nil, busy()
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, kyc.Wrap(kyc.Unavailable, ctx.Err(), "waited for a place to hash")
	}
	h.hashes.Add(1)
	return argon2.IDKey([]byte(secret), salt, cost.Time, cost.Memory, cost.Threads, length), nil
}

// Hashes is how many secrets were hashed so far, for the tests of what a sign-in costs.
func (h *Hasher) Hashes() int64 { return h.hashes.Load() }

func busy() error {
	e := kyc.EKey(kyc.Unavailable, "error.busy", "too many secrets wait to be hashed")
	e.RetryAfter = time.Second
	return e
}
