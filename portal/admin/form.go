package admin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
)

// form is the decision form: as it came, and as it is shown.
type form struct {
	picks    []review.Pick
	Note     string
	Evidence string
	Version  string
	preview  bool
	Answer   string // why a proposal is sent back

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
	Rejected  []previewItem
	Untold    bool // something is ticked that the applicant does not read
	Note      string
}

type previewItem struct{ Label, Text, Remedy string }

// readForm reads the decision form. Boxes are "kind/ref/code"; what does not
// read so is an error, never ignored.
func readForm(c *fiber.Ctx) (form, error) {
	f := form{Note: c.FormValue("note"), Evidence: c.FormValue("evidence"), Version: c.FormValue("version")}
	for _, raw := range c.Request().PostArgs().PeekMulti("reason") {
		kind, rest, ok := strings.Cut(string(raw), "/")
		i := strings.LastIndexByte(rest, '/')
		if !ok || i < 0 || len(f.picks) >= review.MaxPicks {
			return f, kyc.EKey(kyc.Invalid, "error.reason_unfit", "reason is not kind/subject/code")
		}
		f.picks = append(f.picks, review.Pick{Code: rest[i+1:], Subject: kyc.Subject{Kind: kind, Ref: rest[:i]}})
	}
	return f, nil
}

// lines are the lines of a text as they are kept.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

func (f form) choice(outcome kyc.Outcome) review.Choice {
	version, _ := strconv.ParseInt(f.Version, 10, 64) // 0 fits no application
	return review.Choice{Outcome: outcome, Picks: f.picks, Note: lines(f.Note), Evidence: f.Evidence, Version: version}
}

// form completes what came with what the case offers. A page that is shown
// anew carries the evidence that it shows, so that a changed case is looked at
// before it is decided.
func (s showing) form(f form, applicant *locales.Printer) form {
	f.MaxNote, f.Evidence, f.Version = review.MaxNote, s.v.Digest, strconv.FormatInt(s.v.Application.Version, 10)
	for _, o := range s.v.Offers() {
		switch {
		case o.Outcome == kyc.Reject:
			for _, code := range o.Codes {
				f.Reject = append(f.Reject, s.box(f, o.Subject, code))
			}
		case o.Subject.Kind == "document":
			f.Documents = append(f.Documents, s.group(f, o))
		default:
			f.Steps = append(f.Steps, s.group(f, o))
		}
	}
	if f.preview {
		f.Preview = s.preview(f, applicant)
	}
	return f
}

func (s showing) group(f form, o review.Offer) reasonGroup {
	g := reasonGroup{Name: o.Subject.Kind + "/" + o.Subject.Ref, Label: words.Label(s.p, o.Label, o.Subject.Ref)}
	var last string
	for _, code := range o.Codes {
		family, _, _ := strings.Cut(code.Code, ".")
		if family != last {
			g.Kinds = append(g.Kinds, reasonKind{Label: s.p.T("admin.reasons." + family)})
			last = family
		}
		box := s.box(f, o.Subject, code)
		if box.Ticked {
			g.Ticked++
		}
		k := &g.Kinds[len(g.Kinds)-1]
		k.Boxes = append(k.Boxes, box)
	}
	return g
}

func (s showing) box(f form, about kyc.Subject, code review.Code) reasonBox {
	return reasonBox{Value: about.Kind + "/" + about.Ref + "/" + code.Code, Label: words.Reason(s.p, code.Code),
		Ticked: slices.Contains(f.picks, review.Pick{Code: code.Code, Subject: about}), Private: code.Private}
}

// preview words the picks as the applicant will read them.
func (s showing) preview(f form, applicant *locales.Printer) *preview {
	letter := s.v.Letter(f.picks, f.Note)
	out := &preview{Lang: applicant.Lang(), Dir: applicant.Dir(), Note: letter.Note, Untold: letter.Untold > 0}
	told := func(list []review.Passage) (items []previewItem) {
		for _, x := range list {
			items = append(items, previewItem{Label: words.Label(applicant, x.Label, x.Subject.Ref),
				Text: words.Passage(applicant, x.Text, x.Params), Remedy: words.Passage(applicant, x.Remedy, x.Params)})
		}
		return items
	}
	out.Again, out.Rejected = told(letter.Again), told(letter.Rejected)
	return out
}
