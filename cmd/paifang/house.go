package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/directory"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
)

// house is what every command works with: storage, keys, the office.
type house struct {
	letters *letter.Writer
	store   *directory.Book
	master  vault.Master
	vault   *vault.Vault
	hasher  *credential.Hasher
	sealer  *trail.Sealer
	office  *tenant.Office
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// openHouse opens storage and keys and brings the tables up to date.
func openHouse(ctx context.Context, c Storage) (*house, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	s, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	h, err := furnish(ctx, c, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return h, nil
}

func furnish(ctx context.Context, c Storage, s *store.Store) (*house, error) {
	if err := migrate(ctx, s); err != nil {
		return nil, err
	}
	master, err := openMaster(ctx, c, s)
	if err != nil {
		return nil, err
	}
	shelf, err := vault.OpenShelf(ctx, c.keyStore(), evidence.OpenBlobs)
	if err != nil {
		return nil, err
	}
	v := vault.New(vault.Config{Master: master, Keys: s, Shelf: shelf, Clock: time.Now})
	if err := tryKeys(ctx, c, s, v, 1); err != nil {
		return nil, err
	}
	book := &directory.Book{Store: s, Vault: v}
	if _, err := book.Seal(ctx); err != nil {
		return nil, err
	}
	shipped, err := locales.Shipped()
	if err != nil {
		return nil, err
	}
	hasher := credential.NewHasher(credential.Options{Random: rand.Reader, Cost: c.cost})
	sealer := trail.NewSealer(trail.Config{Store: s, Vault: v, Clock: time.Now, IDs: newID, Random: rand.Reader})
	letters := &letter.Writer{Vault: v, Clock: time.Now, IDs: newID, Random: rand.Reader}
	return &house{store: book, master: master, vault: v, hasher: hasher, sealer: sealer, letters: letters, office: &tenant.Office{Letters: letters, Store: book, Keys: v, Record: sealer, Passwords: hasher,
		Locales: shipped, Roles: policies.Roles(), Clock: time.Now, IDs: newID, Random: rand.Reader}}, nil
}

// migrate brings the tables up to date. A database that a newer program has
// changed is left alone: this one does not know what its columns mean.
func migrate(ctx context.Context, s *store.Store) error {
	schema, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	if schema.Tables > schema.Needed {
		return fmt.Errorf("the database is at version %d and this program knows %d: use the newer program, or restore the back-up made before it",
			schema.Tables, schema.Needed)
	}
	return s.Migrate(ctx)
}

// openMaster reads the master key, or makes it at the first start. Where tenants
// exist their keys are wrapped by a master key that must exist too: a new one
// could open nothing, so that a lost key is told at once.
func openMaster(ctx context.Context, c Storage, s *store.Store) (vault.Master, error) {
	if c.inKMS() {
		return c.transit()
	}
	path := c.masterKey()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		tenants, err := s.Tenants(ctx, "", 1)
		if err != nil {
			return nil, err
		}
		if len(tenants) > 0 {
			return nil, fmt.Errorf("the master key %s is missing, but the database holds data sealed under it: put the key back", path)
		}
	}
	return vault.FileMaster(path)
}

// tryKeys opens the keys of tenants, of the first only or, with limit 0, of all.
func tryKeys(ctx context.Context, c Storage, s *store.Store, v *vault.Vault, limit int) error {
	for after := kyc.TenantID(""); ; {
		page, err := s.Tenants(ctx, after, limit)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, t := range page {
			if _, err := v.Index(ctx, t.ID, "office.try", ""); err != nil {
				return fmt.Errorf("the master key %s and the key store %s do not open the keys of tenant %q (%w): they belong to another installation, put this one's back",
					c.masterKey(), c.keyStore(), t.ID, err)
			}
			after = t.ID
		}
		if limit > 0 {
			return nil
		}
	}
}

// with opens the house, does one thing and closes it.
func with(ctx context.Context, c Storage, do func(h *house) error) error {
	h, err := openHouse(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.store.Close())
}
