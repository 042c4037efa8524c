package admin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/portal/web"
)

// form is the decision form: as it came, and as it is shown.
type form struct {
	picks    []review.Pick
	Note     string
	Evidence string
	Version  string
	preview  bool

	Documents []reasonGroup
	Steps     []reasonGroup
	Reject    []reasonBox
	Preview   *preview
	MaxNote   int
}

// reasonGroup is the reasons that can be given about one document or step.
type reasonGroup struct {
	Name   string // subject as the boxes carry it: "document/passport"
	Label  string
	Kinds  []reasonKind
	Ticked int
}

// reasonKind is the boxes of one kind of reason: image, document, data.
type reasonKind struct {
	Label string
	Boxes []reasonBox
}

type reasonBox struct {
	Value   string // "document/passport/image.blur"
	Label   string
	Ticked  bool
	Private bool
}

// preview is what the applicant would read, in their language.
type preview struct {
	Lang, Dir string
	Again     []previewItem
	Rejected  []string
	Note      string
}

type previewItem struct{ Label, Text, Remedy string }

// maxPicks bounds how many boxes of a form are read.
const maxPicks = 200

// readForm reads the decision form. Boxes are "kind/ref/code"; what does not
// read so is an error, never ignored.
func readForm(c *fiber.Ctx) (form, error) {
	f := form{Note: c.FormValue("note"), Evidence: c.FormValue("evidence"), Version: c.FormValue("version")}
	for _, raw := range c.Request().PostArgs().PeekMulti("reason") {
		kind, rest, ok := strings.Cut(string(raw), "/")
		i := strings.LastIndexByte(rest, '/')
		if !ok || i < 0 || len(f.picks) >= maxPicks {
			return f, kyc.EKey(kyc.Invalid, "error.reason_unfit", "reason is not kind/subject/code")
		}
		f.picks = append(f.picks, review.Pick{Code: rest[i+1:], Subject: kyc.Subject{Kind: kind, Ref: rest[:i]}})
	}
	return f, nil
}

func (f form) choice(outcome kyc.Outcome) review.Choice {
	version, _ := strconv.ParseInt(f.Version, 10, 64) // 0 fits no application
	return review.Choice{Outcome: outcome, Picks: f.picks, Note: strings.ReplaceAll(f.Note, "\r\n", "\n"), Evidence: f.Evidence, Version: version}
}

func (f form) ticked(kind, ref, code string) bool {
	return slices.Contains(f.picks, review.Pick{Code: code, Subject: kyc.Subject{Kind: kind, Ref: ref}})
}

// form completes what came with what the case offers. A page that is shown
// anew carries the evidence that it shows, so that a changed case is looked at
// before it is decided.
func (s showing) form(f form, applicant *locales.Printer) form {
	f.MaxNote, f.Evidence, f.Version = review.MaxNote, s.v.Digest, strconv.FormatInt(s.v.Application.Version, 10)
	for _, doc := range s.v.Documents {
		if slices.ContainsFunc(doc.Sides, func(side review.SideData) bool { return side.File.ID != "" }) {
			f.Documents = append(f.Documents, s.group(f, "document", doc.Requirement, label(s.p, doc.Label, doc.Requirement), review.DocumentCodes()))
		}
	}
	for _, step := range s.v.Steps {
		if step.Askable {
			f.Steps = append(f.Steps, s.group(f, "step", string(step.ID), label(s.p, step.Title, string(step.ID)), review.StepCodes()))
		}
	}
	for _, code := range review.RejectCodes() {
		f.Reject = append(f.Reject, s.box(f, "application", "", code))
	}
	if f.preview {
		f.Preview = s.preview(f, applicant)
	}
	return f
}

func (s showing) group(f form, kind, ref, name string, codes []string) reasonGroup {
	g := reasonGroup{Name: kind + "/" + ref, Label: name}
	var last string
	for _, code := range codes {
		family, _, _ := strings.Cut(code, ".")
		if family != last {
			g.Kinds = append(g.Kinds, reasonKind{Label: s.p.T("admin.reasons." + family)})
			last = family
		}
		box := s.box(f, kind, ref, code)
		if box.Ticked {
			g.Ticked++
		}
		k := &g.Kinds[len(g.Kinds)-1]
		k.Boxes = append(k.Boxes, box)
	}
	return g
}

func (s showing) box(f form, kind, ref, code string) reasonBox {
	return reasonBox{Value: kind + "/" + ref + "/" + code, Label: s.p.T("admin.code." + code), Ticked: f.ticked(kind, ref, code),
		Private: kyc.NewReason(code, kyc.Subject{}, kyc.Source{}, nil).Audience != kyc.Public}
}

// preview words the picks as the applicant will read them. What may not be
// told is one neutral sentence, told once.
func (s showing) preview(f form, applicant *locales.Printer) *preview {
	out := &preview{Lang: applicant.Lang(), Dir: applicant.Dir(), Note: strings.TrimSpace(f.Note)}
	for _, p := range f.picks {
		if p.Subject.Kind == "application" {
			if text := told(applicant, review.Reasons(kyc.Reject, []review.Pick{p})[0]); !slices.Contains(out.Rejected, text) {
				out.Rejected = append(out.Rejected, text)
			}
			continue
		}
		r := review.Reasons(kyc.AskAgain, []review.Pick{p})[0]
		item := previewItem{Label: s.subject(applicant, p.Subject), Text: told(applicant, r)}
		if r.Remedy != "" && applicant.Has(r.Remedy) {
			item.Remedy = applicant.T(r.Remedy)
		}
		out.Again = append(out.Again, item)
	}
	return out
}

// told is the sentence about a reason for the applicant.
func told(p *locales.Printer, r kyc.Reason) string {
	if r.Audience != kyc.Public {
		return p.T("reason.generic.text")
	}
	return web.Sentence(p, "reason."+r.Code+".text", r.Params)
}

// subject names what a reason is about, in the applicant's language.
func (s showing) subject(p *locales.Printer, about kyc.Subject) string {
	if about.Kind == "document" {
		if doc, ok := s.v.Document(about.Ref); ok {
			return label(p, doc.Label, doc.Requirement)
		}
	}
	for _, step := range s.v.Steps {
		if string(step.ID) == about.Ref {
			return label(p, step.Title, about.Ref)
		}
	}
	return about.Ref
}
