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

// Flow gives the flow of a market in a version, for which it waits while it is on its
// way, Timing.Hear at most. An application that is bound to
// a version which is gone gets the one in force, and so does version "". NotFound
// means that no provider has such a market, Unavailable that it has never been
// ready; a market whose process is down for the moment, or that is switched off,
// still has its flow, so that what people type can be kept. The flow is shared
// and must not be changed.
func (h *Host) Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error) {
	p, err := h.market(market)
	if err != nil {
		return nil, err
	}
	p.hear(ctx, version)
	about := p.describes(version)
	switch {
	case about == nil:
		return nil, unavailable(p.name, "it is "+string(p.status().State))
	case about.flow == nil:
		return nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "that provider is no market")
	}
	return about.flow, nil
}

func (h *Host) market(market kyc.MarketID) (*provider, error) {
	if p := h.provider(string(market)); p != nil {
		return p, nil
	}
	return nil, kyc.EKey(kyc.NotFound, "error.market_unknown", "no such market")
}

// Evaluate asks a market about the answers to one step, by the version that the
// application is bound to, or the one in force when that is gone. While a process
// that ended is being replaced at once, it waits for the next one, Timing.Await at
// most. Invalid means a step that the market does not have, Unavailable that it could not tell.
func (h *Host) Evaluate(ctx context.Context, q kyc.Question) (kyc.Finding, error) {
	p, err := h.market(q.Market)
	if err != nil {
		return kyc.Finding{}, err
	}
	request, err := questionV1(q, h.request(ctx))
	if err != nil {
		return kyc.Finding{}, err
	}
	p.hear(ctx, q.Version)
	if s := p.route(q.Version); s != nil {
		s.await(ctx, h.timing.Await)
	}
	var finding kyc.Finding
	err = p.call(ctx, q.Version, h.timing.Evaluate, func(ctx context.Context, g *generation) error {
		var err error
		finding, err = g.evaluate(ctx, q, request)
		return err
	})
	if err != nil {
		return kyc.Finding{}, err
	}
	return finding, nil
}

func (g *generation) evaluate(ctx context.Context, q kyc.Question, request *wirev1.EvaluateRequest) (kyc.Finding, error) {
	if g.about.flow == nil {
		return kyc.Finding{}, kyc.EKey(kyc.NotFound, "error.market_unknown", "that provider is no market")
	}
	if _, ok := g.about.flow.Step(q.Step); !ok {
		return kyc.Finding{}, kyc.E(kyc.Invalid, "market %s has no such step", q.Market)
	}
	r, err := g.market.Evaluate(ctx, request)
	if err != nil {
		return kyc.Finding{}, err
	}
	return g.about.findingV1(q.Step, r)
}

// request is the id under which a call is found in the logs: that of the request
// which it serves, or one of its own.
func (h *Host) request(ctx context.Context) string {
	if id := kyc.RequestOf(ctx); id != "" {
		return id
	}
	return h.config.IDs()
}

func questionV1(q kyc.Question, request string) (*wirev1.EvaluateRequest, error) {
	r := &wirev1.EvaluateRequest{
		RequestId: request, Tenant: string(q.Tenant), Market: string(q.Market), Version: q.Version,
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
