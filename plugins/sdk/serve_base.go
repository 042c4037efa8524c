package sdk

import (
	"context"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

type baseV1 struct {
	wirev1.UnimplementedBaseServiceServer
	server *server
}

func (b *baseV1) Describe(context.Context, *wirev1.DescribeRequest) (*wirev1.DescribeResponse, error) {
	return b.server.described, nil
}

func (b *baseV1) ValidateConfig(_ context.Context, r *wirev1.ValidateConfigRequest) (*wirev1.ValidateConfigResponse, error) {
	if r.Tenant {
		if t, ok := b.server.provider.(TenantValidator); ok {
			return &wirev1.ValidateConfigResponse{Diagnostics: diagnostics(t.ValidateTenantConfig(r.Config))}, nil
		}
		return &wirev1.ValidateConfigResponse{}, nil
	}
	return &wirev1.ValidateConfigResponse{Diagnostics: diagnostics(b.judge(r.Config))}, nil
}

// judge finds what is wrong with the operator's configuration.
func (b *baseV1) judge(config []byte) []Diagnostic {
	if c, ok := b.server.provider.(Configurer); ok {
		return c.ValidateConfig(config)
	}
	if len(config) > 0 {
		return []Diagnostic{{Code: "config.unexpected", Key: "provider.config.unexpected"}}
	}
	return nil
}

func (b *baseV1) Configure(ctx context.Context, r *wirev1.ConfigureRequest) (*wirev1.ConfigureResponse, error) {
	if wrong := b.judge(r.Config); len(wrong) > 0 {
		return &wirev1.ConfigureResponse{Diagnostics: diagnostics(wrong)}, nil
	}
	if c, ok := b.server.provider.(Configurer); ok {
		if err := c.Configure(ctx, r.Config); err != nil {
			return nil, fault(err)
		}
	}
	b.server.gate.open()
	return &wirev1.ConfigureResponse{}, nil
}

func (b *baseV1) Health(ctx context.Context, _ *wirev1.HealthRequest) (*wirev1.HealthResponse, error) {
	answer := &wirev1.HealthResponse{Ready: true}
	if h, ok := b.server.provider.(HealthReporter); ok {
		if trouble := h.Health(ctx); trouble != nil {
			answer = &wirev1.HealthResponse{Reason: trouble.Error()}
		}
	}
	return answer, nil
}

func (b *baseV1) Drain(ctx context.Context, _ *wirev1.DrainRequest) (*wirev1.DrainResponse, error) {
	if err := b.server.gate.drain(ctx); err != nil {
		return nil, fault(err)
	}
	if d, ok := b.server.provider.(Drainer); ok {
		if err := d.Drain(ctx); err != nil {
			return nil, fault(err)
		}
	}
	return &wirev1.DrainResponse{}, nil
}

func diagnostics(list []Diagnostic) []*wirev1.Diagnostic {
	out := make([]*wirev1.Diagnostic, len(list))
	for i, d := range list {
		out[i] = &wirev1.Diagnostic{Code: d.Code, Key: d.Key, Params: d.Params, Path: d.Path}
	}
	return out
}
