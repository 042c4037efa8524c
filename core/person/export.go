package person

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"mime"
	"slices"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// held is what is read of a person to be given out.
type held interface {
	Steps(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.StepRecord, error)
	Identifiers(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Identifier, error)
	Consents(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Consent, error)
	Checks(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Check, error)
	Decisions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Decision, error)
	ProposalsOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Proposal, error)
	Messages(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, limit int) ([]kyc.Message, error)
	AuditLines(ctx context.Context, tenant kyc.TenantID, f kyc.AuditFilter, before kyc.AuditID, limit int) ([]kyc.AuditLine, error)
	Credentials(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Credential, error)
}

// Files opens, keeps and deletes stored files; *evidence.Intake does.
type Files interface {
	// Keep seals what we made ourselves and says in the file where it is.
	Keep(ctx context.Context, f *kyc.File, src io.Reader) error
	Open(ctx context.Context, f kyc.File, rendition bool) (io.ReadCloser, string, error)
	Remove(ctx context.Context, f kyc.File) error
}

// Export is everything that is held about a person, but for what only tells
// secrets: hashes of passwords and codes are named, not given.
type Export struct {
	Tenant       string           `json:"tenant"`
	Person       string           `json:"person"`
	Made         string           `json:"made"` // RFC 3339
	Applications []ExportedRun    `json:"applications"`
	Accounts     []map[string]any `json:"accounts,omitempty"`
	Credentials  []map[string]any `json:"credentials,omitempty"`
	Files        []ExportedFile   `json:"files,omitempty"`
}

// ExportedRun is one application.
type ExportedRun struct {
	ID       string           `json:"id"`
	Market   string           `json:"market"`
	State    string           `json:"state"`
	Locale   string           `json:"locale"`
	Begun    string           `json:"begun"`
	Changed  string           `json:"changed"`
	Member   string           `json:"member,omitempty"` // reference that the marketplace gave
	Steps    []ExportedStep   `json:"steps"`
	Contacts []map[string]any `json:"contacts,omitempty"`
	Consents []map[string]any `json:"consents,omitempty"`
	Checks   []map[string]any `json:"checks,omitempty"`
	Decision []map[string]any `json:"decisions,omitempty"`
	Proposed []map[string]any `json:"proposals,omitempty"` // decisions of the first of two people, and how they ended
	Messages []map[string]any `json:"messages,omitempty"`
	Record   []map[string]any `json:"record,omitempty"` // who did what, newest first
}

// ExportedStep is what was answered.
type ExportedStep struct {
	ID      string     `json:"id"`
	State   string     `json:"state"`
	Changed string     `json:"changed"`
	Answers kyc.Values `json:"answers,omitempty"`
	Derived kyc.Values `json:"derived,omitempty"`
	Draft   kyc.Values `json:"draft,omitempty"`
}

// ExportedFile is a file of the archive.
type ExportedFile struct {
	Name        string `json:"name"` // in the archive
	Requirement string `json:"requirement"`
	Side        string `json:"side,omitempty"`
	State       string `json:"state"`
	MediaType   string `json:"media_type"`
	Uploaded    string `json:"uploaded"`
}

// Handout is to whom everything held about a person is given out, and why.
type Handout struct {
	To     kyc.Actor
	Role   string // of staff
	Why    string // one of ExportReasons; "" when it is the person who asks
	Ticket string // number of a ticket or file, optional; see audit.Ticket
}

// Reasons why everything that is held about a person is given out to somebody else.
const (
	ExportRequested   = "access_request" // the person wants it and cannot fetch it
	ExportComplaint   = "complaint"
	ExportLegal       = "legal_request" // of an authority or a court
	ExportSupervision = "supervision"   // of how the work is done
)

// ExportReasons lists them.
func ExportReasons() []string {
	return []string{ExportRequested, ExportComplaint, ExportLegal, ExportSupervision}
}

func (h Handout) valid() error {
	if h.To.Kind != audit.Applicant("").Kind && !slices.Contains(ExportReasons(), h.Why) {
		return kyc.EKey(kyc.Invalid, "error.export_reason", "unknown reason for giving everything out")
	}
	if h.Ticket != "" && !audit.Ticket(h.Ticket) {
		return kyc.EKey(kyc.Invalid, "error.reveal_ticket", "ticket is not a number of letters, digits and ._/-")
	}
	return nil
}

// Export writes everything held about a person as a zip archive: person.json and
// the files as they were uploaded. To whom and why is recorded before the first
// byte. The archive is written while it is made; after an error what was written is
// not whole. Gone: the person has been erased. NotFound: there is no such person.
// Invalid ("error.export_reason", "error.reveal_ticket"): it is not said why.
func (r *Rights) Export(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, h Handout, w io.Writer) error {
	if err := h.valid(); err != nil {
		return err
	}
	e, files, err := r.collect(ctx, tenant, id, false)
	if err != nil {
		return err
	}
	line := audit.Line(r.Clock, r.IDs, tenant, h.To, audit.PersonExported, "applicant", string(id), "why", h.Why, "role", h.Role, "ticket", h.Ticket)
	if err := r.Store.Commit(ctx, tenant, kyc.Change{line}); err != nil {
		return err
	}
	return r.write(ctx, w, e, files, func(int) error { return nil })
}

// write writes the archive. step is told after each file how many there are in it.
func (r *Rights) write(ctx context.Context, w io.Writer, e *Export, files []kyc.File, step func(done int) error) error {
	archive := zip.NewWriter(w)
	page, err := archive.Create("person.json")
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "write an export")
	}
	encoder := json.NewEncoder(page)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(e); err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "write an export")
	}
	for i, f := range files {
		if err := r.exportFile(ctx, archive, e.Files[i].Name, f); err != nil {
			return err
		}
		if err := step(i + 1); err != nil {
			return err
		}
	}
	return kyc.Wrap(kyc.Unavailable, archive.Close(), "write an export")
}

func (r *Rights) exportFile(ctx context.Context, archive *zip.Writer, name string, f kyc.File) error {
	from, _, err := r.Files.Open(ctx, f, false)
	if err != nil {
		return err
	}
	defer from.Close()
	// What was uploaded is compressed already.
	into, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: f.Created.Time()})
	if err == nil {
		_, err = io.Copy(into, from)
	}
	return kyc.Wrap(kyc.Unavailable, err, "write a file of an export")
}

// collect opens everything before anything is written. What a person takes out
// themselves tells nothing that the law forbids to tell them: see exporting.own.
func (r *Rights) collect(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID, own bool) (*Export, []kyc.File, error) {
	apps, err := r.applications(ctx, tenant, id)
	if err != nil {
		return nil, nil, err
	}
	if e, err := r.erasure(ctx, tenant, id); err != nil {
		return nil, nil, err
	} else if e.Erased != 0 {
		return nil, nil, kyc.EKey(kyc.Gone, "error.erased", "the person was erased")
	}
	x := &exporting{Rights: r, ctx: ctx, tenant: tenant, person: id, own: own}
	e := &Export{Tenant: string(tenant), Person: string(id), Made: when(kyc.At(r.Clock()))}
	for _, a := range apps {
		e.Applications = append(e.Applications, x.run(a))
	}
	e.Accounts, e.Credentials = x.accounts(), x.credentials()
	files := read(x, func() ([]kyc.File, error) { return r.Store.PersonFiles(ctx, tenant, id) })
	for _, f := range files {
		e.Files = append(e.Files, ExportedFile{Name: fileName(f), Requirement: f.Requirement, Side: f.Side, State: string(f.State),
			MediaType: f.MediaType, Uploaded: when(f.Created)})
	}
	return e, files, x.failed
}

func fileName(f kyc.File) string {
	ending := ".bin"
	if known, err := mime.ExtensionsByType(f.MediaType); err == nil && len(known) > 0 {
		ending = slices.Max(known) // one and the same each time
	}
	return "files/" + string(f.ID) + ending
}

// exporting reads on until something fails.
type exporting struct {
	*Rights
	ctx    context.Context
	tenant kyc.TenantID
	person kyc.ApplicantID
	// own leaves out what the person may not be told: checks and decisions with a reason
	// that is internal, their evidence, what staff proposed and what they did.
	own    bool
	failed error
}

// tells is what can be told of reasons; ok is false when one of them cannot be.
func (x *exporting) tells(reasons kyc.ReasonList) (_ kyc.ReasonList, ok bool) {
	if !x.own {
		return reasons, true
	}
	return kyc.Told(reasons), !slices.ContainsFunc(reasons, func(r kyc.Reason) bool { return r.Audience != kyc.Public })
}

func read[R any](x *exporting, ask func() (R, error)) R {
	var none R
	if x.failed != nil {
		return none
	}
	row, err := ask()
	if err != nil {
		x.failed = err
	}
	return row
}

func (x *exporting) open(column string, sealed []byte) string {
	return string(read(x, func() ([]byte, error) { return x.Keys.Unseal(x.ctx, x.tenant, x.person, column, sealed) }))
}

func (x *exporting) values(column string, sealed []byte) kyc.Values {
	text := x.open(column, sealed)
	if text == "" {
		return nil
	}
	v := kyc.Values{}
	if json.Unmarshal([]byte(text), &v) != nil && x.failed == nil {
		x.failed = kyc.E(kyc.Internal, "sealed values are not readable") // the cause would quote them
	}
	return v
}

func (x *exporting) run(a kyc.Application) ExportedRun {
	run := ExportedRun{ID: string(a.ID), Market: string(a.Market), State: string(a.State), Locale: string(a.Locale), Begun: when(a.Created),
		Changed: when(a.Updated), Member: a.Subject, Steps: []ExportedStep{}}
	for _, s := range read(x, func() ([]kyc.StepRecord, error) { return x.Store.Steps(x.ctx, x.tenant, a.ID) }) {
		run.Steps = append(run.Steps, ExportedStep{ID: string(s.Step), State: string(s.State), Changed: when(s.Updated),
			Answers: x.values(kyc.OfStep(kyc.SealedStepValues, s.Step), s.Values), Derived: x.values(kyc.OfStep(kyc.SealedStepDerived, s.Step), s.Derived),
			Draft: x.values(kyc.OfStep(kyc.SealedStepDraft, s.Step), s.Draft)})
	}
	for _, c := range read(x, func() ([]kyc.Identifier, error) { return x.Store.Identifiers(x.ctx, x.tenant, a.ID) }) {
		run.Contacts = append(run.Contacts, map[string]any{"kind": c.Kind, "value": x.open(kyc.SealedIdentifier, c.Sealed), "state": c.State, "login": c.Login, "changed": when(c.Updated)})
	}
	for _, c := range read(x, func() ([]kyc.Consent, error) { return x.Store.Consents(x.ctx, x.tenant, a.ID) }) {
		run.Consents = append(run.Consents, map[string]any{"document": c.Document, "version": c.Version, "locale": c.Locale, "agreed": when(c.At), "address": x.open(kyc.SealedConsent, c.Address)})
	}
	x.judgement(a, &run)
	for _, l := range read(x, func() ([]kyc.AuditLine, error) { return x.record(a.ID) }) {
		if x.own && !own(l.Actor) {
			continue
		}
		run.Record = append(run.Record, map[string]any{"at": when(l.At), "who": l.Actor.Kind, "what": l.Action, "detail": l.Detail})
	}
	return run
}

// judgement is what was found, decided and said.
func (x *exporting) judgement(a kyc.Application, run *ExportedRun) {
	for _, c := range read(x, func() ([]kyc.Check, error) { return x.Store.Checks(x.ctx, x.tenant, a.ID) }) {
		reasons, ok := x.tells(c.Reasons)
		if !ok {
			continue
		}
		run.Checks = append(run.Checks, map[string]any{"name": c.Name, "result": c.Result, "reasons": reasons, "made": when(c.At), "source": c.Source,
			"evidence": x.values(kyc.SealedEvidence, c.Evidence)})
	}
	for _, d := range read(x, func() ([]kyc.Decision, error) { return x.Store.Decisions(x.ctx, x.tenant, a.ID) }) {
		reasons, _ := x.tells(d.Reasons)
		run.Decision = append(run.Decision, map[string]any{"outcome": d.Outcome, "reasons": reasons, "note": x.open(kyc.SealedNote, d.Note), "made": when(d.At)})
	}
	x.proposed(a, run)
	for _, m := range read(x, func() ([]kyc.Message, error) { return x.Store.Messages(x.ctx, x.tenant, a.ID, 0) }) {
		run.Messages = append(run.Messages, map[string]any{"channel": m.Channel, "template": m.Template, "state": m.State, "made": when(m.Created)})
	}
}

// proposed is what the first of two people wanted. The person is told what was decided:
// what is being weighed, and what staff said to each other, is theirs alone.
func (x *exporting) proposed(a kyc.Application, run *ExportedRun) {
	if x.own {
		return
	}
	for _, p := range read(x, func() ([]kyc.Proposal, error) { return x.Store.ProposalsOfApplication(x.ctx, x.tenant, a.ID) }) {
		run.Proposed = append(run.Proposed, map[string]any{"outcome": p.Outcome, "reasons": p.Reasons, "note": x.open(kyc.SealedProposal, p.Note), "risk": p.Risk,
			"made": when(p.At), "state": p.State, "answer": x.open(kyc.SealedAnswer, p.Answer), "ended": when(p.Ended)})
	}
}

// record is the whole of an application's audit lines.
func (x *exporting) record(id kyc.ApplicationID) ([]kyc.AuditLine, error) {
	var all []kyc.AuditLine
	for before := kyc.AuditID(""); ; {
		page, err := x.Store.AuditLines(x.ctx, x.tenant, kyc.AuditFilter{ObjectKind: "application", ObjectID: string(id)}, before, 0)
		all = append(all, page...)
		if err != nil || len(page) == 0 {
			return all, err
		}
		before = page[len(page)-1].ID
	}
}

func (x *exporting) accounts() (list []map[string]any) {
	for _, a := range read(x, func() ([]kyc.Account, error) { return x.Store.PersonAccounts(x.ctx, x.tenant, x.person) }) {
		money := []map[string]any{}
		for _, b := range read(x, func() ([]kyc.Balance, error) { return x.Store.Balances(x.ctx, x.tenant, a.ID) }) {
			money = append(money, map[string]any{"currency": b.Currency, "minor": b.Minor})
		}
		list = append(list, map[string]any{"id": a.ID, "market": a.Market, "tier": a.Tier, "state": a.State, "opened": when(a.Created), "balances": money})
	}
	return list
}

func (x *exporting) credentials() (list []map[string]any) {
	for _, c := range read(x, func() ([]kyc.Credential, error) { return x.Store.Credentials(x.ctx, x.tenant, x.person) }) {
		list = append(list, map[string]any{"kind": c.Kind, "question": c.Question, "changed": when(c.Updated)})
	}
	return list
}

func when(m kyc.Millis) string {
	if m == 0 {
		return ""
	}
	return m.Time().Format("2006-01-02T15:04:05Z07:00")
}
