package journeys

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// settingsReachBoth: what a tenant's administrator sets on a page of one node holds
// at the other for whoever begins then; who began before goes on as they began. The
// JSON API goes back, closes and opens, and says what somebody else has changed.
func (h *houseOfNodes) settingsReachBoth(s, a, b *server) {
	h.t.Helper()
	_, password, _ := strings.Cut(strings.TrimSpace(h.run("staff", "add", "shop", "toma", "--name", "Toma", "--role", "tenant_admin")), "once: ")
	older := h.atProfile(s, b, "+8613800138901")
	s.base = a.base
	admin := signedIn(s, "shop", "toma", password)
	admin.get("/admin/shop/markets/mainland")
	admin.submit("/settings", url.Values{"s/min_age": {"120"}, "unset/document_kinds": {"yes"}}, 422)
	if !strings.Contains(admin.page, "Enter at most 99.") || !strings.Contains(admin.page, `value="120"`) {
		h.t.Errorf("too great an age is not told: %.3000s", admin.page)
	}
	admin.submit("/settings", url.Values{"s/min_age": {"90"}, "unset/document_kinds": {"yes"}})
	time.Sleep(2 * time.Second)
	newer := h.atProfile(s, b, "+8613800138902")
	f := newer.do(newer.action("submit"), map[string]any{"version": newer.view.Version, "values": newer.fill("mainland")})
	if f == nil || !slices.ContainsFunc(f.Errors, func(e struct{ Path, Code, Detail string }) bool { return e.Code == "policy.underage" }) {
		h.t.Errorf("at the other node, 2 s later: %+v", f)
	}
	older.check(older.do(older.action("submit"), map[string]any{"version": older.view.Version, "values": older.fill("mainland")}))

	s.base = b.base
	clerk := newClerk(s, "shop", "toma", password)
	const one = "/api/v1/tenants/shop/markets/mainland"
	var now struct {
		Number   int64
		Enabled  bool
		Settings map[string]any
		History  []struct{ Restored int64 }
	}
	ask := func(method, path string, body any, code string) {
		h.t.Helper()
		_, f := s.request(method, path, clerk.token, body, &now)
		if code == "" && f != nil || code != "" && (f == nil || f.Code != code) {
			h.t.Errorf("%s %s %v: %+v, want %q", method, path, body, f, code)
		}
	}
	ask("PUT", one, map[string]any{"number": 1, "settings": map[string]any{"min_age": 20}}, "market_changed")
	ask("PUT", one, map[string]any{"number": 2, "settings": map[string]any{"document_kinds": []string{"library_card"}}}, "validation")
	ask("PUT", one, map[string]any{"number": 2, "pinned": "9.9.9"}, "market_version")
	ask("POST", one+"/restore", map[string]any{"number": 2, "back": 1}, "")
	if now.Number != 3 || len(now.Settings) != 0 || now.History[0].Restored != 1 {
		h.t.Errorf("restored: %+v", now)
	}
	ask("PUT", one, map[string]any{"number": 3, "enabled": false, "pinned": "shipped"}, "")
	closed := func(n *server) bool {
		page := n.send("GET", "/t/shop/start/mainland", nil, nil)
		return page.status == 404 && strings.Contains(page.body, "is not open at the moment")
	}
	h.within("the market is closed", func() bool { return closed(a) && closed(b) })
	if _, f := s.request("POST", "/api/v1/applications", h.key, map[string]string{"market": "mainland"}, nil); f == nil || f.Code != "market_disabled" {
		h.t.Errorf("an application of a closed market: %+v", f)
	}
	older.run("mainland") // finishes all the same
	if older.view.State == "open" {
		h.t.Errorf("the application under way is %s", older.view.State)
	}
	ask("PUT", one, map[string]any{"number": 4, "enabled": true}, "")
	h.within("the market is open", func() bool { return !closed(a) && !closed(b) })
}

// atProfile begins an application at a node and goes as far as the profile.
func (h *houseOfNodes) atProfile(s, at *server, phone string) *client {
	h.t.Helper()
	s.base = at.base
	c := newClient(s, h.key, "mainland", "en", newPerson(h.t, mainlandPerson(phone)))
	for range 5 {
		switch {
		case c.view.Next.Step == "profile":
			return c
		case c.view.Next.Kind == "challenge":
			c.answerChallenge()
		default:
			c.check(c.do(c.action("submit"), map[string]any{"version": c.view.Version, "values": c.fill("mainland"), "consents": c.view.Next.Consents}))
		}
	}
	h.t.Fatalf("no profile: %+v", c.view.Next)
	return nil
}
