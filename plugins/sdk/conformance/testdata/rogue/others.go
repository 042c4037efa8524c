package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/paifang/paifang/plugins/sdk"
)

// other is a messenger and a verifier with one flaw; as "other" it has none.
type other struct {
	flaw  string
	calls atomic.Int64
}

func (o *other) Describe() sdk.Description {
	d := sdk.Description{ID: "rogue", Version: "1.0.0", Capabilities: []string{"channel.email", "registry.rogue"}}
	switch o.flaw {
	case "other-silent":
		d.Capabilities = []string{"registry.rogue"}
	case "other-idle":
		d.Capabilities = []string{"channel.email"}
	}
	return d
}

func (o *other) Send(_ context.Context, m *sdk.Message) (*sdk.Receipt, error) {
	if o.flaw == "other-faulty" && m.Channel == "pigeon" {
		return nil, errors.New("pigeon")
	}
	if m.Channel != sdk.EmailChannel || !strings.Contains(m.To, "@") || strings.Contains(m.To, "\n") {
		return &sdk.Receipt{State: sdk.Failed, Failure: "address_refused"}, nil
	}
	reference := m.Key
	if o.flaw == "other-twice" {
		reference = fmt.Sprint(o.calls.Add(1))
	}
	return &sdk.Receipt{State: sdk.Sent, Reference: reference}, nil
}

func (o *other) ParseReceipt(_ context.Context, c *sdk.Callback) (*sdk.CallbackAnswer, error) {
	if o.flaw == "other-trusting" && len(c.Body) > 0 {
		return &sdk.CallbackAnswer{Authentic: true, Status: 200}, nil
	}
	return &sdk.CallbackAnswer{Status: 403}, nil
}

func (o *other) Verify(_ context.Context, v *sdk.Verification) (*sdk.Verdict, error) {
	switch {
	case o.flaw == "other-agreeable":
		return &sdk.Verdict{Result: sdk.Pass}, nil
	case v.Capability != "registry.rogue":
		return &sdk.Verdict{Result: sdk.Unavailable}, nil
	case o.flaw == "other-curt":
		return &sdk.Verdict{Result: sdk.Fail}, nil
	case o.flaw == "other-fickle":
		return &sdk.Verdict{Result: sdk.Refer, Reasons: []sdk.Reason{{Code: "registry.no_record"}}, Reference: fmt.Sprint(o.calls.Add(1))}, nil
	}
	return &sdk.Verdict{Result: sdk.Refer, Reasons: []sdk.Reason{{Code: "registry.no_record"}}}, nil
}
