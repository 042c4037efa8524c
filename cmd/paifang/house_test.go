package main

import (
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// TestNamesOfBeforeAreSealedAtTheStart: whatever is started on a database of before
// seals the names of staff in it, and they sign in as they did.
func TestNamesOfBeforeAreSealedAtTheStart(t *testing.T) {
	c := Storage{Data: t.TempDir(), cost: noCost()}
	const login = "lena@shop.example"
	err := with(t.Context(), c, func(h *house) error {
		keys, err := h.vault.NewTenant(t.Context(), "shop")
		if err != nil {
			return err
		}
		return h.store.Store.Commit(t.Context(), "shop", kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: "shop", Name: "Shop", Created: 1}},
			kyc.SaveTenantKeys{TenantKeys: keys}, kyc.SaveStaff{Staff: kyc.Staff{Tenant: "shop", ID: "of-before", Login: login,
				Name: "Lena Sample", Role: policies.TenantAdmin, Hash: "x", Locale: "en", State: kyc.StaffActive, Created: 1}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = with(t.Context(), c, func(h *house) error {
		row, err := h.store.Store.Staff(t.Context(), "shop", "of-before")
		if err != nil {
			return err
		}
		if row.Login == login || row.Name != "" || len(row.Names) == 0 {
			t.Errorf("names are in clear: %+v", row)
		}
		if s, err := h.store.StaffByLogin(t.Context(), "shop", login); err != nil || s.Name != "Lena Sample" || s.Role != row.Role {
			t.Errorf("found %+v, %v", s, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
