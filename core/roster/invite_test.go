package roster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/roster"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// plainly seals by writing the place in front.
type plainly struct{}

func (plainly) SealTenant(_ context.Context, t kyc.TenantID, column string, plain []byte) ([]byte, error) {
	return append([]byte(string(t)+" "+column+" "), plain...), nil
}

func (plainly) UnsealTenant(_ context.Context, t kyc.TenantID, column string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(string(t)+" "+column+" "))
	if !ok {
		return nil, errors.New("sealed for another place")
	}
	return plain, nil
}

// sent lists the letters of a kind that lie in the outbox, opened.
func (h *house) sent(template string) []kyc.MessageBody {
	h.t.Helper()
	found, err := h.store.Letters(ctx, demo, template)
	h.ok(err)
	var out []kyc.MessageBody
	for _, m := range found {
		plain, err := plainly{}.UnsealTenant(ctx, demo, kyc.SealedLetter(m.ID), m.Sealed)
		h.ok(err)
		var body kyc.MessageBody
		h.ok(json.Unmarshal(plain, &body))
		out = append(out, body)
	}
	return out
}

func TestInvite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		admin := h.as("tenant_admin")
		in := roster.Invitation{Email: "Nora@Example.com", Name: " Nora ", Role: "reviewer", Locale: "ar"}
		for who, key := range map[string]string{"reviewer": "forbidden", "viewer": "forbidden"} {
			_, err := h.Invite(ctx, h.as(who), in)
			h.refused(err, key)
		}
		_, err := h.Invite(ctx, admin, roster.Invitation{Email: "nora@example.com", Name: "Nora", Role: "platform_operator"})
		h.refused(err, "beyond_own")
		id, err := h.Invite(ctx, admin, in)
		h.ok(err)
		nora, err := s.StaffByLogin(ctx, demo, "nora@example.com")
		h.ok(err)
		if nora.ID != id || nora.State != kyc.StaffInvited || nora.Hash != "" || nora.Role != "reviewer" || nora.Locale != "ar" || nora.Name != "Nora" {
			t.Errorf("%+v", nora)
		}
		list, err := h.Invitations(ctx, admin)
		if err != nil || len(list) != 1 || list[0].ID != id || list[0].Letter != kyc.MessageQueued || list[0].Expires == 0 {
			t.Errorf("%+v %v", list, err)
		}
		h.ok(h.InviteAgain(ctx, admin, id))
		again, err := h.Invite(ctx, admin, in) // the same person once more
		if err != nil || again != id {
			t.Errorf("%s %v", again, err)
		}
		links, err := s.StaffLinks(ctx, demo, letter.ToJoin)
		letters := h.sent(letter.Invited)
		if err != nil || len(links) != 1 || len(letters) != 3 || letters[0].To != "nora@example.com" {
			t.Errorf("%d links, %+v, %v", len(links), letters, err)
		}
		h.ok(h.Uninvite(ctx, admin, id))
		if links, err = s.StaffLinks(ctx, demo, letter.ToJoin); err != nil || len(links) != 0 {
			t.Errorf("%d links, %v", len(links), err)
		}
		h.refused(h.Uninvite(ctx, admin, id), "staff_changed")
		h.refused(h.InviteAgain(ctx, admin, id), "staff_changed")
		h.refused(h.Enable(ctx, admin, id), "not_joined")
		if _, err = h.Invite(ctx, admin, in); err != nil {
			t.Errorf("never again: %v", err)
		}
		_, err = h.Invite(ctx, admin, roster.Invitation{Email: "x", Name: "x", Role: "viewer"})
		var e *kyc.Error
		if !errors.As(err, &e) || e.Key != "problem.field.email" {
			t.Error(err)
		}
		lines, err := s.AuditLines(ctx, demo, kyc.AuditFilter{}, "", 50)
		h.ok(err)
		var seen []string
		for _, l := range lines {
			seen = append(seen, l.Action)
			if err := audit.Check(l); err != nil {
				t.Error(err)
			}
		}
		if !slices.Contains(seen, audit.StaffInvited) || !slices.Contains(seen, audit.StaffUninvited) {
			t.Error(seen)
		}
	})
}

// Who is told what: of their role, their access, their factors.
func TestNotices(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	email, err := h.Letters.Seal(ctx, demo, "viewer", "vera@example.com")
	h.ok(err)
	vera, err := h.store.Staff(ctx, demo, "viewer")
	h.ok(err)
	vera.Email = email
	h.ok(h.store.Commit(ctx, demo, kyc.Change{kyc.SaveStaff{Staff: vera},
		kyc.SaveFactor{Factor: kyc.Factor{Tenant: demo, ID: storetest.ID(), Of: "staff", Subject: "viewer", Kind: kyc.FactorTOTP}}}))
	admin := h.as("tenant_admin")
	h.ok(h.GiveRole(ctx, admin, "viewer", "reviewer"))
	h.ok(h.ResetFactors(ctx, admin, "viewer"))
	h.ok(h.Disable(ctx, admin, "viewer"))
	h.ok(h.Enable(ctx, admin, "viewer"))
	for template, n := range map[string]int{letter.Role: 1, letter.Factors: 1, letter.State: 2} {
		if got := h.sent(template); len(got) != n || got[0].To != "vera@example.com" {
			t.Errorf("%s: %+v", template, got)
		}
	}
	if left, err := h.store.Factors(ctx, demo, "staff", "viewer"); err != nil || len(left) != 0 {
		t.Errorf("%d factors are left, %v", len(left), err)
	}
	h.refused(h.ResetFactors(ctx, h.as("reviewer"), "viewer"), "forbidden")
	h.refused(h.ResetFactors(ctx, admin, "tenant_admin"), "own_role")
}
