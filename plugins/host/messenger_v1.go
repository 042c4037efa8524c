package host

import (
	"context"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Send hands a message to the messenger of its channel. A receipt says that
// the messenger took it or never will; Unavailable, with RetryAfter when it is
// known, means to try again with the same id.
func (h *Host) Send(ctx context.Context, m kyc.Outgoing) (kyc.Receipt, error) {
	name := h.config.Messengers[m.Channel]
	s, ok := h.providers[name]
	if !ok {
		return kyc.Receipt{}, kyc.EKey(kyc.Unavailable, unavailableKey, "no messenger for this channel")
	}
	if err := sendable(kyc.Values{"to": m.To, "sender": m.Sender, "subject": m.Subject, "text": m.Text, "html": m.HTML}); err != nil {
		return kyc.Receipt{}, err
	}
	request := &wirev1.SendRequest{
		RequestId: h.config.IDs(), Tenant: string(m.Tenant), IdempotencyKey: string(m.ID),
		Channel: string(m.Channel), To: m.To, Sender: m.Sender, Subject: m.Subject, Text: m.Text,
		Html: m.HTML, Locale: string(m.Locale), Time: timestamppb.New(h.config.Clock()),
	}
	var receipt kyc.Receipt
	err := s.call(ctx, h.timing.Send, func(ctx context.Context, g *generation) error {
		if !g.about.messenger {
			return kyc.E(kyc.Unavailable, "provider %s is no messenger", name)
		}
		r, err := g.messenger.Send(ctx, request)
		if err != nil {
			return err
		}
		receipt, err = receiptV1(name, r)
		return err
	})
	if err != nil {
		return kyc.Receipt{}, err
	}
	return receipt, nil
}

func receiptV1(name string, r *wirev1.SendResponse) (kyc.Receipt, error) {
	out := kyc.Receipt{Messenger: name, Reference: r.Reference}
	if len(r.Reference) > 200 || !utf8.ValidString(r.Reference) || r.Failure != "" && !logCode.MatchString(r.Failure) {
		return kyc.Receipt{}, &errInvalid{"receipt"}
	}
	switch r.State {
	case wirev1.DeliveryState_DELIVERY_STATE_SENT:
		out.State = kyc.MessageSent
	case wirev1.DeliveryState_DELIVERY_STATE_DELIVERED:
		out.State = kyc.MessageDelivered
	case wirev1.DeliveryState_DELIVERY_STATE_FAILED:
		out.State, out.Failure = kyc.MessageFailed, r.Failure
		if out.Failure == "" {
			out.Failure = "refused"
		}
	case wirev1.DeliveryState_DELIVERY_STATE_DEFERRED:
		e := unavailable(name, "deferred: "+r.Failure)
		e.RetryAfter = min(max(time.Duration(r.RetryAfterMs)*time.Millisecond, 0), time.Hour)
		return kyc.Receipt{}, e
	default:
		return kyc.Receipt{}, &errInvalid{"state of a receipt"}
	}
	return out, nil
}
