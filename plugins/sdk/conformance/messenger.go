package conformance

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func messengerCases() []check {
	return []check{
		{"messenger.channels", "it says which channels it serves", "Name channel.phone or channel.email among the capabilities.", messengerChannels},
		{"messenger.late", "past its deadline a message is not sent", "Do not begin a call whose deadline is over: the SDK does not.", messengerLate},
		{"messenger.oversized", "a message over the bound is refused and does no harm", "Bound messages at 4 MiB: the SDK does.", messengerOversized},
		{"messenger.reports", "a delivery report of a stranger is not believed", "Check the vendor's signature before you read a report.", messengerReports},
		{"messenger.refuses", "what cannot be sent is a receipt with a code, not a fault", "Answer Failed with a code for a recipient that is none, and for a channel that is not yours.", messengerRefuses},
		{"messenger.once", "the same message twice is one: the same receipt", "Hand the idempotency key to the vendor or, when the request says again, look the message up first.", messengerOnce},
	}
}

func messengerChannels(_ context.Context, t *trial) {
	n := 0
	for _, c := range t.about.Capabilities {
		if c == "channel.phone" || c == "channel.email" {
			n++
		}
	}
	t.want(n > 0, "no channel among the capabilities")
}

func (t *trial) send(ctx context.Context, r *wirev1.SendRequest) (*wirev1.SendResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit(10*time.Second))
	defer cancel()
	r.RequestId, r.Tenant, r.Sender, r.Locale = "conformance", "conformance", "Conformance", "en"
	r.Time = timestamppb.New(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	return t.main.Messenger.Send(ctx, r)
}

func messengerLate(ctx context.Context, t *trial) {
	t.tooLate(ctx, func(ctx context.Context) error {
		_, err := t.send(ctx, &wirev1.SendRequest{IdempotencyKey: "late", Channel: "email", To: "nobody@invalid"})
		return err
	})
}

func messengerOversized(ctx context.Context, t *trial) {
	_, err := t.send(ctx, &wirev1.SendRequest{IdempotencyKey: "big", Channel: "email", To: "nobody@invalid", Text: strings.Repeat("x", wire.MaxMessage+1)})
	t.want(status.Code(err) == codes.ResourceExhausted, "a message over the bound: %v", err)
	if _, err := t.health(ctx, t.main); err != nil {
		t.errorf("and after it: %v", err)
	}
}

func messengerReports(ctx context.Context, t *trial) {
	for _, r := range []*wirev1.ParseReceiptRequest{
		{},
		{Method: "POST", Target: "/?a=b", Headers: map[string]string{"X-Signature": "00"}, Body: []byte(`{"status":"delivered","id":"1"}`)},
		{Method: "POST", Target: "/", Body: []byte("\xff\x00" + strings.Repeat("[", 5000))},
	} {
		limited, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
		a, err := t.main.Messenger.ParseReceipt(limited, r)
		cancel()
		switch status.Code(err) {
		case codes.OK:
			t.want(!a.Authentic && len(a.Reports) == 0, "an unsigned report is believed")
		case codes.Unimplemented:
			t.skip("it reads no reports")
		default:
			t.errorf("%v", err)
		}
	}
}

func messengerRefuses(ctx context.Context, t *trial) {
	for _, r := range []*wirev1.SendRequest{
		{IdempotencyKey: "none", Channel: "email", To: "", Text: "x"},
		{IdempotencyKey: "form", Channel: "email", To: "no address\r\nBcc: a@example.org", Text: "x"},
		{IdempotencyKey: "channel", Channel: "pigeon", To: "coo", Text: "x"},
	} {
		a, err := t.send(ctx, r)
		if err != nil {
			t.errorf("%s: %v", r.IdempotencyKey, err)
			continue
		}
		t.want(a.State == wirev1.DeliveryState_DELIVERY_STATE_FAILED && a.Failure != "", "%s: state %s, failure %q", r.IdempotencyKey, a.State, a.Failure)
	}
}

func messengerOnce(ctx context.Context, t *trial) {
	if len(t.Recipients) == 0 {
		t.skip("no recipient was named, so nothing is sent")
		return
	}
	for channel, to := range t.Recipients {
		var first *wirev1.SendResponse
		for try := range 2 {
			r, err := t.send(ctx, &wirev1.SendRequest{IdempotencyKey: "conformance-" + channel, Channel: channel, Again: try > 0, To: to, Subject: "Paifang", Text: "Conformance test 验证 اختبار"})
			if err != nil {
				t.errorf("%s: %v", channel, err)
				return
			}
			t.want(r.State == wirev1.DeliveryState_DELIVERY_STATE_SENT || r.State == wirev1.DeliveryState_DELIVERY_STATE_DELIVERED, "%s: %s %s", channel, r.State, r.Failure)
			if first == nil {
				first = r
			}
			t.want(r.Reference == first.Reference, "%s: another reference the second time", channel)
		}
	}
}
