package host

import (
	"context"
	"slices"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Bounds of what a messenger answers to a callback.
const (
	maxReports   = 100
	maxReplyBody = 4 << 10
)

// ParseReceipt has a messenger tell what its vendor posted. Only messengers
// that are in use are asked; another one is NotFound.
func (h *Host) ParseReceipt(ctx context.Context, c kyc.Callback) (answer kyc.CallbackAnswer, err error) {
	p := h.provider(c.Messenger)
	if p == nil || !h.messages(c.Messenger) {
		return answer, kyc.EKey(kyc.NotFound, "error.not_found", "no messenger of that name is in use")
	}
	if !utf8.ValidString(c.Target) {
		return answer, kyc.EKey(kyc.Invalid, "error.unicode", "target of a callback is not UTF-8")
	}
	request := &wirev1.ParseReceiptRequest{Method: "POST", Target: c.Target, Headers: map[string]string{},
		Body: c.Body, Time: timestamppb.New(h.config.Clock())}
	for name, value := range c.Headers {
		if utf8.ValidString(name) && utf8.ValidString(value) {
			request.Headers[name] = value
		}
	}
	// Not through the breaker: anybody can post here, and what strangers post must
	// neither stop a messenger from sending nor vouch for it.
	g, err := p.take("")
	if err != nil {
		return answer, err
	}
	defer g.calls.Done()
	if !g.about.messenger {
		return answer, unavailable(c.Messenger, "it is no messenger")
	}
	ctx, cancel := context.WithTimeout(ctx, h.timing.Evaluate)
	defer cancel()
	began := h.config.Clock()
	ctx, traced := g.traced(ctx, p.name)
	r, err := g.messenger.ParseReceipt(ctx, request)
	if err == nil {
		answer, err = callbackV1(r)
	}
	traced.end(ctx, began, h.config.Clock(), receiptOutcome(err), false)
	if grpcstatus.Code(err) == codes.Unimplemented {
		return answer, kyc.EKey(kyc.NotFound, "error.not_found", "messenger %s takes no delivery reports", c.Messenger)
	}
	if err != nil {
		h.config.Log.Warn("callback not read", "provider", p.name, "fault", faultOf(err))
		return answer, unavailable(c.Messenger, faultOf(err))
	}
	return answer, nil
}

// receiptOutcome names how the reading of a callback ended; "" when it was read.
func receiptOutcome(err error) string {
	if err == nil {
		return ""
	}
	return faultWord(err)
}

// messages tells whether a provider sends for any channel.
func (h *Host) messages(name string) bool {
	for _, names := range h.config.Messengers {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

func callbackV1(r *wirev1.ParseReceiptResponse) (kyc.CallbackAnswer, error) {
	out := kyc.CallbackAnswer{Authentic: r.Authentic, Status: int(r.ReplyStatus), Body: r.ReplyBody, Type: r.ReplyType}
	if out.Status == 0 {
		out.Status = 204
	}
	if out.Status < 200 || out.Status > 599 || len(out.Body) > maxReplyBody || !plainType(out.Type) ||
		len(r.Reports) > maxReports || !r.Authentic && len(r.Reports) > 0 {
		return kyc.CallbackAnswer{}, &errInvalid{"answer to a callback"}
	}
	for _, d := range r.Reports {
		if d.Reference == "" || len(d.Reference) > 200 || !utf8.ValidString(d.Reference) || d.Failure != "" && !logCode.MatchString(d.Failure) {
			return kyc.CallbackAnswer{}, &errInvalid{"delivery report"}
		}
		report := kyc.DeliveryReport{Reference: d.Reference, Failure: d.Failure}
		switch d.State {
		case wirev1.DeliveryState_DELIVERY_STATE_SENT, wirev1.DeliveryState_DELIVERY_STATE_DEFERRED:
			report.State = kyc.MessageSent
		case wirev1.DeliveryState_DELIVERY_STATE_DELIVERED:
			report.State, report.Failure = kyc.MessageDelivered, ""
		case wirev1.DeliveryState_DELIVERY_STATE_FAILED:
			report.State = kyc.MessageFailed
			if report.Failure == "" {
				report.Failure = "undelivered"
			}
		default:
			return kyc.CallbackAnswer{}, &errInvalid{"state of a delivery report"}
		}
		out.Reports = append(out.Reports, report)
	}
	return out, nil
}

// plainType tells whether a media type is one that a browser runs nothing of.
func plainType(mediaType string) bool {
	return slices.Contains([]string{"", "text/plain", "text/xml", "application/xml", "application/json"}, mediaType)
}
