package review

import (
	"bufio"
	"context"
	"io"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/policies"
)

// Rights does what people can ask for; *person.Rights does.
type Rights interface {
	Find(ctx context.Context, tenant kyc.TenantID, id string) (kyc.ApplicantID, error)
	Requests(ctx context.Context, tenant kyc.TenantID) ([]person.Standing, error)
	Of(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) (person.Standing, error)
	Ask(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, by kyc.Actor, device string) error
	Refuse(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, by kyc.Actor, why string, until kyc.Millis) error
	Propose(ctx context.Context, o person.Order, by kyc.StaffID) error
	Confirm(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, actor kyc.Actor) error
	TakeBack(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, actor kyc.Actor) error
	Export(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, h person.Handout, w io.Writer) error
}

// Requests lists who asked to be erased and waits for an answer, whom somebody has
// proposed to erase, and whose erasure waits for its day.
func (d *Desk) Requests(ctx context.Context, w Who) ([]person.Standing, error) {
	if err := d.may(w, policies.PersonErase); err != nil {
		return nil, err
	}
	return d.Rights.Requests(ctx, w.Tenant)
}

// Person tells what is held of a person in outline, and what they asked. Id is of the
// person or of an application. It tells nothing personal.
func (d *Desk) Person(ctx context.Context, w Who, id string) (person.Standing, error) {
	if err := d.may(w, policies.PersonErase); err != nil && d.may(w, policies.PersonExport) != nil {
		return person.Standing{}, err
	}
	if len(id) > 64 {
		return person.Standing{}, kyc.EKey(kyc.NotFound, "error.not_found", "no such person")
	}
	found, err := d.Rights.Find(ctx, w.Tenant, id)
	if err != nil {
		return person.Standing{}, err
	}
	return d.Rights.Of(ctx, w.Tenant, found)
}

// NoteRequest notes that a person asked to be erased in another way than through their
// account, such as by letter.
func (d *Desk) NoteRequest(ctx context.Context, w Who, id kyc.ApplicantID) error {
	if err := d.may(w, policies.PersonErase); err != nil {
		return err
	}
	return d.Rights.Ask(ctx, w.Tenant, id, audit.Staff(w.Staff.ID), "")
}

// RefuseRequest answers that the person is not erased, and why; until is for how long
// the data must be kept, 0 when that is not known.
func (d *Desk) RefuseRequest(ctx context.Context, w Who, id kyc.ApplicantID, why string, until kyc.Millis) error {
	if err := d.may(w, policies.PersonErase); err != nil {
		return err
	}
	return d.Rights.Refuse(ctx, w.Tenant, id, audit.Staff(w.Staff.ID), why, until)
}

// ProposeErasure is the first of two people on the way to an erasure; what the person
// asked for themselves is granted at once. Force says that the officer answers for it
// although there is an account.
func (d *Desk) ProposeErasure(ctx context.Context, w Who, id kyc.ApplicantID, reason string, force bool) error {
	if err := d.may(w, policies.PersonErase); err != nil {
		return err
	}
	return d.Rights.Propose(ctx, person.Order{Tenant: w.Tenant, Applicant: id, Reason: reason, Actor: audit.Staff(w.Staff.ID), Force: force}, w.Staff.ID)
}

// ConfirmErasure is the second of them: Forbidden ("error.erase_second") for the first;
// Conflict ("error.proposal_void") when the first may not propose it any more, which
// takes it back.
func (d *Desk) ConfirmErasure(ctx context.Context, w Who, id kyc.ApplicantID) error {
	if err := d.may(w, policies.PersonErase); err != nil {
		return err
	}
	s, err := d.Rights.Of(ctx, w.Tenant, id)
	if err != nil {
		return err
	}
	if s.Erasure.By != "" && s.Erasure.Erased == 0 {
		maker, err := d.Store.Staff(ctx, w.Tenant, s.Erasure.By)
		if err != nil && kyc.CodeOf(err) != kyc.NotFound {
			return err
		}
		if err != nil || d.may(Who{Staff: maker, Tenant: w.Tenant}, policies.PersonErase) != nil {
			if err := d.Rights.TakeBack(ctx, w.Tenant, id, audit.Staff(w.Staff.ID)); err != nil {
				return err
			}
			return kyc.EKey(kyc.Conflict, "error.proposal_void", "who proposed the erasure may not do so any more")
		}
	}
	return d.Rights.Confirm(ctx, w.Tenant, id, audit.Staff(w.Staff.ID))
}

// TakeBackErasure takes back what was proposed, or granted and not carried out.
func (d *Desk) TakeBackErasure(ctx context.Context, w Who, id kyc.ApplicantID) error {
	if err := d.may(w, policies.PersonErase); err != nil {
		return err
	}
	return d.Rights.TakeBack(ctx, w.Tenant, id, audit.Staff(w.Staff.ID))
}

// Proposer is the name of who proposed an erasure; "" when nobody did, or they are gone.
func (d *Desk) Proposer(ctx context.Context, w Who, s person.Standing) string {
	if s.Erasure.By == "" {
		return ""
	}
	return (&directory{store: d.Store, tenant: w.Tenant, known: map[kyc.StaffID]string{}}).staff(ctx, s.Erasure.By)
}

// ExportPerson gives out everything held about a person as a zip archive, for one of
// person.ExportReasons; ticket is optional. It is recorded before and told to the
// person; who asks closes it. Errors before the first byte are answered; an
// archive that is cut off later is no whole zip file.
func (d *Desk) ExportPerson(ctx context.Context, w Who, id kyc.ApplicantID, why, ticket string) (io.ReadCloser, error) {
	if err := d.may(w, policies.PersonExport); err != nil {
		return nil, err
	}
	h := person.Handout{To: audit.Staff(w.Staff.ID), Role: w.Staff.Role, Why: why, Ticket: ticket}
	in, out := io.Pipe()
	go func() {
		out.CloseWithError(d.Rights.Export(context.WithoutCancel(ctx), w.Tenant, id, h, out))
	}()
	first := bufio.NewReader(in)
	if _, err := first.Peek(1); err != nil {
		_ = in.CloseWithError(err)
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{first, in}, nil
}
