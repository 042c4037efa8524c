package rotation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rotation"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

// house is an installation with two tenants, two nodes and some persons.
type house struct {
	*rotation.Rotator
	t      *testing.T
	store  *store.Store
	nodes  [2]*vault.Vault
	master *vault.MasterFile
	shelf  vault.Shelf
	mu     sync.Mutex
	now    time.Time
	sealed map[kyc.ApplicantID][]byte
}

const persons = 450 // more than two batches

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	dir := t.TempDir()
	master, err := vault.FileMaster(filepath.Join(dir, "master.key"))
	ok(t, err)
	h := &house{t: t, store: s, master: master, now: storetest.Now.Time(), sealed: map[kyc.ApplicantID][]byte{}}
	h.shelf, err = vault.OpenShelf(t.Context(), filepath.Join(dir, "keys"), nil)
	ok(t, err)
	for i := range h.nodes {
		h.nodes[i] = h.node()
	}
	for _, id := range []kyc.TenantID{"demo", "other"} {
		keys, err := h.nodes[0].NewTenant(t.Context(), id)
		ok(t, err)
		storetest.Commit(t, s, id, kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "Market", Created: storetest.Now}}, kyc.SaveTenantKeys{TenantKeys: keys})
	}
	var change kyc.Change
	for n := range persons {
		change = append(change, h.born(h.nodes[0], kyc.ApplicantID(fmt.Sprintf("p%04d", n))))
	}
	storetest.Commit(t, s, "demo", change...)
	h.Rotator = &rotation.Rotator{Store: s, Vault: h.node(), Master: master, Actor: audit.System("test"), Clock: h.clock, IDs: storetest.ID}
	return h
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) node() *vault.Vault {
	return vault.New(vault.Config{Master: h.master, Keys: h.store, Shelf: h.shelf, Clock: h.clock})
}

// born makes a person with a sealed value.
func (h *house) born(node *vault.Vault, id kyc.ApplicantID) kyc.Write {
	h.t.Helper()
	wrapped, err := node.NewApplicant(h.t.Context(), "demo", id)
	if err != nil {
		h.t.Error(err)
		return nil
	}
	sealed, err := node.Seal(h.t.Context(), "demo", id, "c", []byte("of "+id))
	if err != nil {
		h.t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sealed[id] = sealed
	return kyc.CreateApplicant{Tenant: "demo", ID: id, Wrapped: wrapped, At: storetest.Now}
}

// readable wants everybody's value to open at a node.
func (h *house) readable(name string, node *vault.Vault) {
	h.t.Helper()
	for id, sealed := range h.sealed {
		if got, err := node.Unseal(h.t.Context(), "demo", id, "c", sealed); err != nil || string(got) != "of "+string(id) {
			h.t.Fatalf("%s: %s %q, %v", name, id, got, err)
		}
	}
}

// cutOff lets a rotation die after some of its transactions.
type cutOff struct {
	rotation.Store
	left int
}

var errDeath = errors.New("sudden death")

func (c *cutOff) Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error {
	if c.left--; c.left < 0 {
		return errDeath
	}
	return c.Store.Commit(ctx, tenant, change)
}

// TestTenantKeyIsRotated: killed after each of its transactions and begun again,
// while another node, which knows the older key alone, makes people and reads.
func TestTenantKeyIsRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		h.readable("before", h.nodes[1])
		var others sync.WaitGroup
		stop := make(chan struct{})
		others.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				w := h.born(h.nodes[n%2], kyc.ApplicantID(fmt.Sprintf("late%04d", n)))
				if err := s.Commit(t.Context(), "demo", kyc.Change{w}); err != nil {
					t.Error(err)
				}
			}
		})
		h.Store = &cutOff{s, 0}
		for deaths := 0; ; deaths++ {
			h.Store = &cutOff{s, 2}
			err := h.RotateTenant(t.Context(), "demo")
			if err == nil && deaths < 1 {
				t.Error("the rotation was never cut off")
			}
			if err == nil {
				break
			}
			if !errors.Is(err, errDeath) {
				t.Fatal(err)
			}
		}
		close(stop)
		others.Wait()
		h.Store = s
		h.readable("the other node", h.nodes[1])
		h.readable("a new node", h.node())
		if err := h.RetireTenant(t.Context(), "demo"); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("retired at once: %v", err)
		}
		h.pass(rotation.Rest)
		ok(t, h.RetireTenant(t.Context(), "demo"))
		keys, err := s.TenantKeys(t.Context(), "demo")
		ok(t, err)
		if _, older, err := h.node().TenantKeyIDs(keys); err != nil || len(older) > 0 {
			t.Errorf("older keys %v, %v", older, err)
		}
		h.readable("the other node", h.nodes[1])
		h.readable("a new node", h.node())
		list, err := s.Rotations(t.Context(), "demo")
		if err != nil || len(list) != 1 || list[0].Retired == 0 || list[0].Done < 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := s.Rotations(t.Context(), "other"); err != nil || len(list) > 0 {
			t.Errorf("another tenant: %+v, %v", list, err)
		}
	})
}

// TestKeyInUseIsKept: what some other part of the program has sealed under a
// tenant's older key keeps that key from being destroyed.
func TestKeyInUseIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		value, err := h.nodes[0].SealTenant(t.Context(), "demo", "signer", []byte("x"))
		ok(t, err)
		storetest.Commit(t, s, "demo", kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{Tenant: "demo", Market: "mainland", Config: value}})
		ok(t, h.RotateTenant(t.Context(), "demo"))
		h.pass(rotation.Rest)
		if err := h.RetireTenant(t.Context(), "demo"); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("the key was destroyed: %v", err)
		}
		if got, err := h.nodes[1].UnsealTenant(t.Context(), "demo", "signer", value); err != nil || string(got) != "x" {
			t.Errorf("%q, %v", got, err)
		}
		h.readable("the other node", h.nodes[1])
	})
}

// TestMasterKeyIsRotated: the same for the master key, its trees and the keys of
// the installation.
func TestMasterKeyIsRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		wrapped, err := h.master.Encrypt([]byte("forms"), []byte("installation.web"))
		ok(t, err)
		_, err = s.InstallationKey(t.Context(), "web", wrapped)
		ok(t, err)
		first, _, err := h.master.Marks()
		ok(t, err)
		for deaths := 0; ; deaths++ {
			h.Store = &cutOff{s, 1 + deaths}
			err := h.RotateMaster(t.Context())
			if err == nil {
				break
			}
			if !errors.Is(err, errDeath) {
				t.Fatal(err)
			}
			h.readable("the other node", h.node())
		}
		h.Store = s
		ok(t, h.nodes[1].Destroy(t.Context(), "demo", "p0007"))
		delete(h.sealed, "p0007")
		if err := h.RetireMaster(t.Context()); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("retired at once: %v", err)
		}
		h.pass(rotation.Rest)
		ok(t, h.RetireMaster(t.Context()))
		newest, older, err := h.master.Marks()
		if err != nil || bytes.Equal(newest, first) || len(older) > 0 {
			t.Errorf("key %x, older %v, %v", newest, older, err)
		}
		h.pass(time.Hour)
		h.readable("the other node", h.nodes[1])
		h.readable("a new node", h.node())
		keys, err := s.InstallationKeys(t.Context())
		ok(t, err)
		if got, err := h.master.Decrypt(keys["web"], []byte("installation.web")); err != nil || string(got) != "forms" {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := h.node().Index(t.Context(), "other", "phone", "x"); err != nil {
			t.Error(err)
		}
	})
}
