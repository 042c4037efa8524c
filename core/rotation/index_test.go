package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rotation"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

// numbers are phone numbers that somebody has for himself.
type numbers struct {
	*house
	app  kyc.Application
	mu   sync.Mutex
	held []string
	gate sync.RWMutex // of requests under way
}

// pass lets time pass between requests: none is under way for as long as keys rest.
func (n *numbers) pass(d time.Duration) {
	n.gate.Lock()
	defer n.gate.Unlock()
	n.house.pass(d)
}

func newNumbers(h *house) *numbers {
	app := storetest.Application("demo")
	app.Applicant = "p0000"
	storetest.Commit(h.t, h.store, "demo", kyc.CreateApplication{Application: app})
	return &numbers{house: h, app: app}
}

// claim is the write with which a node takes a number.
func (n *numbers) claim(node *vault.Vault, number string) kyc.Write {
	ctx := context.Background()
	index, err := node.Index(ctx, "demo", "phone", number)
	if err != nil {
		n.t.Error(err)
	}
	sealed, err := node.Seal(ctx, "demo", "p0000", kyc.SealedIdentifier, []byte(number))
	if err != nil {
		n.t.Error(err)
	}
	return kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: "demo", ID: kyc.IdentifierID(storetest.ID()), Applicant: "p0000", Application: n.app.ID,
		Step: "phone", Kind: "phone", Index: index, Sealed: sealed, State: kyc.Reserved, Login: true, Updated: storetest.Now}}
}

// taken asks a node whether somebody has a number.
func (n *numbers) taken(node *vault.Vault, number string) bool {
	ctx := context.Background()
	index, err := node.Index(ctx, "demo", "phone", number)
	if err != nil {
		n.t.Error(err)
	}
	taken, err := n.store.IdentifierTaken(ctx, "demo", "phone", index, "another")
	if err != nil {
		n.t.Error(err)
	}
	return taken
}

// crowd claims and looks up at both nodes until it is told to stop: each number goes to
// one of two, and everybody sees what is taken.
func (n *numbers) crowd(stop <-chan struct{}) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			n.mu.Lock()
			number := fmt.Sprintf("+4930%06d", len(n.held))
			n.mu.Unlock()
			var got [2]error
			var both sync.WaitGroup
			n.gate.RLock()
			for k := range got {
				both.Go(func() { got[k] = n.store.Commit(context.Background(), "demo", kyc.Change{n.claim(n.nodes[k], number)}) })
			}
			both.Wait()
			n.gate.RUnlock()
			if (got[0] == nil) == (got[1] == nil) || kyc.CodeOf(errors.Join(got[:]...)) != kyc.Conflict {
				n.t.Errorf("%s is claimed by two: %v", number, got)
			}
			n.mu.Lock()
			n.held = append(n.held, number)
			old := n.held[(i*7)%len(n.held)]
			n.mu.Unlock()
			for _, look := range []string{number, old} {
				for _, node := range n.nodes {
					n.gate.RLock()
					if !n.taken(node, look) {
						n.t.Errorf("a node does not see that %s is taken", look)
					}
					n.gate.RUnlock()
				}
			}
		}
	})
	return &all
}

// until does something that is cut off after each of so many transactions, again and
// again, and tells how often it was.
func (h *house) until(transactions int, do func() error) (deaths int) {
	h.t.Helper()
	for ; ; deaths++ {
		h.Store = &cutOff{h.store, transactions + deaths/50}
		err := do()
		if err == nil || deaths > 0 && kyc.CodeOf(err) == kyc.Conflict { // that must wait for what was done before the death
			h.Store = h.store
			return deaths
		}
		if !errors.Is(err, errDeath) {
			h.t.Fatal(err)
		}
	}
}

// TestIndexKeyIsRotated: killed after each of its transactions and begun again, while
// two nodes claim the same numbers at once, of which one knows the older key alone at
// first, and the other one the key that is gone at last. Then all of it once more.
func TestIndexKeyIsRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		n := newNumbers(h)
		var change kyc.Change
		for i := range persons {
			n.held = append(n.held, fmt.Sprintf("+4930%06d", i))
			change = append(change, n.claim(h.nodes[0], n.held[i]))
		}
		storetest.Commit(t, s, "demo", change...)
		n.taken(h.nodes[1], "+1") // it has the keys of now in memory
		for _, newest := range []int{2, 1} {
			n.rotate(newest)
		}
		if lines, err := s.Rotations(t.Context(), "other"); err != nil || len(lines) > 0 {
			t.Errorf("another tenant: %+v, %v", lines, err)
		}
	})
}

func (n *numbers) rotate(newest int) {
	h, t := n.house, n.t
	stop := make(chan struct{})
	others := n.crowd(stop)
	end := sync.OnceFunc(func() { close(stop); others.Wait() })
	defer end()
	retire := func() error { return h.RetireIndex(t.Context(), "demo") }
	if deaths := h.until(1, func() error { return h.RotateIndex(t.Context(), "demo") }); deaths < 2 {
		t.Errorf("the rotation was cut off %d times", deaths)
	}
	if err := h.RotateIndex(t.Context(), "demo"); kyc.CodeOf(err) != kyc.Conflict {
		t.Errorf("rotated twice: %v", err)
	}
	if err := retire(); kyc.CodeOf(err) != kyc.Conflict {
		t.Errorf("retired at once: %v", err)
	}
	n.pass(rotation.Rest)
	h.until(2, retire)
	if err := retire(); kyc.CodeOf(err) != kyc.Conflict {
		t.Errorf("cleared while processes may still have the key: %v", err)
	}
	end()
	n.pass(rotation.Rest)
	h.until(1, retire)
	keys, err := h.store.TenantKeys(t.Context(), "demo")
	ok(t, err)
	if keys.Newest != newest || (len(keys.LookupFirst) > 0) != (newest == 1) || (len(keys.LookupSecond) > 0) != (newest == 2) {
		t.Errorf("the newest key is in slot %d: %d and %d bytes", keys.Newest, len(keys.LookupFirst), len(keys.LookupSecond))
	}
	seen := 0
	for at := kyc.IdentifierID(""); ; {
		page, err := h.store.IndexedIdentifiers(t.Context(), "demo", at, 0)
		ok(t, err)
		if len(page) == 0 {
			break
		}
		for _, id := range page {
			first, second := kyc.Slots(id.Index)
			if (first != nil) != (newest == 1) || (second != nil) != (newest == 2) {
				t.Fatalf("an identifier has slots %x and %x", first, second)
			}
			at = id.ID
			seen++
		}
	}
	if seen != len(n.held) {
		t.Errorf("%d identifiers of %d numbers", seen, len(n.held))
	}
	for _, number := range n.held {
		if !n.taken(h.nodes[1], number) {
			t.Fatalf("%s is not found any more", number)
		}
	}
	if n.taken(h.nodes[0], "+4930999999") {
		t.Error("a number is found that nobody has")
	}
	x, err := h.store.Rotations(t.Context(), "demo")
	if err != nil || len(x) != 1 || x[0].Retired == 0 || x[0].Cursor != "" {
		t.Errorf("%+v, %v", x, err)
	}
}
