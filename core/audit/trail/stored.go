package trail

import (
	"context"
	"errors"
	"io"

	"github.com/paifang/paifang/core/kyc"
)

// VerifyStored verifies a record where it is kept: what an export of it would
// hold, and that nothing has a place beyond the head of the log.
func VerifyStored(ctx context.Context, from Source, tenant kyc.TenantID, o Options) (Report, error) {
	in, out := io.Pipe()
	exported := make(chan error, 1)
	var log kyc.AuditLog
	go func() {
		var err error
		log, err = Export(ctx, from, tenant, out, nil)
		out.CloseWithError(err) // nil is the end of it
		exported <- err
	}()
	report, err := Verify(in, o)
	_ = in.CloseWithError(errors.New("nobody reads on"))
	failed := <-exported
	if err != nil {
		return report, err
	}
	if failed != nil {
		return report, failed
	}
	beyond, err := from.SealedLines(ctx, tenant, log.Size, 1)
	if err != nil || len(beyond) == 0 {
		return report, err
	}
	now, err := from.AuditLog(ctx, tenant)
	if err == nil && now.Size == log.Size {
		err = &Broken{log.Size, "a line has a place in the log that was never sealed"}
	}
	return report, err
}
