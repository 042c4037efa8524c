package review

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// historyLimit bounds the audit lines shown with a case.
const historyLimit = 200

// Open shows a case. The lease of its holder is renewed by it.
func (d *Desk) Open(ctx context.Context, w Who, id kyc.CaseID) (*View, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return nil, err
	}
	if err := d.mayCase(w, c, policies.CaseRead); err != nil {
		return nil, err
	}
	if err := d.active(ctx, w, c); err != nil {
		return nil, err
	}
	b, err := d.basis(ctx, w.Tenant, c.Application)
	if err != nil {
		return nil, err
	}
	o := &opening{desk: d, who: w, case_: c, basis: b, names: d.directory(w.Tenant)}
	// A market that is not there to tell leaves the data without labels and
	// hides all of it: what class a value has is not known.
	o.flow, err = d.Flows.Flow(ctx, b.app.Market, b.app.Provider)
	if err != nil {
		o.flow = &kyc.Flow{}
	}
	return o.view(ctx)
}

// opening is one case on its way to the reviewer.
type opening struct {
	desk  *Desk
	who   Who
	case_ kyc.Case
	basis
	flow     *kyc.Flow
	names    *directory
	revealed Revealed
	reason   bool // there is one to look at documents: the claim, or one that was given
	lines    []kyc.AuditLine
	read     map[string]said // what documents say, by field name
}

func (o *opening) view(ctx context.Context) (*View, error) {
	v := &View{Item: o.desk.item(ctx, o.who, o.case_, o.names), Application: o.app, Title: o.flow.Title, Digest: o.digest()}
	var err error
	if v.Proposal, v.Proposals, err = o.proposals(ctx); err != nil {
		return nil, err
	}
	if v.TakesTwo, err = o.desk.takesTwo(ctx, o.case_); err != nil {
		return nil, err
	}
	v.May = o.desk.ability(o.who, v.Item, v.Proposal)
	v.May.TakeBack = o.app.Market == kyc.RecoveryMarket && o.app.State == kyc.Approved && o.desk.mayCase(o.who, o.case_, policies.CaseDecide) == nil
	if err := o.history(ctx); err != nil {
		return nil, err
	}
	v.Revealed = o.revealed
	o.reason = v.Mine || o.revealed.All || o.revealed.Documents
	v.May.View, v.May.Unlock = v.May.View && o.reason, v.May.View && !o.reason
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	v.Checks, v.Earlier, err = o.checkData(ctx)
	keep(err)
	v.Steps, err = o.stepData(ctx)
	keep(err)
	v.Account, err = o.account(ctx)
	keep(err)
	v.Duplicates, err = o.duplicates(ctx)
	keep(err)
	v.Decisions, err = o.decisions(ctx, v.Proposals)
	keep(err)
	v.Messages, err = o.desk.Store.Messages(ctx, o.who.Tenant, o.app.ID, 20)
	keep(err)
	v.Documents = o.documents()
	for _, l := range o.lines {
		v.History = append(v.History, Event{AuditLine: l, By: o.names.actor(ctx, l.Actor)})
	}
	return v, errors.Join(errs...)
}

// history reads the lines about the case and about its application.
func (o *opening) history(ctx context.Context) error {
	aboutCase, err := o.desk.Store.AuditLines(ctx, o.who.Tenant,
		kyc.AuditFilter{ObjectKind: "case", ObjectID: string(o.case_.ID)}, "", historyLimit)
	if err != nil {
		return err
	}
	aboutApp, err := o.desk.Store.AuditLines(ctx, o.who.Tenant,
		kyc.AuditFilter{ObjectKind: "application", ObjectID: string(o.app.ID)}, "", historyLimit)
	if err != nil {
		return err
	}
	if o.desk.mayCase(o.who, o.case_, policies.DataReveal) == nil { // their role may have changed since they asked
		o.revealed = o.desk.revealed(o.who, aboutCase)
	}
	o.lines = append(slices.Clone(aboutCase), aboutApp...)
	slices.SortStableFunc(o.lines, func(a, b kyc.AuditLine) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID))
	})
	return nil
}

// documents groups the files by requirement and side, in the market's order;
// files of requirements that the market does not know any more come last.
func (o *opening) documents() []DocumentData {
	var out []DocumentData
	place := map[string]int{}
	at := func(requirement, label string) *DocumentData {
		i, ok := place[requirement]
		if !ok {
			i = len(out)
			place[requirement] = i
			out = append(out, DocumentData{Requirement: requirement, Label: label,
				View: o.reason && o.desk.mayClass(o.who, o.case_, policies.DocumentView, classOf(o.flow, requirement)) == nil})
		}
		return &out[i]
	}
	for _, step := range o.flow.Steps {
		for _, r := range step.Documents {
			if !slices.ContainsFunc(o.files, func(f kyc.File) bool { return f.Requirement == r.ID }) {
				continue
			}
			doc := at(r.ID, r.Label)
			for _, side := range r.Sides {
				doc.Sides = append(doc.Sides, SideData{Name: side.Name, Label: side.Label})
			}
		}
	}
	for _, f := range o.files {
		at(f.Requirement, "").put(f)
	}
	return out
}

func (doc *DocumentData) put(f kyc.File) {
	if f.State != kyc.FileCurrent {
		doc.Earlier = append(doc.Earlier, f)
		return
	}
	for i := range doc.Sides {
		if doc.Sides[i].Name == f.Side {
			doc.Sides[i].File = f
			return
		}
	}
	doc.Sides = append(doc.Sides, SideData{Name: f.Side, File: f})
}

// maxDuplicates bounds how many others with the same number are listed.
const maxDuplicates = 20

func (o *opening) duplicates(ctx context.Context) ([]Duplicate, error) {
	own, err := o.desk.Store.Identifiers(ctx, o.who.Tenant, o.app.ID)
	if err != nil {
		return nil, err
	}
	var out []Duplicate
	seen := map[Duplicate]bool{}
	for _, i := range own {
		others, err := o.desk.Store.SameIdentity(ctx, o.who.Tenant, i.Kind, i.Index, o.app.Applicant, maxDuplicates)
		if err != nil {
			return nil, err
		}
		for _, other := range others {
			dup := Duplicate{Kind: i.Kind, Application: other.Application}
			c, err := o.desk.Store.CaseOfApplication(ctx, o.who.Tenant, other.Application)
			if err != nil && !errors.Is(err, kyc.E(kyc.NotFound, "")) {
				return nil, err
			}
			dup.Case = c.ID
			if !seen[dup] {
				seen[dup] = true
				out = append(out, dup)
			}
		}
	}
	return out, nil
}

func (o *opening) decisions(ctx context.Context, ended []ProposalData) ([]DecisionData, error) {
	found, err := o.desk.Store.Decisions(ctx, o.who.Tenant, o.app.ID)
	if err != nil {
		return nil, err
	}
	var out []DecisionData
	for _, dec := range found {
		dd := DecisionData{Decision: dec, By: o.names.staff(ctx, dec.Staff)}
		if dd.Note, err = o.unsealed(ctx, kyc.SealedNote, dec.Note); err != nil {
			return nil, err
		}
		for _, p := range ended {
			if p.State == kyc.ProposalConfirmed && p.Ended == dec.At {
				dd.ProposedBy = p.By
			}
		}
		out = append(out, dd)
	}
	slices.SortStableFunc(out, func(a, b DecisionData) int { return cmp.Compare(b.At, a.At) })
	return out, nil
}
