package sdk

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

type marketV1 struct {
	wirev1.UnimplementedMarketServiceServer
	server *server
	market Market
}

func (m *marketV1) Evaluate(ctx context.Context, r *wirev1.EvaluateRequest) (*wirev1.EvaluateResponse, error) {
	if err := m.server.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer m.server.gate.leave()
	if !m.server.steps[[2]string{r.Market, r.Step}] {
		return nil, status.Error(codes.InvalidArgument, "no such step in this market")
	}
	f, err := m.market.Evaluate(m.server.withLog(ctx, r.RequestId), question(r))
	if err == nil && f == nil {
		err = errors.New("no finding")
	}
	if err != nil {
		return nil, fault(err)
	}
	return findingV1(f), nil
}

func question(r *wirev1.EvaluateRequest) *Question {
	q := &Question{
		RequestID: r.RequestId, Tenant: r.Tenant, Market: r.Market, Version: r.Version, Step: r.Step,
		Values: r.Values, Facts: r.Facts, Locale: r.Locale, Now: r.Time.AsTime(), Config: r.TenantConfig,
		Answers: make(map[string]map[string]string, len(r.Answers)),
	}
	for step, v := range r.Answers {
		q.Answers[step] = v.GetValues()
	}
	return q
}

func findingV1(f *Finding) *wirev1.EvaluateResponse {
	out := &wirev1.EvaluateResponse{
		Normalized: f.Normalized, Derived: f.Derived, RequestedSteps: f.Requested, Tier: f.Tier,
		Reasons: reasonsV1(f.Reasons),
	}
	for _, p := range f.Problems {
		out.Problems = append(out.Problems, &wirev1.Problem{Path: p.Path, Code: p.Code, Params: p.Params})
	}
	for _, id := range f.Identities {
		out.Identities = append(out.Identities, &wirev1.Identity{Class: id.Class, Value: id.Value})
	}
	return out
}

func reasonsV1(list []Reason) []*wirev1.Reason {
	out := make([]*wirev1.Reason, len(list))
	for i, r := range list {
		out[i] = &wirev1.Reason{
			Code: r.Code, Parent: r.Parent, Disposition: r.Disposition, Audience: r.Audience,
			Remedy: r.Remedy, Params: r.Params,
			Subject: &wirev1.Subject{Kind: r.Subject.Kind, Ref: r.Subject.Ref},
		}
	}
	return out
}
