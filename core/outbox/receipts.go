package outbox

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// ReceiptReader tells what a messenger's vendor posted; plugins/host does.
type ReceiptReader interface {
	ParseReceipt(ctx context.Context, c kyc.Callback) (kyc.CallbackAnswer, error)
}

// ReceiptStore is what Receipts reads and where its changes go.
type ReceiptStore interface {
	MessageByReference(ctx context.Context, tenant kyc.TenantID, messenger, reference string) (kyc.Message, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Receipts takes delivery reports of messages that were sent. All fields are
// required.
type Receipts struct {
	Store  ReceiptStore
	Reader ReceiptReader
	Clock  kyc.Clock
	IDs    kyc.IDs
}

// Take stores what a vendor reports and gives the answer that the vendor
// expects. A callback that is not the vendor's is Forbidden. Reports of a
// message that nobody knows are NotFound, after the others were stored: the
// vendor's can be faster than the answer to the message, and a vendor that tries
// again brings it home. The first final report stands; repeats change nothing.
func (r *Receipts) Take(ctx context.Context, c kyc.Callback) (kyc.CallbackAnswer, error) {
	a, err := r.Reader.ParseReceipt(ctx, c)
	if err != nil {
		return a, err
	}
	if !a.Authentic {
		return a, kyc.EKey(kyc.Forbidden, "error.forbidden", "the callback is not of messenger %s's vendor", c.Messenger)
	}
	var unknown error
	for _, report := range a.Reports {
		err := r.store(ctx, c, report)
		if kyc.CodeOf(err) == kyc.NotFound {
			unknown = err
			continue
		}
		if err != nil {
			return a, err
		}
	}
	return a, unknown
}

func (r *Receipts) store(ctx context.Context, c kyc.Callback, report kyc.DeliveryReport) error {
	m, err := r.Store.MessageByReference(ctx, c.Tenant, c.Messenger, report.Reference)
	if err != nil || m.State != kyc.MessageSent || report.State == kyc.MessageSent {
		return err
	}
	m.State, m.Failure, m.Updated = report.State, report.Failure, kyc.At(r.Clock())
	action := audit.MessageDelivered
	if m.State == kyc.MessageFailed {
		action = audit.MessageFailed
	}
	return r.Store.Commit(ctx, c.Tenant, kyc.Change{
		kyc.SaveMessage{Message: m},
		audit.Line(r.Clock, r.IDs, m.Tenant, audit.System("outbox"), action, "message", string(m.ID),
			"channel", string(m.Channel), "template", m.Template, "messenger", m.Messenger, "failure", m.Failure),
	})
}
