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
	v := h.as("compliance_officer")
	_, page := v.get("/admin/demo/sending")
	for _, want := range []string{"$199.99", "$200.00", "China", "sending-later", "8617012…", `value="money.phone.CN"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	release := func(who *visitor, what, why string) int {
		res, _ := who.post("/admin/demo/sending", "/admin/demo/sending/release", url.Values{"what": {what}, "why": {why}, "ticket": {"T-1"}})
		return res.StatusCode
	}
	for _, wrong := range [][2]string{{"money.phone.CN", "because"}, {"money.phone.China", "examined"}, {"prefix.+86170123456789", "examined"}, {"human.spent.x", "examined"}, {"", ""}} {
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
	if _, page = v.get("/admin/demo/sending"); strings.Contains(page, "sending-later") || strings.Contains(page, "8617012") || !strings.Contains(page, "$800.00") {
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
