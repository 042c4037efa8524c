package credential

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// cheap is a cost for tests: what is tested is not the strength of argon2.
var cheap = Cost{Memory: 64, Time: 1, Threads: 1}

func TestHashAndVerify(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(Options{Random: rand.Reader, Cost: cheap})
	stored, err := h.Hash(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%q %v", stored, err)
	}
	again, _ := h.Hash(ctx, "correct horse")
	if again == stored {
		t.Error("two hashes share a salt")
	}
	for secret, want := range map[string]bool{
		"correct horse": true, "ｃｏｒｒｅｃｔ　ｈｏｒｓｅ": true, "correct\u00a0horse": true,
		"correct horse ": false, "Correct horse": false, "": false, "correct\x00horse": false, "\xff": false,
		strings.Repeat("a", 10_000): false,
	} {
		if ok, rehash, err := h.Verify(ctx, stored, secret); ok != want || rehash || err != nil {
			t.Errorf("%.20q: %v %v %v", secret, ok, rehash, err)
		}
	}
	dearer := NewHasher(Options{Random: rand.Reader, Cost: Cost{Memory: 128, Time: 1, Threads: 1}})
	if ok, rehash, err := dearer.Verify(ctx, stored, "correct horse"); !ok || !rehash || err != nil {
		t.Errorf("another cost: %v %v %v", ok, rehash, err)
	}
	if _, rehash, _ := dearer.Verify(ctx, stored, "wrong"); rehash {
		t.Error("a wrong password asks for a new hash")
	}
	if ok, _, err := h.Verify(ctx, "", "anything"); ok || err != nil {
		t.Errorf("nobody's password: %v %v", ok, err)
	}
	if _, err := h.Hash(ctx, "a\x00"); kyc.CodeOf(err) != kyc.Invalid || strings.Contains(err.Error(), "a\x00") {
		t.Errorf("control character: %v", err)
	}
}

func TestDefaultCost(t *testing.T) {
	h := NewHasher(Options{Random: rand.Reader})
	stored, err := h.Hash(context.Background(), "correct horse")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q %v", stored, err)
	}
}

func TestDamagedHashes(t *testing.T) {
	h := NewHasher(Options{Random: rand.Reader, Cost: cheap})
	for _, s := range []string{
		"x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=18$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=4000000000,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=64,t=100000,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=64,t=1,p=0$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=64,t=1,p=1$$aGFzaGhhc2hoYXNoaGFzaA", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$",
		"$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$!", "$2a$10$abcdefghijklmnopqrstuv",
	} {
		if ok, _, err := h.Verify(context.Background(), s, "secret"); ok || kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("%s: %v %v", s, ok, err)
		}
	}
}

// A burst is bounded: some are served, the rest are told to come back.
func TestPool(t *testing.T) {
	h := NewHasher(Options{Random: rand.Reader, Cost: cheap, Workers: 2, Queue: 3})
	h.slots <- struct{}{} // both workers have enough to do until the burst is there
	h.slots <- struct{}{}
	var served, turned atomic.Int64
	var wg sync.WaitGroup
	all := make(chan struct{})
	for range 60 {
		wg.Go(func() {
			_, err := h.Hash(context.Background(), "correct horse")
			var e *kyc.Error
			switch {
			case err == nil:
				served.Add(1)
			case errors.As(err, &e) && e.Code == kyc.Unavailable && e.RetryAfter == time.Second:
				if turned.Add(1) == 55 {
					close(all)
				}
			default:
				t.Error(err)
			}
		})
	}
	select {
	case <-all:
	case <-time.After(time.Minute):
		t.Errorf("%d are turned away, want 55", turned.Load())
	}
	<-h.slots
	<-h.slots
	wg.Wait()
	if served.Load() != 5 || turned.Load() != 55 {
		t.Errorf("%d served, %d turned away", served.Load(), turned.Load())
	}
	if h.inside.Load() != 0 || len(h.slots) != 0 {
		t.Errorf("places are lost: %d inside, %d slots", h.inside.Load(), len(h.slots))
	}
	if _, err := h.Hash(context.Background(), "after the burst"); err != nil {
		t.Error(err)
	}
}

func TestWaitingEnds(t *testing.T) {
	h := NewHasher(Options{Random: rand.Reader, Cost: cheap, Workers: 1})
	h.slots <- struct{}{} // somebody works for ever
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := h.Hash(ctx, "correct horse"); kyc.CodeOf(err) != kyc.Unavailable {
		t.Error(err)
	}
}

// An unknown name costs what a known one costs.
func TestSameWorkForNobody(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(Options{Random: rand.Reader})
	stored, err := h.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	// Processor time, and the two in turn: what else the machine does must not count.
	best := map[string]time.Duration{stored: time.Hour, "": time.Hour}
	for range 8 {
		for credential := range best {
			before := spent(t)
			if _, _, err := h.Verify(ctx, credential, "wrong horse"); err != nil {
				t.Fatal(err)
			}
			best[credential] = min(best[credential], spent(t)-before)
		}
	}
	if known, nobody := best[stored], best[""]; nobody < known/2 || nobody > known*2 {
		t.Errorf("known %v, unknown %v", known, nobody)
	}
}

// spent is the processor time of this process so far.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(Options{Random: rand.Reader})
	for b.Loop() {
		if _, err := h.Hash(context.Background(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
