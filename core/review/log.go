package review

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// proveFor bounds how long the record is proved while somebody waits: some
// hundred thousand lines. A longer one is exported and proved outside.
const proveFor = 20 * time.Second

// Log is how the tenant's record is sealed.
type Log struct {
	Size       int64 // lines that are sealed; 0: none yet
	Sealed     kyc.Millis
	Checkpoint string // signed; for auditors to keep
	Keys       []kyc.AuditKey
}

// Log tells how far the record is sealed, and what auditors need to hold it
// against. The private halves of the keys are left out.
func (d *Desk) Log(ctx context.Context, w Who) (Log, error) {
	if err := d.may(w, policies.AuditRead); err != nil {
		return Log{}, err
	}
	head, err := trail.Head(ctx, d.Store, w.Tenant)
	if kyc.CodeOf(err) == kyc.NotFound {
		return Log{}, nil
	}
	if err != nil {
		return Log{}, err
	}
	c, err := trail.Peek(head.Checkpoint)
	if err != nil {
		return Log{}, kyc.Wrap(kyc.Internal, err, "the newest checkpoint")
	}
	keys, err := d.Store.AuditKeys(ctx, w.Tenant)
	for i := range keys {
		keys[i].Sealed = nil
	}
	return Log{Size: head.Size, Sealed: c.At, Checkpoint: head.Checkpoint, Keys: keys}, err
}

// ExportRecord gives out the sealed record as a bundle that is verified without
// the server; who asks closes it. That it was given out is recorded before.
// NotFound ("error.record_empty") when nothing is sealed yet. A bundle that is cut
// off, because something failed on the way, says so to whoever verifies it.
func (d *Desk) ExportRecord(ctx context.Context, w Who) (io.ReadCloser, error) {
	if err := d.may(w, policies.AuditRead); err != nil {
		return nil, err
	}
	head, err := trail.Head(ctx, d.Store, w.Tenant)
	if err != nil {
		return nil, err
	}
	line := audit.Line(d.Clock, d.IDs, w.Tenant, audit.Staff(w.Staff.ID), audit.RecordExported, "tenant", string(w.Tenant), "size", strconv.FormatInt(head.Size, 10), "role", w.Staff.Role)
	if err := d.Store.Commit(ctx, w.Tenant, kyc.Change{line}); err != nil {
		return nil, err
	}
	in, out := io.Pipe()
	go func() {
		_, err := trail.Export(context.WithoutCancel(ctx), d.Store, w.Tenant, out, nil)
		out.CloseWithError(err) // nil is the end
	}()
	return in, nil
}

// Proof is what came of proving the record.
type Proof struct {
	Lines int64 // that are as they were sealed
	At    kyc.Millis
	// Broken tells in English what is not as it was signed; "" when all is.
	Broken string
}

// Prove reads the whole sealed record and holds it against what was signed. It
// finds what somebody changed in the database, and not what who has the signing
// key made up: that takes a checkpoint kept outside. Limited while another one is
// proving; Unavailable ("error.record_long") when it would take too long.
func (d *Desk) Prove(ctx context.Context, w Who) (Proof, error) {
	if err := d.may(w, policies.AuditRead); err != nil {
		return Proof{}, err
	}
	if !d.proving.TryLock() {
		return Proof{}, &kyc.Error{Code: kyc.Limited, Key: "error.record_busy", Detail: "the record is being proved", RetryAfter: proveFor}
	}
	defer d.proving.Unlock()
	bounded, cancel := context.WithTimeout(ctx, proveFor)
	defer cancel()
	report, err := trail.VerifyStored(bounded, d.Store, w.Tenant, trail.Options{})
	proof := Proof{Lines: report.Lines, At: kyc.At(d.Clock())}
	var broken *trail.Broken
	switch {
	case errors.As(err, &broken):
		proof.Lines, proof.Broken = broken.Line, broken.Why
		return proof, nil
	case err != nil && bounded.Err() != nil && ctx.Err() == nil:
		return Proof{}, kyc.EKey(kyc.Unavailable, "error.record_long", "the record is too long to be proved while somebody waits")
	}
	return proof, err
}
