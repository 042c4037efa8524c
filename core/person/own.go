package person

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// ExportLife is how long a copy can be taken once it is ready. It is not longer than
// blobs without a row are left alone, so that what a sudden death leaves behind goes
// with those.
const ExportLife = 24 * time.Hour

// exportWait is after how long a copy that is not made will not be: longer than all
// attempts at it take.
const exportWait = 2 * time.Hour

// ExportAttempts is how often a copy is tried to be made before it is given up.
const ExportAttempts = 5

// Own is what account holders see of what they asked.
type Own struct {
	Standing
	Latest kyc.Export // copy asked for last; without an id: none
	Money  []kyc.Balance
	Keep   int           // days that the records of accounts are kept after their end; 0: the tenant has not said
	Wait   time.Duration // for how long an erasure can be taken back at least
}

// Own tells account holders how what they asked stands.
func (r *Rights) Own(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (Own, error) {
	holder, err := r.Store.Account(ctx, tenant, id)
	if err != nil {
		return Own{}, err
	}
	out := Own{Wait: r.Wait}
	if out.Standing, err = r.Of(ctx, tenant, holder.Applicant); err != nil {
		return Own{}, err
	}
	list, err := r.Store.PersonExports(ctx, tenant, holder.Applicant)
	if err != nil {
		return Own{}, err
	}
	if len(list) > 0 {
		out.Latest = list[0]
		if r.stuck(out.Latest) {
			out.Latest.State = kyc.ExportFailed
		}
		if out.Latest.State == kyc.ExportReady && out.Latest.Expires <= kyc.At(r.Clock()) {
			out.Latest.State = kyc.ExportExpired
		}
	}
	for _, a := range out.Accounts {
		balances, err := r.Store.Balances(ctx, tenant, a.ID)
		if err != nil {
			return Own{}, err
		}
		out.Money = append(out.Money, slices.DeleteFunc(balances, func(b kyc.Balance) bool { return b.Minor == 0 })...)
	}
	keeps, err := r.Retentions(ctx, tenant)
	for _, k := range keeps {
		if k.State == kyc.Activated {
			out.Keep = k.Days
		}
	}
	return out, err
}

// AskOwn notes that an account holder wants to be erased. device is what it was done
// on, for the message to all contacts. That they have just shown who they are is for
// the door to see.
func (r *Rights) AskOwn(ctx context.Context, holder kyc.Account, device string) error {
	return r.Ask(ctx, holder.Tenant, holder.Applicant, audit.Applicant(holder.Applicant), device)
}

// Undo takes back what was asked, noted or granted and is not carried out yet; all
// contacts are told. Conflict ("error.erase_not_asked"): there is nothing of the kind.
func (r *Rights) Undo(ctx context.Context, holder kyc.Account, device string) error {
	e, err := r.erasure(ctx, holder.Tenant, holder.Applicant)
	if err != nil {
		return err
	}
	if e.State != kyc.ErasureAsked && e.State != kyc.ErasureGranted {
		return kyc.EKey(kyc.Conflict, "error.erase_not_asked", "nothing was asked that could be taken back")
	}
	was := e
	e.State, e.Due, e.ErasureProposal = kyc.ErasureUndone, 0, kyc.ErasureProposal{Staged: e.Staged + 1}
	return r.commitTold(ctx, holder.Tenant, holder.Applicant, account.ErasureUndone, device, kyc.Change{
		kyc.MoveErasure{Erasure: e, From: was.State, Before: was.Staged},
		audit.Line(r.Clock, r.IDs, holder.Tenant, audit.Applicant(holder.Applicant), audit.ErasureUndone, "applicant", string(holder.Applicant))})
}

// AskExport asks for a copy of everything held about an account holder. One that is
// being made is the answer to asking again, unless it has been for exportWait. Limited: asked too often.
func (r *Rights) AskExport(ctx context.Context, holder kyc.Account, device string) (kyc.Export, error) {
	list, err := r.Store.PersonExports(ctx, holder.Tenant, holder.Applicant)
	if err != nil {
		return kyc.Export{}, err
	}
	var change kyc.Change
	switch {
	case len(list) == 0:
	case r.stuck(list[0]):
		failed := list[0]
		failed.State = kyc.ExportFailed
		change = kyc.Change{kyc.UpdateExport{Export: failed, Expect: list[0].State}}
	case list[0].State == kyc.ExportAsked || list[0].State == kyc.ExportMaking:
		return list[0], nil
	}
	x := kyc.Export{Tenant: holder.Tenant, ID: r.IDs(), Applicant: holder.Applicant, Application: holder.Application, Account: holder.ID,
		State: kyc.ExportAsked, Asked: kyc.At(r.Clock())}
	return x, r.commitTold(ctx, holder.Tenant, holder.Applicant, account.ExportAsked, device, append(change, kyc.SaveExport{Export: x},
		kyc.Enqueue{Job: kyc.Job{Tenant: x.Tenant, Kind: kyc.JobExport, Ref: x.ID}}, r.often("export", x.Tenant, x.Applicant),
		audit.Line(r.Clock, r.IDs, x.Tenant, audit.Applicant(x.Applicant), audit.ExportAsked, "applicant", string(x.Applicant))))
}

// stuck tells whether nobody makes a copy any more: its job died with its node.
func (r *Rights) stuck(x kyc.Export) bool {
	return (x.State == kyc.ExportAsked || x.State == kyc.ExportMaking) && r.Clock().Sub(x.Asked.Time()) >= exportWait
}

// MakeExport is the work of kyc.JobExport. The contacts are told when the copy can be
// taken. It may be done again.
func (r *Rights) MakeExport(ctx context.Context, job kyc.Job, attempt int) error {
	x, err := r.Store.Export(ctx, job.Tenant, job.Ref)
	if err != nil || x.State != kyc.ExportAsked && x.State != kyc.ExportMaking {
		return err
	}
	file, err := r.makeArchive(ctx, &x)
	if err == nil {
		x.State, x.Size, x.Original, x.Key, x.Ready = kyc.ExportReady, file.Size, file.Original, file.Key, kyc.At(r.Clock())
		x.Expires = kyc.At(x.Ready.Time().Add(ExportLife))
		err = r.commitTold(ctx, x.Tenant, x.Applicant, account.ExportReady, "", kyc.Change{kyc.UpdateExport{Export: x, Expect: kyc.ExportMaking}})
	}
	if err == nil {
		return nil
	}
	if code := kyc.CodeOf(err); code == kyc.Gone || code == kyc.Conflict {
		return nil // erased meanwhile: what was written opens with nothing, and goes with the orphans
	}
	if err = errors.Join(err, r.Files.Remove(ctx, file)); attempt < ExportAttempts {
		return err
	}
	was := x.State
	if was == kyc.ExportReady {
		was = kyc.ExportMaking
	}
	x.State, x.Size, x.Original, x.Key, x.Ready, x.Expires = kyc.ExportFailed, 0, "", nil, 0, 0
	return errors.Join(err, r.Store.Commit(context.WithoutCancel(ctx), x.Tenant, kyc.Change{kyc.UpdateExport{Export: x, Expect: was}}))
}

// makeArchive seals the archive while it is written, and keeps how far it is.
func (r *Rights) makeArchive(ctx context.Context, x *kyc.Export) (kyc.File, error) {
	file := x.File()
	e, files, err := r.collect(ctx, x.Tenant, x.Applicant, true)
	if err != nil {
		return file, err
	}
	step := func(done int) error {
		was := x.State
		x.State, x.Done, x.Total = kyc.ExportMaking, done, len(files)
		return r.Store.Commit(ctx, x.Tenant, kyc.Change{kyc.UpdateExport{Export: *x, Expect: was}})
	}
	if err := step(0); err != nil {
		return file, err
	}
	in, out := io.Pipe()
	made := make(chan error, 1)
	go func() {
		err := r.write(ctx, out, e, files, step)
		_ = out.CloseWithError(err) // nil: the end
		made <- err
	}()
	err = r.Files.Keep(ctx, &file, in)
	_ = in.CloseWithError(err)
	return file, errors.Join(<-made, err)
}

// OpenExport opens a copy for its account holder, which is recorded. Gone
// ("error.export_gone"): its time is over. NotFound: it is not theirs, or not ready.
func (r *Rights) OpenExport(ctx context.Context, holder kyc.Account, id string) (io.ReadCloser, kyc.Export, error) {
	x, err := r.Store.Export(ctx, holder.Tenant, id)
	switch {
	case err != nil:
		return nil, x, err
	case x.Applicant != holder.Applicant:
		return nil, x, kyc.EKey(kyc.NotFound, "error.not_found", "the copy is of somebody else")
	case x.State == kyc.ExportExpired, x.State == kyc.ExportReady && x.Expires <= kyc.At(r.Clock()):
		return nil, x, kyc.EKey(kyc.Gone, "error.export_gone", "the copy was there for a day")
	case x.State != kyc.ExportReady:
		return nil, x, kyc.EKey(kyc.NotFound, "error.not_found", "the copy is not ready")
	}
	archive, _, err := r.Files.Open(ctx, x.File(), false)
	if err != nil {
		return nil, x, err
	}
	err = r.Store.Commit(ctx, x.Tenant, kyc.Change{audit.Line(r.Clock, r.IDs, x.Tenant, audit.Applicant(x.Applicant), audit.PersonExported, "applicant", string(x.Applicant))})
	if err != nil {
		return nil, x, errors.Join(err, archive.Close())
	}
	return archive, x, nil
}

// endExports deletes the copies whose time is over.
func (r *Rights) endExports(ctx context.Context, tenant kyc.TenantID) error {
	list, err := r.Store.PastExports(ctx, tenant, kyc.At(r.Clock()))
	if err != nil {
		return err
	}
	for _, x := range list {
		if err := r.Files.Remove(ctx, x.File()); err != nil {
			return err
		}
		x.State, x.Original, x.Key, x.Size = kyc.ExportExpired, "", nil, 0
		err := r.Store.Commit(ctx, tenant, kyc.Change{kyc.UpdateExport{Export: x, Expect: kyc.ExportReady}})
		if err != nil && kyc.CodeOf(err) != kyc.Conflict {
			return err
		}
	}
	return nil
}
