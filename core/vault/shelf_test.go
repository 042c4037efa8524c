package vault_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// shelves runs a test on every kind of shelf.
func shelves(t *testing.T, test func(t *testing.T, h *house)) {
	t.Run("folder", func(t *testing.T) { test(t, newHouse(t)) })
	t.Run("bucket", func(t *testing.T) {
		h := newHouseOn(t, func() (vault.Shelf, error) {
			return vault.OpenShelf(ctx, "mem://", func(context.Context, string) (*blob.Bucket, error) { return memblob.OpenBucket(nil), nil })
		})
		test(t, h)
	})
}

// TestBackupOfAnErasedPersonDoesNotOpen: with the wrapped keys and sealed values
// of before, and with all keys of today, the erased person stays unreadable. Who
// was not erased is readable.
func TestBackupOfAnErasedPersonDoesNotOpen(t *testing.T) {
	shelves(t, func(t *testing.T, h *house) {
		sealed := map[kyc.ApplicantID][]byte{}
		for _, a := range []kyc.ApplicantID{"ann", "bob"} {
			s, err := h.Seal(ctx, "acme", a, "c", []byte("of "+a))
			if err != nil {
				t.Fatal(err)
			}
			sealed[a] = s
		}
		backup := maps.Clone(h.keys.applicants)
		delete(h.keys.applicants, "acme/ann")
		for range 2 { // what was cut off is done again
			if err := h.Destroy(ctx, "acme", "ann"); err != nil {
				t.Fatal(err)
			}
		}
		h.keys.applicants = backup
		for name, v := range map[string]*vault.Vault{"this node": h.Vault, "a new one": h.fresh(0)} {
			if _, err := v.Unseal(ctx, "acme", "ann", "c", sealed["ann"]); kyc.CodeOf(err) != kyc.Gone {
				t.Errorf("%s opens who was erased: %v", name, err)
			}
			if got, err := v.Unseal(ctx, "acme", "bob", "c", sealed["bob"]); err != nil || string(got) != "of bob" {
				t.Errorf("%s: bob %q, %v", name, got, err)
			}
		}
		if _, err := h.NewApplicant(ctx, "acme", "ann"); kyc.CodeOf(err) != kyc.Gone {
			t.Errorf("a person with a destroyed leaf: %v", err)
		}
	})
}

// TestManyAreDestroyedAtOnce: nodes that destroy at the same time undo nothing of
// each other's, and one generation is left.
func TestManyAreDestroyedAtOnce(t *testing.T) {
	shelves(t, func(t *testing.T, h *house) {
		const each, nodes = 8, 4
		for n := range each * nodes {
			h.add(t, "acme", kyc.ApplicantID(fmt.Sprint("p", n)))
		}
		var all sync.WaitGroup
		for node := range nodes {
			v := h.fresh(0)
			all.Go(func() {
				for i := range each {
					if err := v.Destroy(ctx, "acme", kyc.ApplicantID(fmt.Sprint("p", node*each+i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		v := h.fresh(0)
		for n := range each * nodes {
			if _, err := v.Seal(ctx, "acme", kyc.ApplicantID(fmt.Sprint("p", n)), "c", nil); kyc.CodeOf(err) != kyc.Gone {
				t.Errorf("person %d: %v", n, err)
			}
		}
		if _, err := v.Seal(ctx, "acme", "bob", "c", nil); err != nil {
			t.Error(err)
		}
		generation, _, err := h.shelf.Newest(ctx, "acme")
		if err != nil || generation != 1+each*nodes {
			t.Errorf("generation %d, %v", generation, err)
		}
		if err := h.shelf.Put(ctx, "acme", generation, nil); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("a generation is written twice: %v", err)
		}
	})
}

// TestShelfOnDisk: nothing of earlier generations is left, not even after a sudden
// death between writing one and burning the other; files are private.
func TestShelfOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	h := newHouseOn(t, func() (vault.Shelf, error) { return vault.OpenShelf(ctx, dir, nil) })
	first, err := os.ReadFile(filepath.Join(dir, "acme", "000000000001.tree"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Destroy(ctx, "acme", "ann"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "acme", "000000000001.tree"), first, 0o600); err != nil { // as if never burnt
		t.Fatal(err)
	}
	if err := h.Destroy(ctx, "acme", "ann"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "acme"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "000000000002.tree" {
		t.Errorf("left: %v, %v", entries, err)
	}
	info, err := os.Stat(filepath.Join(dir, "acme", "000000000002.tree"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestKeyStoreThatIsLostOrWrong is told, and nothing is made anew in its place.
func TestKeyStoreThatIsLostOrWrong(t *testing.T) {
	h := newHouse(t)
	sealed, err := h.Seal(ctx, "acme", "ann", "c", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := h.shelf.Newest(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	empty := func() vault.Shelf {
		s, err := vault.OpenShelf(ctx, t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	changed, moved := empty(), empty()
	broken := bytes.Clone(body)
	broken[len(broken)-1] ^= 1
	for shelf, put := range map[vault.Shelf]struct {
		tenant     kyc.TenantID
		generation int
		body       []byte
	}{changed: {"acme", 1, broken}, moved: {"acme", 2, body}} {
		if err := shelf.Put(ctx, put.tenant, put.generation, put.body); err != nil {
			t.Fatal(err)
		}
	}
	for name, shelf := range map[string]vault.Shelf{"lost": empty(), "none": nil, "changed": changed, "older as newer": moved} {
		h.shelf = shelf
		v := h.fresh(0)
		if _, err := v.Unseal(ctx, "acme", "ann", "c", sealed); kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("%s: %v", name, err)
		}
		if err := v.Destroy(ctx, "acme", "bob"); kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("%s: destroy: %v", name, err)
		}
	}
}
