package admin_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

var issued = regexp.MustCompile(`<code id="key" dir="ltr">((?:pk|sk)_(?:test|live)_[^<]+)</code>`)

// lines are who did what to which key, the oldest first.
func (h *house) lines(actions ...string) (out []string) {
	all, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{}, "", 200)
	h.ok(err)
	for _, l := range all {
		for _, a := range actions {
			if l.Action == a {
				out = append([]string{l.Actor.Kind + " " + l.Actor.ID + " " + a}, out...)
			}
		}
	}
	return out
}

// An administrator makes a key, sees it this once, and ends it from a page that asks;
// nobody else does, and who has not just shown who they are is asked first.
func TestKeysInAPage(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	res, body := admin.post("/admin/demo/keys", "/admin/demo/keys", url.Values{"kind": {"golden"}})
	if res.StatusCode != 422 || !strings.Contains(body, `aria-invalid="true"`) {
		t.Errorf("a key of no kind: %d", res.StatusCode)
	}
	res, body = admin.post("/admin/demo/keys", "/admin/demo/keys", url.Values{"kind": {"secret"}, "test": {"on"}})
	found := issued.FindStringSubmatch(body)
	if res.StatusCode != 200 || found == nil || !strings.HasPrefix(found[1], "sk_test_") || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("a key: %d %v", res.StatusCode, found)
	}
	list, err := h.store.APIKeys(ctx, tenant)
	h.ok(err)
	if len(list) != 1 || list[0].Kind != "secret" || !list[0].TestMode || list[0].Revoked != 0 {
		t.Fatalf("keys are %+v", list)
	}
	_, body = admin.get("/admin/demo/keys")
	one := "/admin/demo/keys/" + string(list[0].ID)
	if strings.Contains(body, found[1]) || !strings.Contains(body, one) {
		t.Error("the list has the key itself, or not its page")
	}
	h.stale = true
	if res, _ = admin.post(one, one+"/revoke", url.Values{}); res.StatusCode != 403 {
		t.Errorf("an unattended screen: %d", res.StatusCode)
	}
	h.stale = false
	for range 2 {
		if res, _ = admin.post(one, one+"/revoke", url.Values{}); res.StatusCode != 303 {
			break
		}
	}
	if list, err = h.store.APIKeys(ctx, tenant); err != nil || list[0].Revoked == 0 {
		t.Errorf("the key holds: %+v, %v", list, err)
	}
	if _, body = admin.get(one); strings.Contains(body, one+"/revoke") {
		t.Error("a key that has ended can be ended")
	}
	if got := h.lines(audit.KeyIssued, audit.KeyRevoked); strings.Join(got, ";") != "staff tenant_admin key.issued;staff tenant_admin key.revoked" {
		t.Errorf("the record has %q", got)
	}
	for _, role := range []string{"viewer", "reviewer", "senior_reviewer", "compliance_officer"} {
		if res, _ := h.as(role).get("/admin/demo/keys"); res.StatusCode != 403 {
			t.Errorf("%s: %d", role, res.StatusCode)
		}
		if _, body := h.as(role).get("/admin/demo/security"); strings.Contains(body, "/admin/demo/keys") {
			t.Errorf("%s is led to keys", role)
		}
	}
}

// So with the keys of marketplaces that vouch for their members; what was typed stays
// where something is wrong with it.
func TestSignersInAPage(t *testing.T) {
	h := newHouse(t)
	admin := h.as("tenant_admin")
	public, _, err := ed25519.GenerateKey(rand.Reader)
	h.ok(err)
	raw, err := x509.MarshalPKIXPublicKey(public)
	h.ok(err)
	good := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: raw}))
	send := func(kid, iss, text string) (int, string) {
		res, body := admin.post("/admin/demo/keys", "/admin/demo/signers", url.Values{"kid": {kid}, "iss": {iss}, "pem": {text}})
		return res.StatusCode, body
	}
	for field, x := range map[string][3]string{"kid": {"k 1", "https://shop.example", good}, "iss": {"k1", "no issuer", good}, "pem": {"k1", "https://shop.example", "-----BEGIN"}} {
		status, body := send(x[0], x[1], x[2])
		if status != 422 || !strings.Contains(body, `aria-describedby="`+field+`-hint wrong" aria-invalid="true"`) || !strings.Contains(body, `value="`+x[1]+`"`) {
			t.Errorf("%s: %d", field, status)
		}
	}
	for range 2 { // the same again is the same
		if status, _ := send("k1", "https://shop.example", good); status != 303 {
			t.Fatal(status)
		}
	}
	if status, _ := send("k1", "https://other.example", good); status != 409 {
		t.Errorf("another key under the same id: %d", status)
	}
	if res, _ := admin.post("/admin/demo/signers/k1", "/admin/demo/signers/k1/revoke", url.Values{}); res.StatusCode != 303 {
		t.Errorf("withdrawn: %d", res.StatusCode)
	}
	if s, err := h.store.AssertionKey(ctx, tenant, "k1"); err != nil || s.Revoked == 0 {
		t.Errorf("the key holds: %+v, %v", s, err)
	}
	if status, _ := send("k1", "https://shop.example", good); status != 409 {
		t.Errorf("a withdrawn id: %d", status)
	}
	if got := h.lines(audit.SignerAdmitted, audit.SignerWithdrawn); len(got) != 2 || !strings.HasPrefix(got[1], "staff tenant_admin ") {
		t.Errorf("the record has %q", got)
	}
	if res, _ := admin.get("/admin/demo/signers/k2"); res.StatusCode != 404 {
		t.Errorf("a key that is not there: %d", res.StatusCode)
	}
}
