package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// TestSendingIsReopened: who may sees what is closed and re-opens it for a reason,
// which the record keeps; three times a day, and nobody else.
func TestSendingIsReopened(t *testing.T) {
	h := newHouse(t)
	day := kyc.At(h.now.UTC().Truncate(24 * time.Hour))
	slot := kyc.At(h.now.UTC().Add(-time.Hour).Truncate(15 * time.Minute))
	spent := func(key string, used int64, start kyc.Millis) kyc.Write {
		return kyc.TakeBudget{Tenant: tenant, Key: key, Start: start, Window: 24 * time.Hour, Limit: 1 << 60, Amount: used}
	}
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{spent("money", 19_999_000, day), spent("money.phone.CN", 19_999_000, day),
		spent("prefix.sent.+8617012", 80, slot)}))
	hour := kyc.At(h.now.UTC().Truncate(time.Hour))
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{spent("send.phone.country.1h0m0s.FR", 1500, hour), spent("send.phone.tenant.1h0m0s", 1604, hour),
		spent("send.phone.contact.1h0m0s.c0ffee", 5, hour), spent("send.phone.address.1h0m0s.c0ffee", 20, hour), spent("send.phone.device.1h0m0s.c0ffee", 20, hour)}))
	v := h.as("compliance_officer")
	_, page := v.get("/admin/demo/sending")
	for _, want := range []string{"$199.99", "$200.00", "China", "sending-later", "8617012…", `value="money.phone.CN"`,
		"All text messages", "All e-mail", "1,604", "2,000", "France", "1,500"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "c0ffee") {
		t.Error("the page tells of one contact, address or browser")
	}
	release := func(who *visitor, what, why string) int {
		res, _ := who.post("/admin/demo/sending", "/admin/demo/sending/release", url.Values{"what": {what}, "why": {why}, "ticket": {"T-1"}})
		return res.StatusCode
	}
	for _, wrong := range [][2]string{{"money.phone.CN", "because"}, {"money.phone.China", "examined"}, {"prefix.+86170123456789", "examined"}, {"human.spent.x", "examined"}, {"send.phone.country.1h0m0s.FR", "examined"}, {"", ""}} {
		if got := release(v, wrong[0], wrong[1]); got != 422 {
			t.Errorf("%v: %d", wrong, got)
		}
	}
	for i, want := range []int{303, 303, 303, 422} {
		if got := release(v, "money.phone.CN", "examined"); got != want {
			t.Errorf("re-opened %d times: %d", i+1, got)
		}
	}
	if got := release(v, "prefix.+8617012", "vendor_trouble"); got != 303 {
		t.Errorf("prefix: %d", got)
	}
	// What is counted stays closed: only the hour opens it.
	if _, page = v.get("/admin/demo/sending"); strings.Count(page, `sending-later">`) != 1 || strings.Contains(page, "8617012") || !strings.Contains(page, "$800.00") {
		t.Error("it is still closed")
	}
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{ObjectKind: "tenant"}, "", 20)
	h.ok(err)
	kept := 0
	for _, l := range lines {
		if l.Action == audit.SendingReleased && l.Actor.Kind == "staff" && l.Detail["ticket"] == "T-1" && l.Detail["why"] != "" && l.Detail["what"] != "" {
			kept++
		}
	}
	if kept != 4 {
		t.Errorf("%d lines of %+v", kept, lines)
	}
	if res, _ := h.as("reviewer").get("/admin/demo/sending"); res.StatusCode != 403 {
		t.Errorf("a reviewer sees it: %d", res.StatusCode)
	}
}
