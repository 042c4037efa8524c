package api

import (
	"encoding/hex"
	"maps"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
)

// clerk renders a case in the language of who reads it.
type clerk struct {
	*locales.Printer
	applicant *locales.Printer
	view      *review.View
	here      string // path of the case
}

func (d *Door) renderCase(who caller, v *review.View) Case {
	k := clerk{d.Printer(who.locale), d.Printer(v.Locale), v, desk(who.desk.Tenant) + "/cases/" + string(v.ID)}
	out := Case{CaseItem: item(k.Printer, v.Item), ApplicationState: string(v.Application.State), Version: v.Application.Version,
		Evidence: v.Digest, Provider: v.Application.Provider, Actions: k.actions(), Documents: k.documents(v.Documents), Steps: k.steps(v.Steps),
		Checks: k.checks(v.Checks), EarlierChecks: k.checks(v.Earlier), Duplicates: []Duplicate{}, Decisions: k.decisions(),
		RiskReasons: []RiskReason{}, TakesTwo: v.TakesTwo, Proposals: []Proposal{},
		History: []Event{}, Messages: []Delivery{}, Revealed: revealed(v.Revealed), Offers: k.offers(), MaxNote: review.MaxNote}
	out.Recovery = k.recovery()
	for _, x := range v.Whys {
		out.RiskReasons = append(out.RiskReasons, RiskReason{Code: x.Code, Level: words.Risk(x.Level), About: x.About, Text: words.RiskWhy(k.Printer, x)})
	}
	if v.Proposal != nil {
		p := k.proposal(*v.Proposal, who)
		out.Proposal = &p
	}
	for _, x := range v.Proposals {
		out.Proposals = append(out.Proposals, k.proposal(x, who))
	}
	for _, x := range v.Duplicates {
		out.Duplicates = append(out.Duplicates, Duplicate{Kind: x.Kind, Label: words.Identity(k.Printer, x.Kind), Application: string(x.Application), Case: string(x.Case)})
	}
	for _, x := range v.History {
		out.History = append(out.History, event(k.Printer, x))
	}
	for _, m := range v.Messages {
		out.Messages = append(out.Messages, Delivery{Channel: string(m.Channel), Template: m.Template, Label: words.Label(k.Printer, "admin.template."+m.Template, m.Template),
			State: string(m.State), Failure: m.Failure, Updated: stamp(m.Updated)})
	}
	for _, why := range review.RevealReasons() {
		out.RevealReasons = append(out.RevealReasons, Option{Value: why, Label: k.T("admin.why." + why)})
	}
	return out
}

func item(p *locales.Printer, i review.Item) CaseItem {
	out := CaseItem{ID: string(i.ID), Application: string(i.Application), Market: string(i.Market), MarketName: words.Market(p, i.Market),
		Locale: string(i.Locale), State: string(i.State), Risk: words.Risk(i.Risk), ProposedBy: i.Proposer, Holder: i.Holder, Mine: i.Mine, Overdue: i.Overdue,
		Outcome: string(i.Outcome), Opened: stamp(i.Opened), Due: stamp(i.Due), Decided: stamp(i.Decided)}
	if i.State == kyc.CaseClaimed && i.Holder != "" {
		out.ClaimUntil = stamp(i.ClaimUntil)
	}
	return out
}

func (k clerk) actions() []CaseAction {
	may, out := k.view.May, []CaseAction{}
	for _, x := range []struct {
		may        bool
		name, path string
	}{
		{may.Claim && !may.TakeOver, "claim", "/claim"}, {may.TakeOver, "take_over", "/claim"}, {may.Release, "release", "/release"},
		{may.Reveal, "reveal", "/reveal"}, {may.Decide, "preview", "/preview"}, {may.Decide, "decide", "/decision"},
		{may.Confirm, "confirm", "/confirmation"}, {may.Confirm, "oppose", "/objection"}, {may.Withdraw, "withdraw", "/withdrawal"},
		{may.Send && len(k.view.Messages) > 0, "send_again", "/send-again"},
		{may.TakeBack, "take_back", "/take-back"},
	} {
		if x.may {
			out = append(out, CaseAction{Name: x.name, Method: "POST", Href: k.here + x.path})
		}
	}
	return out
}

// recovery tells of the account that a recovery request is about; nil for others.
func (k clerk) recovery() *CaseRecovery {
	if k.view.Application.Market != kyc.RecoveryMarket {
		return nil
	}
	a := k.view.Account
	if a == nil {
		return &CaseRecovery{Steps: []CaseStep{}, Documents: []CaseDocument{}, Others: []OtherRecovery{}}
	}
	out := &CaseRecovery{Found: true, Known: a.Known, Number: a.Number, Account: string(a.ID), Market: string(a.Account.Market), State: a.State,
		Steps: k.steps(a.Steps), Documents: k.documents(a.Documents),
		Opens: stamp(a.Opens), Stopped: stamp(a.Stopped), Others: []OtherRecovery{}}
	for _, x := range a.Others {
		out.Others = append(out.Others, OtherRecovery{Application: string(x.Application), Case: string(x.Case), State: string(x.State),
			Found: stamp(x.Recovery.Found), Stopped: stamp(x.Stopped)})
	}
	return out
}

func (k clerk) documents(list []review.DocumentData) []CaseDocument {
	out := []CaseDocument{}
	for _, doc := range list {
		x := CaseDocument{Requirement: doc.Requirement, Label: words.Label(k.Printer, doc.Label, doc.Requirement), Sides: []CaseSide{}, Earlier: []CaseFile{}}
		for _, side := range doc.Sides {
			s := CaseSide{Side: side.Name, Label: words.Label(k.Printer, side.Label, side.Name)}
			if side.File.ID != "" {
				f := k.file(side.File, doc.View)
				s.File = &f
			}
			x.Sides = append(x.Sides, s)
		}
		for _, f := range doc.Earlier {
			x.Earlier = append(x.Earlier, k.file(f, doc.View))
		}
		out = append(out, x)
	}
	return out
}

func (k clerk) file(f kyc.File, view bool) CaseFile {
	out := CaseFile{ID: string(f.ID), Side: f.Side, State: string(f.State), MediaType: f.MediaType, Size: f.Size, Width: f.Width, Height: f.Height, Uploaded: stamp(f.Created)}
	if view {
		out.Rendition = k.here + "/files/" + out.ID
		out.Original = out.Rendition + "?form=original"
	}
	return out
}

func (k clerk) steps(list []review.StepData) []CaseStep {
	out := []CaseStep{}
	for _, s := range list {
		x := CaseStep{ID: string(s.ID), Kind: string(s.Kind), Title: words.Label(k.Printer, s.Title, string(s.ID)), State: string(s.State),
			Provider: s.Provider, Revealed: s.Revealed, Askable: s.Askable, Reasons: k.codes(s.Reasons), Data: []Datum{}}
		for _, d := range s.Data {
			x.Data = append(x.Data, k.datum(d))
		}
		out = append(out, x)
	}
	return out
}

func (k clerk) datum(d review.Datum) Datum {
	out := Datum{Name: d.Name, Label: words.Label(k.Printer, d.Label, d.Name), Value: d.Value, Text: words.Value(k.Printer, d, d.Value),
		Masked: d.Masked, Derived: d.Derived, Document: d.Document, Agreement: string(d.Agreement), Row: d.Row}
	if d.Row > 0 {
		out.List = words.Label(k.Printer, d.List, d.Name)
	}
	return out
}

func (k clerk) checks(found []review.CheckData) []Check {
	out := []Check{}
	for _, c := range found {
		x := Check{ID: string(c.ID), Name: c.Name, Label: words.Check(k.Printer, c.Name), Version: c.CheckVersion, Result: string(c.Result),
			Reasons: k.codes(c.Reasons), Evidence: []Datum{}, Source: c.Source, Micros: c.Duration, At: stamp(c.At)}
		for _, d := range c.Evidence {
			e := k.datum(d)
			e.Label, e.Text = words.Evidence(k.Printer, d), words.Found(k.Printer, d.Value)
			x.Evidence = append(x.Evidence, e)
		}
		out = append(out, x)
	}
	return out
}

func (k clerk) codes(reasons []kyc.Reason) []CodeInText {
	out := []CodeInText{}
	for _, r := range reasons {
		out = append(out, CodeInText{Code: r.Code, Text: words.Reason(k.Printer, r.Code)})
	}
	return out
}

func (k clerk) decisions() []Decision {
	out := []Decision{}
	for _, x := range k.view.Decisions {
		out = append(out, Decision{ID: string(x.ID), Outcome: string(x.Outcome), By: x.By, First: x.ProposedBy, Reasons: k.codes(x.Reasons), Note: x.Note,
			Evidence: hex.EncodeToString(x.Evidence), At: stamp(x.At)})
	}
	return out
}

func (k clerk) proposal(x review.ProposalData, who caller) Proposal {
	return Proposal{ID: x.ID, Outcome: string(x.Outcome), By: x.By, Mine: x.Staff == who.desk.Staff.ID, Reasons: k.codes(x.Reasons), Note: x.Note,
		At: stamp(x.At), State: string(x.State), EndedBy: x.EndedBy, Answer: x.Answer, Ended: stamp(x.Ended)}
}

func (k clerk) offers() []Offer {
	out := []Offer{}
	for _, o := range k.view.Offers() {
		x := Offer{Outcome: string(o.Outcome), Subject: Subject{Kind: o.Subject.Kind, Ref: o.Subject.Ref}, Label: words.Label(k.Printer, o.Label, o.Subject.Ref)}
		for _, c := range o.Codes {
			choice := Choice{Code: c.Code, Label: words.Reason(k.Printer, c.Code)}
			letter := k.view.Letter([]review.Pick{{Code: c.Code, Subject: o.Subject}}, "")
			for _, passage := range append(letter.Again, letter.Rejected...) {
				choice.Text = words.Passage(k.applicant, passage.Text, passage.Params)
			}
			x.Codes = append(x.Codes, choice)
		}
		out = append(out, x)
	}
	return out
}

func revealed(r review.Revealed) *Revealed {
	if !r.Any() {
		return nil
	}
	out := &Revealed{Everything: r.All, Documents: r.Documents, Steps: []string{}, Until: stamp(r.Until)}
	for _, s := range r.Steps {
		out.Steps = append(out.Steps, string(s))
	}
	return out
}

func event(p *locales.Printer, e review.Event) Event {
	out := Event{ID: string(e.ID), Number: e.Seq, At: stamp(e.At), Actor: Actor{Kind: e.Actor.Kind, ID: e.Actor.ID}, Action: e.Action,
		Text: words.Action(p, e.Action), Object: Object{Kind: e.ObjectKind, ID: e.ObjectID}, Detail: maps.Clone(e.Detail)}
	if e.Actor.Kind == "staff" {
		out.Actor.Name = e.By
	}
	return out
}
