package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// shippedOnce builds every provider that is shipped as make build does.
var shippedOnce = sync.OnceValues(func() (string, error) {
	mains, err := filepath.Glob("../*/main.go")
	if err != nil {
		return "", err
	}
	built, err := programs()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(built, "shipped")
	args := []string{"build", "-o", dir + "/"}
	for _, m := range mains {
		args = append(args, "./"+filepath.Dir(m))
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	script := exec.Command("sh", "-c", "sha256sum * > SHA256SUMS && chmod -R go-w .")
	script.Dir = dir
	out, err := script.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

func shipped(t *testing.T) string {
	t.Helper()
	dir, err := shippedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Every shipped provider is accepted, all at once, within a second or so.
func TestShippedProvidersAreReady(t *testing.T) {
	dir := shipped(t)
	mail := t.TempDir()
	c := config(t, dir, &safeBuffer{})
	c.Settings = map[string]json.RawMessage{
		"sandboxmailbox": json.RawMessage(`{"dir":"` + mail + `"}`),
		"smtp":           json.RawMessage(`{"host":"localhost","from":"no-reply@example.org"}`),
		"twilio":         json.RawMessage(`{"account":"AC00000000000000000000000000000000","token":"t","from":"+15005550006"}`),
	}
	c.Messengers = map[kyc.ContactKind][]string{kyc.Phone: {"sandboxmailbox"}, kyc.Email: {"sandboxmailbox"}}
	began := time.Now()
	h := run(t, c)
	t.Logf("%d providers after %v", len(h.Status()), time.Since(began))
	for _, s := range h.Status() {
		if s.State != host.Ready {
			t.Errorf("%+v", s)
		}
	}
	ctx := context.Background()
	if r, err := h.Send(ctx, kyc.Outgoing{ID: "m1", Channel: kyc.Phone, To: "+8613800138000", Text: "123456"}); err != nil || r.State != kyc.MessageSent {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(mail, "m1.json")); err != nil {
		t.Error(err)
	}
	v, err := h.Verify(ctx, kyc.Verification{ID: "c1", Capability: "registry.resident_id",
		Fields: kyc.Values{"name": "张三", "number": "11010519491231002X"}})
	if err != nil || v.Result != kyc.Pass || v.Evidence["source"] != "sandbox registry" {
		t.Errorf("%+v, %v", v, err)
	}
	for _, market := range h.Markets() {
		flow, err := h.Flow(ctx, market, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range flow.Steps {
			if _, err := h.Evaluate(ctx, kyc.Question{Tenant: "demo", Market: market, Step: step.ID, Locale: "en", Now: time.Now()}); err != nil {
				t.Errorf("%s, step %s: %v", market, step.ID, err)
			}
		}
	}
}
