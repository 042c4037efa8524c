package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/check"
	"github.com/paifang/paifang/core/kyc"
)

const (
	// verifyAttempts is how often checks that could not tell are tried again
	// before a person is asked.
	verifyAttempts = 4
	// reviewTarget is when a case should be decided.
	reviewTarget = 24 * time.Hour
)

// Verify is the job that runs the checks of a submitted application and decides
// what a machine may decide. It is idempotent: run again it finds the state
// changed and does nothing.
func (p *Pipeline) Verify(ctx context.Context, job kyc.Job, tries int) error {
	u, err := p.loadTrusted(ctx, job.Tenant, kyc.ApplicationID(job.Ref))
	if err != nil {
		return err
	}
	fresh := u.app.State == kyc.Submitted
	if fresh {
		// It is stored with the decision, or now if that has to wait.
		if err := kyc.Transition(u.app.State, kyc.Verifying); err != nil {
			return err
		}
		u.app.State, u.app.Updated = kyc.Verifying, u.now
	}
	if u.app.State != kyc.Verifying {
		return nil
	}
	if err := u.promised(ctx, u.flow.Version); err != nil {
		return err
	}
	checks, err := u.check(ctx)
	if err != nil {
		return err
	}
	if tries < verifyAttempts && inconclusive(checks) {
		if fresh {
			err = u.apply(ctx, kyc.Change{kyc.UpdateApplication{Application: u.app, Expect: u.app.Version}})
		}
		return errors.Join(kyc.E(kyc.Unavailable, "a check could not tell"), err)
	}
	return u.decideAlone(ctx, checks)
}

// check runs the checks that the market orders.
func (u *run) check(ctx context.Context) ([]kyc.Check, error) {
	duplicates, err := u.duplicates(ctx)
	if err != nil {
		return nil, err
	}
	files, err := u.p.Store.Files(ctx, u.app.Tenant, u.app.ID)
	if err != nil {
		return nil, err
	}
	settings, err := u.settings(ctx)
	if err != nil {
		return nil, err
	}
	in := check.Input{Flow: u.flow, Application: u.app, Answers: u.live(), Derived: kyc.Answers{}, Config: settings,
		Now: u.now.Time(), Duplicates: duplicates, IDs: map[string]kyc.CheckID{}}
	for id := range in.Answers {
		if in.Derived[id], err = u.open(ctx, kyc.OfStep(kyc.SealedStepDerived, id), u.records[id].Derived); err != nil {
			return nil, err
		}
	}
	for _, name := range u.flow.Checks {
		in.IDs[name] = u.checkID(name)
	}
	for _, f := range files {
		if f.State == kyc.FileCurrent {
			in.Files = append(in.Files, f)
		}
	}
	inputs, err := u.digest(ctx, files)
	if err != nil {
		return nil, err
	}
	var rows []kyc.Check
	for _, o := range u.p.Checks.Run(ctx, in, u.flow.Checks) {
		evidence, err := u.seal(ctx, kyc.SealedEvidence, o.Evidence)
		if err != nil {
			return nil, err
		}
		rows = append(rows, kyc.Check{Tenant: u.app.Tenant, ID: u.checkID(o.Name), Application: u.app.ID, Name: o.Name,
			CheckVersion: o.Version, Inputs: inputs, Result: o.Result, Reasons: o.Reasons, Evidence: evidence,
			Source: source(o.Source), Duration: o.Duration.Microseconds(), At: kyc.At(u.p.Clock())})
	}
	return rows, nil
}

// checkID is the same for every try of a check on the same submission, so that
// a verifier that was asked before can tell.
func (u *run) checkID(name string) kyc.CheckID {
	ns := uuid.NewSHA1(uuid.NameSpaceOID, []byte(u.app.ID))
	return kyc.CheckID(uuid.NewSHA1(ns, fmt.Appendf(nil, "%s %d", name, u.app.SubmittedAt)).String())
}

func source(s kyc.Source) string {
	if s.Kind == "provider" {
		return s.Name + " " + s.Version
	}
	return s.Kind
}

// digest is what the checks rest on, keyed so that it tells nothing.
func (u *run) digest(ctx context.Context, files []kyc.File) ([]byte, error) {
	var ids []string
	for _, f := range files {
		if f.State == kyc.FileCurrent {
			ids = append(ids, string(f.ID))
		}
	}
	slices.Sort(ids)
	body, err := json.Marshal(struct {
		Answers kyc.Answers
		Files   []string
		At      kyc.Millis
	}{u.answers, ids, u.app.SubmittedAt})
	if err != nil {
		return nil, err
	}
	return u.p.Vault.Index(ctx, u.app.Tenant, "check.inputs", string(body))
}

// duplicates counts other applicants of the tenant with the same number, by
// class of number.
func (u *run) duplicates(ctx context.Context) (map[string]int, error) {
	found, live := map[string]int{}, u.live()
	for _, id := range u.identifiers {
		class, isID := strings.CutPrefix(id.Kind, "id:")
		if _, planned := live[id.Step]; !isID || !planned || id.State == kyc.Released {
			continue
		}
		n, err := u.p.Store.CountIdentity(ctx, u.app.Tenant, id.Kind, id.Index, u.app.Applicant)
		if err != nil {
			return nil, err
		}
		found[class] += n
	}
	return found, nil
}

func inconclusive(checks []kyc.Check) bool {
	for _, c := range checks {
		if c.Result == kyc.Inconclusive {
			return true
		}
	}
	return false
}

// decideAlone writes the checks and what follows from them: activation, or a
// case for a person.
func (u *run) decideAlone(ctx context.Context, checks []kyc.Check) error {
	var stepReasons []kyc.Reason
	for _, s := range u.plan() {
		stepReasons = append(stepReasons, u.records[s.ID].Reasons...)
	}
	to, reasons := kyc.Decide(u.flow.Review, u.flow.Checks, checks, stepReasons)
	rated, err := u.rate(ctx, checks)
	if err != nil {
		return err
	}
	if !u.reachesAccount() || rated.Level == kyc.HighRisk {
		to = kyc.InReview
	}
	change := kyc.Change{}
	for _, c := range checks {
		change = append(change, kyc.SaveCheck{Check: c},
			u.line(audit.CheckFinished, map[string]string{"check": c.Name, "result": string(c.Result), "source": c.Source}))
	}
	if to == kyc.Approved {
		change, err = u.approveAlone(ctx, change, reasons)
	} else {
		change, err = u.refer(ctx, change, rated)
	}
	if err != nil {
		return err
	}
	return u.apply(ctx, change)
}

// reachesAccount tells whether the applicant has proved a login name. Whatever a
// market's plan was: no machine opens an account that belongs to nobody.
func (u *run) reachesAccount() bool {
	return slices.ContainsFunc(u.identifiers, func(id kyc.Identifier) bool { return id.Login && reachable(id) })
}

func (u *run) approveAlone(ctx context.Context, change kyc.Change, reasons []kyc.Reason) (kyc.Change, error) {
	d := kyc.Decision{Tenant: u.app.Tenant, ID: kyc.DecisionID(u.p.IDs()), Application: u.app.ID, Outcome: kyc.Approve,
		Reasons: reasons, At: u.now}
	more, err := u.approve(ctx)
	return append(append(change, kyc.SaveDecision{Decision: d}), more...), err
}

// refer puts the application into the reviewers' queue: a new case, or the old
// one again after the applicant mended something.
func (u *run) refer(ctx context.Context, change kyc.Change, rated kyc.Risk) (kyc.Change, error) {
	told, err := u.findAccount(ctx)
	if err != nil {
		return nil, err
	}
	app := u.app
	if err := kyc.Transition(app.State, kyc.InReview); err != nil {
		return nil, err
	}
	app.State, app.Updated = kyc.InReview, u.now
	change = append(append(change, kyc.UpdateApplication{Application: app, Expect: app.Version}), told...)
	queued, err := u.queue(ctx, rated)
	return append(change, queued...), err
}

// queue makes the case of an application, or opens its old one again.
func (u *run) queue(ctx context.Context, r kyc.Risk) (kyc.Change, error) {
	app := u.app
	due := u.now + kyc.Millis(reviewTarget/time.Millisecond)
	old, err := u.p.Store.CaseOfApplication(ctx, app.Tenant, app.ID)
	switch kyc.CodeOf(err) {
	case kyc.NotFound:
		c := kyc.Case{Tenant: app.Tenant, ID: kyc.CaseID(u.p.IDs()), Application: app.ID, Applicant: app.Applicant,
			Market: app.Market, Locale: app.Locale, State: kyc.CaseOpen, Version: 1, Risk: r.Level, Whys: r.Whys, Opened: u.now, Due: due}
		return kyc.Change{kyc.SaveCase{Case: c}, u.line(audit.CaseOpened, rated(c))}, nil
	case "":
		expect := old.Version
		old.State, old.ClaimedBy, old.ClaimUntil, old.Decided, old.Outcome = kyc.CaseOpen, "", 0, 0, ""
		old.Opened, old.Due, old.Risk, old.Whys = u.now, due, r.Level, r.Whys
		change := u.unproposed(&old)
		return append(change, kyc.UpdateCase{Case: old, Expect: expect}, u.line(audit.CaseOpened, rated(old))), nil
	}
	return nil, err
}
