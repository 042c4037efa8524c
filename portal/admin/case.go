package admin

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// caseData is the case page.
type caseData struct {
	Bar       bar
	ID, Short string
	Path      string
	App       string
	AppShort  string
	Market    string
	Locale    kyc.Locale // the applicant's
	Risk      string
	Whys      []whyRow
	TakesTwo  bool
	Proposal  *proposalData  // nil when nothing waits for a second person
	Proposals []proposalData // that came to an end
	State     string
	AppState  string
	Outcome   string
	Holder    string
	Mine      bool
	Overdue   bool
	Due       moment
	Opened    moment
	Decided   moment
	Lease     moment

	Docs     []docData
	Steps    []stepData
	Recovery *recoveryData // nil but for a recovery request
	Checks   []checkRow
	Void     []checkRow // of earlier submissions
	Twins    []twin
	Sent     []sentRow
	Verdicts []verdictRow
	History  []eventRow

	Revealed    bool
	AllRevealed bool
	MayNext     bool
	Until       moment
	RevealWhys  []string
	May         review.Ability
	Form        form
	Problem     string // message key of what is wrong with the form
}

// Wrong makes the title begin with "Error:".
func (c caseData) Wrong() bool { return c.Problem != "" }

type docData struct {
	ID, Label string
	View      bool
	Sides     []sideData
	Earlier   []sideData
}

type sideData struct {
	File, Label   string
	Width, Height int
	Size          int64
	State         string
	At            moment
	There         bool
	Asked         bool // the earlier one was refused, and no other has come
}

type stepData struct {
	ID, Title string
	State     string
	Provider  string
	Revealed  bool
	Masked    bool // something in it can be revealed
	Reasons   []string
	Rows      []row
	Compared  bool // some document says something about it
}

type checkRow struct {
	Name, Result, Source, Version string
	Reasons                       []string
	Evidence                      []row
	Milli                         string
	At                            moment
}

type twin struct{ Kind, App, Case, Short string }

type sentRow struct {
	Channel, Template, State, Failure string
	At                                moment
}

type verdictRow struct {
	By, First, Outcome string // First: of the two people that it took; "" when it took one
	Reasons            []string
	Note               string
	At                 moment
}

// showing is what is needed to word a case.
type showing struct {
	p *locales.Printer
	k clockwork
	v *review.View
}

func (d *Door) showCase(c *fiber.Ctx) error { return d.casePage(c, fiber.StatusOK, form{}, "") }

// casePage shows the case with the form as it was filled in.
func (d *Door) casePage(c *fiber.Ctx, status int, f form, problem string) error {
	w, _ := whoOf(c)
	v, err := d.Desk.Open(c.UserContext(), w, kyc.CaseID(c.Params("case")))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	s := showing{p: p, k: clockwork{d.Renderer.Clock(), p}, v: v}
	data := s.head(base(c))
	data.Bar, data.Problem, data.RevealWhys = d.bar(c, "cases"), problem, review.RevealReasons()
	data.May, data.AllRevealed = v.May, v.Revealed.All
	data.MayNext = d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.CaseClaim)
	data.Docs, data.Steps, data.Recovery = s.documents(v.Documents), s.steps(v.Steps), s.recovery()
	data.Checks, data.Void = s.checks(v.Checks, true), s.checks(v.Earlier, false)
	data.Twins, data.Sent, data.Verdicts, data.History = s.twins(), s.sent(), s.verdicts(), s.history()
	data.Proposal, data.Proposals = s.proposals(w.Staff.ID)
	data.Form = s.form(f, d.Renderer.Printer(v.Locale))
	return d.Renderer.Page(c, status, "admin/case", data)
}

func (s showing) head(base string) caseData {
	v := s.v
	data := caseData{ID: string(v.ID), Short: short(string(v.ID)), Path: base + "/cases/" + string(v.ID),
		App: string(v.Application.ID), AppShort: short(string(v.Application.ID)),
		Market: words.Label(s.p, v.Title, string(v.Market)), Locale: v.Locale, Risk: words.Risk(v.Risk), Whys: s.whys(), TakesTwo: v.TakesTwo, State: string(v.State),
		AppState: string(v.Application.State), Outcome: string(v.Outcome), Holder: v.Holder, Mine: v.Mine, Overdue: v.Overdue,
		Due: s.k.at(v.Due), Opened: s.k.at(v.Opened), Decided: s.k.at(v.Decided), Revealed: v.Revealed.Any(), Until: s.k.at(v.Revealed.Until)}
	if v.Mine {
		data.Lease = s.k.at(v.ClaimUntil)
	}
	return data
}

func (s showing) documents(list []review.DocumentData) []docData {
	var out []docData
	for _, doc := range list {
		dd := docData{ID: doc.Requirement, View: doc.View, Label: words.Label(s.p, doc.Label, doc.Requirement)}
		for _, side := range doc.Sides {
			sd := s.side(side.File, words.Label(s.p, side.Label, side.Name))
			sd.Asked = slices.ContainsFunc(doc.Earlier, func(f kyc.File) bool { return f.Side == side.Name && f.State == kyc.FileRefused })
			dd.Sides = append(dd.Sides, sd)
		}
		for _, f := range doc.Earlier {
			name := f.Side
			for _, side := range doc.Sides {
				if side.Name == f.Side {
					name = words.Label(s.p, side.Label, f.Side)
				}
			}
			dd.Earlier = append(dd.Earlier, s.side(f, name))
		}
		out = append(out, dd)
	}
	return out
}

func (s showing) side(f kyc.File, name string) sideData {
	return sideData{File: string(f.ID), Label: name, Width: f.Width, Height: f.Height, Size: (f.Size + 999) / 1000,
		State: string(f.State), At: s.k.at(f.Created), There: f.ID != ""}
}

func (s showing) steps(list []review.StepData) []stepData {
	var out []stepData
	for _, step := range list {
		sd := stepData{ID: string(step.ID), Title: words.Label(s.p, step.Title, string(step.ID)), State: string(step.State),
			Provider: step.Provider, Revealed: step.Revealed, Rows: rows(s.p, step.Data)}
		for _, r := range sd.Rows {
			sd.Masked = sd.Masked || r.Masked
			sd.Compared = sd.Compared || r.Document != ""
		}
		for _, r := range step.Reasons {
			sd.Reasons = append(sd.Reasons, words.Reason(s.p, r.Code))
		}
		if len(sd.Rows) > 0 || len(sd.Reasons) > 0 {
			out = append(out, sd)
		}
	}
	return out
}

// checks words checks; told says that what they compared stands beside the data.
func (s showing) checks(found []review.CheckData, told bool) []checkRow {
	var out []checkRow
	for _, c := range found {
		evidence := slices.DeleteFunc(slices.Clone(c.Evidence), func(d review.Datum) bool { return told && beside(c, d.Name) })
		cr := checkRow{Name: words.Check(s.p, c.Name), Result: string(c.Result), Source: words.Source(s.p, c.Source), Version: c.CheckVersion,
			Evidence: rows(s.p, evidence), At: s.k.at(c.At), Milli: took(c.Duration)}
		for i, e := range evidence {
			cr.Evidence[i].Label, cr.Evidence[i].Value = words.Evidence(s.p, e), words.Found(s.p, e.Value)
		}
		for _, r := range c.Reasons {
			cr.Reasons = append(cr.Reasons, words.Reason(s.p, r.Code))
		}
		out = append(out, cr)
	}
	return out
}

// took says how long a check lasted; nothing of one that was done at once.
func took(micros int64) string {
	d := (time.Duration(micros) * time.Microsecond).Round(10 * time.Microsecond)
	if d == 0 {
		return ""
	}
	return d.String()
}

// beside tells whether a piece of evidence stands beside what was typed already.
func beside(c review.CheckData, name string) bool {
	element, side, _ := strings.Cut(name, ".")
	if side != "typed" && side != "read" {
		return false
	}
	return slices.ContainsFunc(c.Evidence, func(d review.Datum) bool {
		return d.Name == element && (d.Value == string(review.Agrees) || d.Value == string(review.Differs))
	})
}

func (s showing) twins() []twin {
	var out []twin
	for _, t := range s.v.Duplicates {
		out = append(out, twin{Kind: words.Identity(s.p, t.Kind), App: string(t.Application), Case: string(t.Case), Short: short(string(t.Application))})
	}
	return out
}

func (s showing) sent() []sentRow {
	var out []sentRow
	for _, m := range s.v.Messages {
		out = append(out, sentRow{Channel: string(m.Channel), Template: words.Label(s.p, "admin.template."+m.Template, m.Template),
			State: string(m.State), Failure: failure(s.p, m.Failure), At: s.k.at(m.Updated)})
	}
	return out
}

func (s showing) verdicts() []verdictRow {
	var out []verdictRow
	for _, v := range s.v.Decisions {
		vr := verdictRow{By: v.By, First: v.ProposedBy, Outcome: string(v.Outcome), Note: v.Note, At: s.k.at(v.At)}
		for _, r := range v.Reasons {
			vr.Reasons = append(vr.Reasons, words.Reason(s.p, r.Code))
		}
		out = append(out, vr)
	}
	return out
}
