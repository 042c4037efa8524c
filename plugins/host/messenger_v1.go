package host

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Send hands a message to the messengers of its channel, in their order, until
// one has it. A receipt says that the messenger took it or never will. One that
// does not run or says that it takes nothing now is passed over at once. One
// that may have taken it is not: the error is then a kyc.UnsettledError, and
// the message is to be sent again with that messenger named. Any other error is
// Unavailable, with RetryAfter when it is known: nobody took it.
func (h *Host) Send(ctx context.Context, m kyc.Outgoing) (kyc.Receipt, error) {
	names := inOrder(h.config.Messengers[m.Channel], m)
	if len(names) == 0 {
		return kyc.Receipt{}, kyc.EKey(kyc.Unavailable, unavailableKey, "no messenger for this channel")
	}
	if err := sendable(kyc.Values{"to": m.To, "sender": m.Sender, "subject": m.Subject, "text": m.Text, "html": m.HTML}); err != nil {
		return kyc.Receipt{}, err
	}
	var first error
	for _, name := range names {
		if m.Asking != nil && len(names) > 1 && name != m.Unsettled {
			if err := m.Asking(ctx, name); err != nil {
				return kyc.Receipt{}, err
			}
		}
		receipt, settled, err := h.sendBy(ctx, name, m)
		if err == nil {
			return receipt, nil
		}
		if !settled {
			return kyc.Receipt{}, &kyc.UnsettledError{Messenger: name, Err: err}
		}
		if first == nil {
			first = err
		}
	}
	return kyc.Receipt{}, first
}

// inOrder puts the messenger that may have the message where Outgoing says.
func inOrder(names []string, m kyc.Outgoing) []string {
	i := slices.Index(names, m.Unsettled)
	if i < 0 {
		return names
	}
	others := slices.Delete(slices.Clone(names), i, i+1)
	if m.GivenUp {
		return append(others, m.Unsettled)
	}
	return slices.Insert(others, 0, m.Unsettled)
}

// sendBy asks one messenger. settled tells that it has not got the message when
// there is an error.
func (h *Host) sendBy(ctx context.Context, name string, m kyc.Outgoing) (receipt kyc.Receipt, settled bool, err error) {
	p := h.provider(name)
	if p == nil {
		return receipt, true, unavailable(name, "there is none")
	}
	request := &wirev1.SendRequest{
		RequestId: h.request(ctx), Tenant: string(m.Tenant), IdempotencyKey: string(m.ID),
		Channel: string(m.Channel), To: m.To, Sender: m.Sender, Subject: m.Subject, Text: m.Text,
		Html: m.HTML, Locale: string(m.Locale), Time: timestamppb.New(h.config.Clock()),
		Again: m.Again || m.Unsettled == name,
	}
	// What it may have got at an earlier try is not settled by its being down.
	settled = m.Unsettled != name || m.GivenUp
	err = p.call(ctx, "", h.timing.Send, func(ctx context.Context, g *generation) error {
		if !g.about.messenger {
			return kyc.E(kyc.Unavailable, "provider %s is no messenger", name)
		}
		settled = false
		r, err := g.messenger.Send(ctx, request)
		if err != nil {
			return err
		}
		receipt, err = receiptV1(name, r)
		var known *kyc.Error
		settled = err == nil || errors.As(err, &known) // taken, or deferred
		return err
	})
	return receipt, settled, err
}

// believable tells whether a message can cost so much: at most 255 segments, and
// 10,000 of a currency with two decimals.
func believable(c kyc.Cost) bool {
	return c.Segments >= 0 && c.Segments <= 255 && c.Thousandths >= 0 && c.Thousandths <= 1_000_000_000 &&
		(c.Currency == "" || len(c.Currency) == 3 && strings.Trim(c.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "")
}

func receiptV1(name string, r *wirev1.SendResponse) (kyc.Receipt, error) {
	out := kyc.Receipt{Messenger: name, Reference: r.Reference,
		Cost: kyc.Cost{Segments: int64(r.Segments), Currency: r.PriceCurrency, Thousandths: r.PriceThousandths}}
	if len(r.Reference) > 200 || !utf8.ValidString(r.Reference) || r.Failure != "" && !logCode.MatchString(r.Failure) {
		return kyc.Receipt{}, &errInvalid{"receipt"}
	}
	if !believable(out.Cost) { // a message that was sent is not sent again for a wrong price
		out.Cost = kyc.Cost{}
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
