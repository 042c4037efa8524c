package pipeline

import (
	"context"
	"errors"
	"io"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
)

// prepareDocuments wants every side of every document that applies.
func (a *attempt) prepareDocuments(ctx context.Context) error {
	have, err := a.files(ctx)
	if err != nil {
		return err
	}
	for _, req := range a.documents(a.step) {
		for _, side := range req.Sides {
			if _, ok := have[req.ID][side.Name]; !ok {
				a.problem(req.ID+"."+side.Name, "document.side_missing")
			}
		}
	}
	return nil
}

// files are the current files by requirement and side.
func (u *run) files(ctx context.Context) (map[string]map[string]kyc.File, error) {
	files, err := u.p.Store.Files(ctx, u.app.Tenant, u.app.ID)
	if err != nil {
		return nil, err
	}
	have := map[string]map[string]kyc.File{}
	for _, f := range files {
		if f.State != kyc.FileCurrent {
			continue
		}
		if have[f.Requirement] == nil {
			have[f.Requirement] = map[string]kyc.File{}
		}
		have[f.Requirement][f.Side] = f
	}
	return have, nil
}

// reopened makes documents steps open again whose requirements changed with the
// answers of this step: another kind of document needs other pictures. What later
// steps fell short of may have been the fault of this one's old answers: it is
// forgotten, but for contacts, which stand for themselves.
func (a *attempt) reopened() kyc.Change {
	var change kyc.Change
	after := false
	for _, s := range a.plan() {
		if s.ID == a.step.ID {
			after = true
			continue
		}
		rec, ok := a.records[s.ID]
		again := s.Kind == kyc.DocumentsStep && rec.State == kyc.StepDone
		unfit := s.Kind != kyc.ContactStep && rec.State != kyc.StepDone && len(rec.Problems) > 0
		if !after || !ok || !again && !unfit {
			continue
		}
		if again {
			rec.State = kyc.StepTodo
		}
		rec.Problems, rec.Updated = nil, a.now
		a.records[s.ID] = rec
		change = append(change, kyc.SaveStep{StepRecord: rec})
	}
	return change
}

// Upload takes in one side of a document of the step that is open.
func (p *Pipeline) Upload(ctx context.Context, r Ref, requirement, side string, body io.Reader) (*View, error) {
	u, err := p.loadToWrite(ctx, r)
	if err != nil {
		return nil, err
	}
	step, err := u.uploadStep(requirement, side)
	if err != nil {
		return nil, err
	}
	// The budget goes first: what it refuses costs neither memory nor disk.
	if err := p.Store.Commit(ctx, r.Tenant, kyc.Change{u.hourly("upload", 60)}); err != nil {
		return nil, err
	}
	file, problems, err := p.Files.Take(ctx, evidence.Upload{Tenant: r.Tenant, Applicant: u.app.Applicant,
		Application: u.app.ID, Requirement: requirement, Side: side}, body)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return p.unfit(ctx, r, step.ID, at(requirement+"."+side, problems))
	}
	if err := p.keepFile(ctx, r, step.ID, file); err != nil {
		_ = p.Files.Remove(ctx, file) // the row was not written, so nobody can miss it
		return nil, err
	}
	return p.Get(ctx, r)
}

// unfit is the answer to a file that cannot be taken. What is wrong with it is
// told by the upload alone.
func (p *Pipeline) unfit(ctx context.Context, r Ref, step kyc.StepID, problems []kyc.Problem) (*View, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	u.short = problems
	view, err := u.settled(ctx, step, nil)
	if err == nil {
		view.Next.Problems = problems
	}
	return view, err
}

// keepFile writes the file's row if the step is still open.
func (p *Pipeline) keepFile(ctx context.Context, r Ref, step kyc.StepID, file kyc.File) error {
	for try := 0; ; try++ {
		u, err := p.loadToWrite(ctx, r)
		if err != nil {
			return err
		}
		if _, err := u.openStep(step); err != nil {
			return err
		}
		app := u.app
		app.Updated = u.now
		change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}, kyc.SaveFile{File: file},
			u.line(audit.DocumentUploaded, map[string]string{"requirement": file.Requirement, "side": file.Side, "file": string(file.ID)})}
		// A documents step that was done is open again with its new picture, and
		// what its last submission lacked has to be looked at afresh.
		if rec, ok := u.records[step]; ok && (rec.State == kyc.StepDone || len(rec.Problems) > 0) {
			rec.State, rec.Problems, rec.Updated = kyc.StepTodo, nil, u.now
			change = append(change, kyc.SaveStep{StepRecord: rec})
		}
		err = p.Store.Commit(ctx, r.Tenant, change)
		if try < 3 && keyOf(err) == "error.version_stale" {
			continue
		}
		return err
	}
}

// uploadStep finds the open documents step that asks for the side.
func (u *run) uploadStep(requirement, side string) (kyc.Step, error) {
	for _, s := range u.plan() {
		if s.Kind != kyc.DocumentsStep {
			continue
		}
		for _, req := range u.documents(s) {
			for _, known := range req.Sides {
				if req.ID == requirement && known.Name == side {
					return u.openStep(s.ID)
				}
			}
		}
	}
	return kyc.Step{}, kyc.EKey(kyc.NotFound, "error.document_unknown", "no such document is asked for")
}

// File opens the safe rendition of an uploaded side for its applicant.
func (p *Pipeline) File(ctx context.Context, r Ref, requirement, side string) (io.ReadCloser, string, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return nil, "", err
	}
	have, err := u.files(ctx)
	if err != nil {
		return nil, "", err
	}
	file, ok := have[requirement][side]
	if !ok {
		return nil, "", kyc.EKey(kyc.NotFound, "error.not_found", "no file for this side")
	}
	return p.Files.Open(ctx, file, true)
}

func at(path string, problems []kyc.Problem) []kyc.Problem {
	for i := range problems {
		problems[i].Path = path
	}
	return problems
}

func keyOf(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}
