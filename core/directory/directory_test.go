package directory_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/directory"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rotation"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is an installation with two tenants.
type house struct {
	*directory.Book
	t      *testing.T
	vault  *vault.Vault
	master *vault.MasterFile
	now    time.Time
}

func newHouse(t *testing.T, s *store.Store) *house {
	dir := t.TempDir()
	master, err := vault.FileMaster(filepath.Join(dir, "master.key"))
	ok(t, err)
	h := &house{t: t, master: master, now: storetest.Now.Time()}
	shelf, err := vault.OpenShelf(t.Context(), filepath.Join(dir, "keys"), nil)
	ok(t, err)
	h.vault = vault.New(vault.Config{Master: master, Keys: s, Shelf: shelf, Clock: h.clock})
	h.Book = &directory.Book{Store: s, Vault: h.vault}
	for _, id := range []kyc.TenantID{"demo", "other"} {
		keys, err := h.vault.NewTenant(t.Context(), id)
		ok(t, err)
		storetest.Commit(t, s, id, kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "Market", Created: storetest.Now}}, kyc.SaveTenantKeys{TenantKeys: keys})
	}
	return h
}

func (h *house) clock() time.Time { return h.now }

func member(tenant kyc.TenantID, login, name string) kyc.Staff {
	return kyc.Staff{Tenant: tenant, ID: kyc.StaffID(storetest.ID()), Login: login, Name: name, Role: "reviewer", Hash: "$argon2id$", Locale: "en",
		State: "active", Created: storetest.Now}
}

// hidden wants rows of which no column tells a name, and all of which can be opened.
func (h *house) hidden(tenant kyc.TenantID, people ...kyc.Staff) {
	h.t.Helper()
	rows, err := h.Store.StaffList(h.t.Context(), tenant)
	if err != nil || len(rows) != len(people) {
		h.t.Fatalf("%d rows of %d, %v", len(rows), len(people), err)
	}
	for _, row := range rows {
		if len(row.Names) == 0 || row.Name != "" || slices.ContainsFunc(people, func(p kyc.Staff) bool {
			return strings.Contains(row.Login, p.Login) || strings.Contains(string(row.Names), p.Login) || strings.Contains(string(row.Names), p.Name)
		}) {
			h.t.Errorf("a row tells names: %+v", row)
		}
	}
	list, err := h.StaffList(h.t.Context(), tenant)
	if err != nil || !reflect.DeepEqual(list, people) {
		h.t.Errorf("the staff is %+v, %v", list, err)
	}
	for _, p := range people {
		if got, err := h.StaffByLogin(h.t.Context(), tenant, p.Login); err != nil || !reflect.DeepEqual(got, p) {
			h.t.Errorf("by login %+v, %v", got, err)
		}
		if got, err := h.Staff(h.t.Context(), tenant, p.ID); err != nil || !reflect.DeepEqual(got, p) {
			h.t.Errorf("by id %+v, %v", got, err)
		}
	}
}

// TestNamesAreSealed: people are found and listed by what no row tells, a login is
// taken once in a tenant, and what else is in a change is as it was.
func TestNamesAreSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		zoe, lena := member("demo", "zoe@shop.example", "Zoe Sample"), member("demo", "lena@shop.example", "莉娜·样本")
		change := kyc.Change{kyc.SaveStaff{Staff: zoe}, kyc.SaveStaff{Staff: lena}, kyc.SetStaff{Tenant: "demo", ID: zoe.ID, Role: "viewer"}}
		ok(t, h.Commit(t.Context(), "demo", change))
		if save := change[0].(kyc.SaveStaff); save.Login != zoe.Login || save.Name != zoe.Name {
			t.Errorf("the caller's change was changed: %+v", save)
		}
		zoe.Role = "viewer"
		h.hidden("demo", lena, zoe)
		lena.Name = "Lena Sample"
		ok(t, h.Commit(t.Context(), "demo", kyc.Change{kyc.SaveStaff{Staff: lena}}))
		h.hidden("demo", lena, zoe)
		err := h.Commit(t.Context(), "demo", kyc.Change{kyc.SaveStaff{Staff: member("demo", lena.Login, "Somebody Else")}})
		if e := (*kyc.Error)(nil); !errors.As(err, &e) || e.Key != "error.login_taken" {
			t.Errorf("a login taken twice: %v", err)
		}
		theirs := member("other", lena.Login, lena.Name)
		if err := h.Commit(t.Context(), "demo", kyc.Change{kyc.SaveStaff{Staff: theirs}}); kyc.CodeOf(err) != kyc.Forbidden {
			t.Errorf("another tenant's: %v", err)
		}
		ok(t, h.Commit(t.Context(), "other", kyc.Change{kyc.SaveStaff{Staff: theirs}}))
		h.hidden("other", theirs)
		for _, login := range []string{"", "nobody@shop.example", "LENA@shop.example"} {
			if _, err := h.StaffByLogin(t.Context(), "demo", login); kyc.CodeOf(err) != kyc.NotFound {
				t.Errorf("login %q: %v", login, err)
			}
		}
		if _, err := h.Staff(t.Context(), "demo", theirs.ID); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("another tenant's: %v", err)
		}
	})
}

// TestNamesOfBeforeAreSealed: what an older program wrote in clear is sealed by
// several processes at once, and nothing else of it changes.
func TestNamesOfBeforeAreSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		officer, lena := member("demo", "officer", "Officer"), member("demo", "lena@shop.example", "Lena Sample")
		theirs, anew := member("other", "officer", "Officer"), member("demo", "zoe@shop.example", "Zoe Sample")
		storetest.Commit(t, s, "demo", kyc.SaveStaff{Staff: officer}, kyc.SaveStaff{Staff: lena})
		storetest.Commit(t, s, "other", kyc.SaveStaff{Staff: theirs})
		ok(t, h.Commit(t.Context(), "demo", kyc.Change{kyc.SaveStaff{Staff: anew}}))
		if got, err := h.Staff(t.Context(), "demo", officer.ID); err != nil || got.Name != officer.Name {
			t.Errorf("before it is sealed: %+v, %v", got, err)
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := h.Seal(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		h.hidden("demo", lena, officer, anew)
		h.hidden("other", theirs)
		if n, err := h.Seal(t.Context()); n != 0 || err != nil {
			t.Errorf("sealed again: %d, %v", n, err)
		}
	})
}

// TestNamesOutliveTheirKey: names are sealed by the newest key of a rotation, and
// found by the same hash, when the older one is gone.
func TestNamesOutliveTheirKey(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	lena := member("demo", "lena@shop.example", "Lena Sample")
	ok(t, h.Commit(t.Context(), "demo", kyc.Change{kyc.SaveStaff{Staff: lena}}))
	before, err := h.Store.Staff(t.Context(), "demo", lena.ID)
	ok(t, err)
	r := &rotation.Rotator{Store: h, Vault: h.vault, Master: h.master, Actor: audit.System("test"), Clock: h.clock, IDs: storetest.ID}
	for _, level := range []struct{ rotate, retire func() error }{
		{func() error { return r.RotateTenant(t.Context(), "demo") }, func() error { return r.RetireTenant(t.Context(), "demo") }},
		{func() error { return r.RotateIndex(t.Context(), "demo") }, func() error { return r.RetireIndex(t.Context(), "demo") }},
	} {
		ok(t, level.rotate())
		h.hidden("demo", lena)
		h.now = h.now.Add(rotation.Rest)
		ok(t, level.retire())
		h.hidden("demo", lena)
	}
	after, err := h.Store.Staff(t.Context(), "demo", lena.ID)
	if err != nil || string(after.Names) == string(before.Names) || after.Login != before.Login {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
}

// TestNamesOfAnotherRow: what is sealed for one member does not open as another's.
func TestNamesOfAnotherRow(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	lena, zoe := member("demo", "lena@shop.example", "Lena Sample"), member("demo", "zoe@shop.example", "Zoe Sample")
	ok(t, h.Commit(t.Context(), "demo", kyc.Change{kyc.SaveStaff{Staff: lena}, kyc.SaveStaff{Staff: zoe}}))
	row, err := h.Store.Staff(t.Context(), "demo", lena.ID)
	ok(t, err)
	row.ID, row.Login = zoe.ID, "moved"
	storetest.Commit(t, h.Store, "demo", kyc.SaveStaff{Staff: row})
	for name, ask := range map[string]func() error{
		"by id": func() error { _, err := h.Staff(t.Context(), "demo", zoe.ID); return err },
		"list":  func() error { _, err := h.StaffList(t.Context(), "demo"); return err },
	} {
		if err := ask(); kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}
