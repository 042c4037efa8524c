package main

import (
	"context"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// unary is the flaws of the wire.
func (m *market) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	switch r := req.(type) {
	case *wirev1.EvaluateRequest:
		m.inside.Add(1)
		defer m.inside.Add(-1)
		if answer, err := m.asked(ctx, r); answer != nil || err != nil {
			return answer, err
		}
	case *wirev1.HealthRequest:
		m.ail()
	case *wirev1.DrainRequest:
		switch n := m.drains.Add(1); {
		case m.flaw == "undrained":
			return &wirev1.DrainResponse{}, nil
		case m.flaw == "drained-once" && n > 1:
			return nil, status.Error(codes.Internal, "once is enough")
		case m.flaw == "cuts-off":
			time.Sleep(150 * time.Millisecond) // so that there is something to cut off
			m.drains.Add(100)
		}
	case *wirev1.ValidateConfigRequest:
		if answer, err := m.judged(r); answer != nil || err != nil {
			return answer, err
		}
	case *wirev1.ConfigureRequest:
		if m.flaw == "obedient" {
			return &wirev1.ConfigureResponse{}, nil
		}
	}
	return next(ctx, req)
}

// asked is the flaws of questions; nil: none.
func (m *market) asked(ctx context.Context, r *wirev1.EvaluateRequest) (*wirev1.EvaluateResponse, error) {
	switch {
	case m.flaw == "any-step" && r.Step == "no-such-step", m.flaw == "any-market" && r.Market == "no-such-market":
		return &wirev1.EvaluateResponse{}, nil
	case m.flaw == "hangs" && ctx.Err() == nil:
		if d, ok := ctx.Deadline(); ok && time.Until(d) < 50*time.Millisecond {
			os.Exit(4)
		}
	case m.flaw == "punctual" && r.Time == nil:
		return nil, status.Error(codes.Unavailable, "what time is it?")
	case m.flaw == "needy" && len(r.Values) == 0:
		return nil, status.Error(codes.Internal, "nothing to judge")
	case m.flaw == "counts-rows" && rowOutOfRange(r.Values):
		return nil, status.Error(codes.Internal, "value out of range")
	case m.flaw == "locked":
		time.Sleep(900 * time.Millisecond) // so that somebody is inside when health is asked for, on a busy machine, too
	case m.flaw == "cuts-off" && m.drains.Load() < 100:
		time.Sleep(300 * time.Millisecond)
		if m.drains.Load() >= 100 {
			return nil, status.Error(codes.Aborted, "drained")
		}
	}
	return nil, nil
}

func rowOutOfRange(values map[string]string) bool {
	for name := range values {
		if strings.Contains(name, ".99999999999999999999.") {
			return true
		}
	}
	return false
}

// ail is the flaws of health.
func (m *market) ail() {
	n := m.healths.Add(1)
	if m.flaw == "tires" && n == 10 {
		time.Sleep(1200 * time.Millisecond)
	}
	if m.flaw == "locked" {
		for range 60 { // until somebody is inside
			if m.inside.Load() > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if m.inside.Load() > 0 {
			time.Sleep(1200 * time.Millisecond)
		}
	}
}

// judged is the flaws of judging configurations; nil: none.
func (m *market) judged(r *wirev1.ValidateConfigRequest) (*wirev1.ValidateConfigResponse, error) {
	refuse := func(code string, params map[string]string) (*wirev1.ValidateConfigResponse, error) {
		return &wirev1.ValidateConfigResponse{Diagnostics: []*wirev1.Diagnostic{{Code: code, Params: params}}}, nil
	}
	switch {
	case m.flaw == "credulous" && !r.Tenant:
		return &wirev1.ValidateConfigResponse{}, nil
	case m.flaw == "parrot":
		return refuse("config.invalid", map[string]string{"given": strings.ToValidUTF8(string(r.Config[:min(len(r.Config), 100)]), "?")})
	case m.flaw == "forward" && !r.Tenant && len(r.Config) == 0:
		return refuse("config.missing", nil) // and answers all the same
	case m.flaw == "speechless" && !r.Tenant && len(r.Config) == 0:
		return nil, status.Error(codes.Internal, "?")
	}
	return nil, nil
}

// stream is the flaws of streams.
func (m *market) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if m.flaw != "other-headless" && m.flaw != "other-credulous" {
		return next(srv, ss)
	}
	var first wirev1.VerifyRequest
	if err := ss.RecvMsg(&first); err != nil {
		return err
	}
	if m.flaw == "other-headless" && first.GetHeader() == nil || m.flaw == "other-credulous" && len(first.GetHeader().GetFiles()) > 0 {
		return ss.SendMsg(&wirev1.VerifyResponse{Result: wirev1.VerifyResult_VERIFY_RESULT_REFER, Reasons: []*wirev1.Reason{{Code: "registry.no_record"}}})
	}
	return next(srv, &again{ServerStream: ss, first: &first})
}

// again is a stream whose first message was read.
type again struct {
	grpc.ServerStream
	first *wirev1.VerifyRequest
}

func (a *again) RecvMsg(to any) error {
	if a.first == nil {
		return a.ServerStream.RecvMsg(to)
	}
	to.(*wirev1.VerifyRequest).Part = a.first.Part
	a.first = nil
	return nil
}
