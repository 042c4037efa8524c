package contact_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

func TestSendBudget(t *testing.T) {
	var l contact.Limits
	s := contact.Sending{Tenant: "demo", Channel: kyc.Phone, Contact: []byte{1, 2}, Address: []byte{3}, Country: "CN"}
	keys := map[string]bool{}
	for _, w := range l.SendBudget(s, noon.Add(17*time.Minute)) {
		b := w.(kyc.TakeBudget)
		if keys[b.Key] {
			t.Errorf("%s is taken twice", b.Key)
		}
		keys[b.Key] = true
		start := b.Start.Time()
		if start.After(noon) || noon.Sub(start) >= 24*time.Hour || b.Limit < 1 || b.Tenant != "demo" {
			t.Errorf("%+v", b)
		}
	}
	for _, want := range []string{
		"send.phone.contact.1h0m0s.0102", "send.phone.contact.24h0m0s.0102", "send.phone.address.1h0m0s.03",
		"send.phone.country.1h0m0s.CN", "send.phone.tenant.1h0m0s",
	} {
		if !keys[want] {
			t.Errorf("no %s in %v", want, keys)
		}
	}
	s.Channel, s.Country = kyc.Email, ""
	for _, w := range l.SendBudget(s, noon) {
		if key := w.(kyc.TakeBudget).Key; strings.Contains(key, "country") || !strings.HasPrefix(key, "send.email.") {
			t.Error(key)
		}
	}
	l.SendTenant = []contact.Rate{{Window: time.Hour, Limit: 7}}
	writes := l.SendBudget(s, noon)
	if b := writes[len(writes)-1].(kyc.TakeBudget); b.Limit != 7 {
		t.Errorf("configured limit ignored: %+v", b)
	}
}

func TestOtherBudgets(t *testing.T) {
	var l contact.Limits
	seen := map[string]bool{}
	for _, writes := range [][]kyc.Write{
		l.HumanBudget("demo", []byte{1}, noon), l.AvailabilityBudget("demo", []byte{1}, noon),
		l.SignInBudget("demo", []byte{1}, []byte{2}, noon),
	} {
		if len(writes) == 0 {
			t.Error("no budget")
		}
		for _, w := range writes {
			b := w.(kyc.TakeBudget)
			if seen[b.Key] || b.Limit < 1 {
				t.Errorf("%+v", b)
			}
			seen[b.Key] = true
		}
	}
}

func TestCanonicalAddress(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"192.0.2.7:5123":       "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:80": "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "unknown",
		"nonsense":             "unknown",
	} {
		if got := contact.CanonicalAddress(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
	a, _ := contact.IndexAddress(context.Background(), prf{}, "demo", "2001:db8:1:2::1")
	b, _ := contact.IndexAddress(context.Background(), prf{}, "demo", "2001:db8:1:2:ffff::1")
	if string(a) != string(b) {
		t.Error("two addresses of one line are counted apart")
	}
	p, _ := contact.IndexContact(context.Background(), prf{}, "demo", kyc.Phone, "x")
	e, _ := contact.IndexContact(context.Background(), prf{}, "demo", kyc.Email, "x")
	if string(p) == string(e) {
		t.Error("classes share indexes")
	}
}
