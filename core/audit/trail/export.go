package trail

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/paifang/paifang/core/kyc"
)

// firstLine of a bundle names its format.
const firstLine = "paifang-audit-bundle 1"

// exportPage is how many lines are read at a time.
const exportPage = 500

// Source is what an export reads.
type Source interface {
	AuditLog(ctx context.Context, tenant kyc.TenantID) (kyc.AuditLog, error)
	// AuditKeys lists the keys of a log, the first first.
	AuditKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.AuditKey, error)
	// SealedLines lists lines after the given number, in their order.
	SealedLines(ctx context.Context, tenant kyc.TenantID, after int64, limit int) ([]kyc.AuditLine, error)
	// AuditCheckpoints lists checkpoints that are kept for good, after a size.
	AuditCheckpoints(ctx context.Context, tenant kyc.TenantID, after int64, limit int) ([]kyc.AuditCheckpoint, error)
	// Durable returns once all that was committed before survives a power cut.
	Durable(ctx context.Context) error
}

// Head reads where a log stands. What it tells survives a power cut: somebody may
// keep it to hold the log against it.
func Head(ctx context.Context, from Source, tenant kyc.TenantID) (kyc.AuditLog, error) {
	log, err := from.AuditLog(ctx, tenant)
	if kyc.CodeOf(err) == kyc.NotFound || err == nil && log.Checkpoint == "" {
		return log, kyc.EKey(kyc.NotFound, "error.record_empty", "nothing of the record of tenant %q is sealed yet", tenant)
	}
	if err == nil {
		err = from.Durable(ctx)
	}
	return log, err
}

// Export writes a bundle: all sealed lines with the checkpoints that are kept and
// the newest one. It streams. Progress, which may be nil, is told after each page
// how many lines of how many are written. NotFound ("error.record_empty") before
// anything is written when nothing is sealed yet.
func Export(ctx context.Context, from Source, tenant kyc.TenantID, to io.Writer, progress func(done, total int64)) (kyc.AuditLog, error) {
	log, err := Head(ctx, from, tenant)
	if err != nil {
		return log, err
	}
	keys, err := from.AuditKeys(ctx, tenant)
	if err != nil {
		return log, err
	}
	if len(keys) == 0 {
		return log, kyc.E(kyc.Internal, "the log of tenant %s has no key", tenant)
	}
	out := bufio.NewWriterSize(to, 64<<10)
	fmt.Fprintf(out, "%s\ntenant %s\norigin %s\nkey %s\n", firstLine, tenant, log.Origin, keys[0].Verifier)
	e := exporting{from: from, log: log, out: out}
	for e.done < log.Size {
		lines, err := from.SealedLines(ctx, tenant, e.done, exportPage)
		if err != nil {
			return log, err
		}
		if len(lines) == 0 {
			break // there should be more: whoever verifies will say so
		}
		if err := e.lines(ctx, lines); err != nil {
			return log, err
		}
		if progress != nil {
			progress(e.done, log.Size)
		}
	}
	// Checkpoints that are kept beyond the head belong to lines that were there once.
	if err := e.checkpoints(ctx, 1<<62); err != nil {
		return log, err
	}
	if e.newest != log.Checkpoint {
		e.checkpoint(log.Checkpoint)
	}
	fmt.Fprintf(out, "end %d\n", log.Size)
	return log, out.Flush()
}

type exporting struct {
	from   Source
	log    kyc.AuditLog
	out    *bufio.Writer
	done   int64                 // number of the last line written
	kept   []kyc.AuditCheckpoint // read ahead
	read   int64                 // size of the last one read
	dry    bool                  // no more are kept
	newest string                // last one written
}

func (e *exporting) lines(ctx context.Context, lines []kyc.AuditLine) error {
	for _, l := range lines {
		if l.Seq > e.log.Size {
			e.done = l.Seq // sealed after the head was read
			return nil
		}
		raw, err := Encode(l)
		if err != nil {
			return &Broken{l.Seq - 1, "the next line cannot be written down: " + err.Error()}
		}
		if err := e.checkpoints(ctx, l.Seq); err != nil {
			return err
		}
		_, _ = e.out.Write(raw) // Flush tells
		if err := e.out.WriteByte('\n'); err != nil {
			return err
		}
		e.done = l.Seq
	}
	return nil
}

// checkpoints writes those that are kept of sizes before a line.
func (e *exporting) checkpoints(ctx context.Context, before int64) error {
	for {
		if len(e.kept) == 0 && !e.dry {
			var err error
			if e.kept, err = e.from.AuditCheckpoints(ctx, e.log.Tenant, e.read, exportPage); err != nil {
				return err
			}
			e.dry = len(e.kept) < exportPage
			if n := len(e.kept); n > 0 {
				e.read = e.kept[n-1].Size
			}
		}
		if len(e.kept) == 0 || e.kept[0].Size >= before {
			return nil
		}
		e.checkpoint(e.kept[0].Note)
		e.kept = e.kept[1:]
	}
}

func (e *exporting) checkpoint(note string) {
	fmt.Fprintf(e.out, "checkpoint %d\n%s", len(note), note)
	e.newest = note
}
