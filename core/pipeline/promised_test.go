package pipeline_test

import (
	"strconv"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// TestPromisedVersion: where the tenant has chosen the version that an application
// began with, no other judges it. It can still be looked at and given up.
func TestPromisedVersion(t *testing.T) {
	gone := func() (string, error) { return "", kyc.E(kyc.Unavailable, "it does not run") }
	is := func(version string) func() (string, error) { return func() (string, error) { return version, nil } }
	cases := []struct {
		name    string
		pinned  string
		shipped func() (string, error)
		waits   bool
	}{
		{"version", "1.0.0", nil, true},
		{"build", "1.0.0+b1", nil, true},
		{"another version", "1.0.1", nil, false},
		{"channel", kyc.StableChannel, nil, false},
		{"shipped, gone", kyc.ShippedVersion, gone, true},
		{"shipped, between", kyc.ShippedVersion, is("1.0.0"), true},
		{"shipped, never started", kyc.ShippedVersion, is(""), true},
		{"shipped is another now", kyc.ShippedVersion, is("0.9.0"), false},
	}
	each(t, func(t *testing.T, h *house) {
		for n, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				h.market.flow.Version, h.market.shipped = "1.0.0", nil
				h.must(h.store.Commit(t.Context(), tenant, kyc.Change{kyc.SaveTenantMarket{TenantMarket: kyc.TenantMarket{
					Tenant: tenant, Market: "made-up", Enabled: true, Config: []byte("{}"), Pinned: c.pinned}}}))
				p, q := h.start(), h.start()
				p.account("1380013800" + strconv.Itoa(n))
				p.prove()
				h.market.shipped = c.shipped
				promisedTo(t, p, c.waits)
				_, err := h.Withdraw(t.Context(), q.ref)
				h.must(err)
			})
		}
	})
}

func promisedTo(t *testing.T, p *person, waits bool) {
	h := p.house
	judged := func(err error) {
		t.Helper()
		if !waits {
			h.must(err)
		} else if refused(t, err, kyc.Unavailable); keyOfError(err) != "error.market_pinned" {
			t.Error(err)
		}
	}
	profile := pipeline.Submission{Step: "profile", Values: kyc.Values{"name": "Anna", "kind": "plain"}}
	h.market.finding = func(kyc.Question) kyc.Finding { // gone between the look and the question
		return kyc.Finding{Tier: "high", Provider: kyc.Source{Kind: "provider", Name: "made-up", Version: "2.0.0"}}
	}
	_, err := p.Submit(t.Context(), p.ref, profile)
	judged(err)
	h.market.finding = nil
	if waits {
		h.market.flow.Version = "2.0.0" // gone before
		_, err = p.Submit(t.Context(), p.ref, profile)
		judged(err)
		v, err := p.Get(t.Context(), p.ref)
		h.must(err)
		if v.Next.Step != "profile" {
			t.Errorf("%+v", v.Next)
		}
		h.market.flow.Version = "1.0.0"
		p.submit("profile", profile.Values)
	}
	p.submit("secrets", kyc.Values{"login_password": password})
	h.market.flow.Version = "2.0.0"
	judged(h.Verify(t.Context(), kyc.Job{Tenant: tenant, Kind: kyc.JobVerify, Ref: string(p.ref.Application)}, 1))
	app, err := h.store.Application(t.Context(), tenant, p.ref.Application)
	h.must(err)
	if over := app.State != kyc.Submitted; over == waits {
		t.Error(app.State)
	}
}
