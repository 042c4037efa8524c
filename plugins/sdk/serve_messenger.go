package sdk

import (
	"context"
	"errors"
	"math"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

type messengerV1 struct {
	wirev1.UnimplementedMessengerServiceServer
	server    *server
	messenger Messenger
}

func (m *messengerV1) Send(ctx context.Context, r *wirev1.SendRequest) (*wirev1.SendResponse, error) {
	if err := m.server.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer m.server.gate.leave()
	receipt, err := m.messenger.Send(m.server.withLog(ctx, r.RequestId), &Message{
		RequestID: r.RequestId, Tenant: r.Tenant, Key: r.IdempotencyKey, Channel: r.Channel,
		To: r.To, Sender: r.Sender, Subject: r.Subject, Text: r.Text, HTML: r.Html,
		Locale: r.Locale, Now: r.Time.AsTime(), Again: r.Again,
	})
	if err == nil && receipt == nil {
		err = errors.New("no receipt")
	}
	if err != nil {
		return nil, fault(err)
	}
	return &wirev1.SendResponse{
		State: wirev1.DeliveryState(receipt.State), Reference: receipt.Reference,
		Failure: receipt.Failure, RetryAfterMs: receipt.RetryAfter.Milliseconds(),
		Segments: int32(min(max(receipt.Segments, 0), math.MaxInt32)), PriceThousandths: receipt.Thousandths, PriceCurrency: receipt.Currency,
	}, nil
}

func (m *messengerV1) ParseReceipt(ctx context.Context, r *wirev1.ParseReceiptRequest) (*wirev1.ParseReceiptResponse, error) {
	if err := m.server.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer m.server.gate.leave()
	p, ok := m.messenger.(ReceiptParser)
	if !ok {
		return nil, status.Error(codes.Unimplemented, "no delivery reports")
	}
	a, err := p.ParseReceipt(ctx, &Callback{Method: r.Method, Target: r.Target, Headers: r.Headers,
		Body: r.Body, Now: r.Time.AsTime()})
	if err == nil && a == nil {
		err = errors.New("no answer")
	}
	if err != nil {
		return nil, fault(err)
	}
	out := &wirev1.ParseReceiptResponse{Authentic: a.Authentic, ReplyStatus: int32(a.Status),
		ReplyBody: a.Body, ReplyType: a.Type}
	for _, d := range a.Reports {
		out.Reports = append(out.Reports, &wirev1.DeliveryReport{Reference: d.Reference,
			State: wirev1.DeliveryState(d.State), Failure: d.Failure, Time: timestamppb.New(d.Time)})
	}
	return out, nil
}
