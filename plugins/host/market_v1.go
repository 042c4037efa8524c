package host

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Flow gives the flow of a market. An application that is bound to a version
// which is gone gets the current one. NotFound means that no provider has such
// a market, Unavailable that it has never been ready; a market whose process
// is down for the moment still has its flow, so that what people type can be
// kept. The flow is shared and must not be changed.
func (h *Host) Flow(_ context.Context, market kyc.MarketID, _ string) (*kyc.Flow, error) {
	_, flow, err := h.flow(market)
	return flow, err
}

func (h *Host) flow(market kyc.MarketID) (*supervisor, *kyc.Flow, error) {
	s, ok := h.providers[string(market)]
	if !ok {
		return nil, nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "no such market")
	}
	status, _, about := s.look()
	switch {
	case about == nil:
		return nil, nil, unavailable(s.name, "it is "+string(status.State))
	case about.flow == nil:
		return nil, nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "that provider is no market")
	}
	return s, about.flow, nil
}

// Evaluate asks a market about the answers to one step. Invalid means a step
// that the market does not have, Unavailable that it could not tell.
func (h *Host) Evaluate(ctx context.Context, q kyc.Question) (kyc.Finding, error) {
	s, flow, err := h.flow(q.Market)
	if err != nil {
		return kyc.Finding{}, err
	}
	if _, ok := flow.Step(q.Step); !ok {
		return kyc.Finding{}, kyc.E(kyc.Invalid, "market %s has no such step", q.Market)
	}
	request, err := h.questionV1(q)
	if err != nil {
		return kyc.Finding{}, err
	}
	var finding kyc.Finding
	err = s.call(ctx, h.timing.Evaluate, func(ctx context.Context, g *generation) error {
		r, err := g.market.Evaluate(ctx, request)
		if err != nil {
			return err
		}
		finding, err = g.about.findingV1(q.Step, r)
		return err
	})
	if err != nil {
		return kyc.Finding{}, err
	}
	return finding, nil
}

func (h *Host) questionV1(q kyc.Question) (*wirev1.EvaluateRequest, error) {
	r := &wirev1.EvaluateRequest{
		RequestId: h.config.IDs(), Tenant: string(q.Tenant), Market: string(q.Market), Version: q.Version,
		Step: string(q.Step), Values: q.Values, Facts: q.Facts, Locale: string(q.Locale),
		Time: timestamppb.New(q.Now), TenantConfig: q.Config,
		Answers: make(map[string]*wirev1.Values, len(q.Answers)),
	}
	sets := []kyc.Values{q.Values, q.Facts}
	for step, values := range q.Answers {
		r.Answers[string(step)] = &wirev1.Values{Values: values}
		sets = append(sets, values)
	}
	return r, sendable(sets...)
}

// sendable refuses what a message cannot carry.
func sendable(sets ...kyc.Values) error {
	for _, values := range sets {
		for name, value := range values {
			if !utf8.ValidString(name) || !utf8.ValidString(value) {
				return kyc.E(kyc.Invalid, "a value is not UTF-8")
			}
		}
	}
	return nil
}

var (
	derivedName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}(\.[a-z0-9_]{1,40}){0,3}$`)
	identityClass = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}(:[A-Z]{2,3})?$`)
)

const (
	maxValue = 4096 // bytes
	maxList  = 100
)

// findingV1 translates a finding about a step and validates all of it.
func (a *about) findingV1(id kyc.StepID, r *wirev1.EvaluateResponse) (kyc.Finding, error) {
	step, ok := a.flow.Step(id)
	if !ok {
		return kyc.Finding{}, &errInvalid{"the step is gone"}
	}
	if max(len(r.Problems), len(r.Reasons), len(r.Normalized), len(r.Derived), len(r.RequestedSteps), len(r.Identities)) > maxList {
		return kyc.Finding{}, &errInvalid{"too long"}
	}
	f := kyc.Finding{Normalized: r.Normalized, Derived: r.Derived, Tier: r.Tier, Provider: a.source()}
	var err error
	if f.Problems, err = a.problemsV1(step, r.Problems); err != nil {
		return kyc.Finding{}, err
	}
	if f.Reasons, err = a.reasonsV1(r.Reasons); err != nil {
		return kyc.Finding{}, err
	}
	for name, value := range r.Normalized {
		if !hasField(step, name) || len(value) > maxValue {
			return kyc.Finding{}, &errInvalid{"normalized value"}
		}
	}
	for name, value := range r.Derived {
		if !derivedName.MatchString(name) || len(value) > maxValue {
			return kyc.Finding{}, &errInvalid{"derived value"}
		}
	}
	for _, id := range r.RequestedSteps {
		if s, ok := a.flow.Step(kyc.StepID(id)); !ok || !s.OnDemand {
			return kyc.Finding{}, &errInvalid{"requested step"}
		}
		f.Request = append(f.Request, kyc.StepID(id))
	}
	if _, ok := a.flow.Tier(r.Tier); r.Tier != "" && !ok {
		return kyc.Finding{}, &errInvalid{"tier"}
	}
	for _, id := range r.Identities {
		if !identityClass.MatchString(id.Class) || id.Value == "" || len(id.Value) > 128 {
			return kyc.Finding{}, &errInvalid{"identity"}
		}
		f.Identities = append(f.Identities, kyc.Identity{Class: id.Class, Value: id.Value})
	}
	return f, nil
}

func (a *about) problemsV1(step *kyc.Step, list []*wirev1.Problem) ([]kyc.Problem, error) {
	var out []kyc.Problem
	for _, p := range list {
		if p.Path != "" && !hasField(step, p.Path) {
			return nil, &errInvalid{"problem about no field"}
		}
		if !a.codeKnown(p.Code) && !validation(p.Code) || !paramsGood(p.Params) {
			return nil, &errInvalid{"problem"}
		}
		out = append(out, kyc.Problem{Path: p.Path, Code: p.Code, Params: p.Params})
	}
	return out, nil
}

// validation tells whether a code is about the form of a value. These are no
// reasons, and their sentences, "problem.<code>", are not the provider's.
func validation(code string) bool {
	return strings.HasPrefix(code, "field.") && dotted.MatchString(code)
}

func (a *about) source() kyc.Source {
	return kyc.Source{Kind: "provider", Name: a.id, Version: a.version}
}
