package api

import (
	"mime"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
)

// caseFilter is the query of the queue.
var caseFilter = []huma.Param{
	choiceParam("state", "Absent: what is not decided", "open", "claimed", "decided"),
	textParam("market", "Cases of one market only"),
	choiceParam("age", "overdue: past the service target; soon: past it within four hours", review.Ages()...),
	choiceParam("mine", "Only what you have claimed", "true", "false"),
	choiceParam("risk", "Of this risk only", kyc.Risks()...),
	choiceParam("second", "Only what waits for a second person", "true", "false"),
	choiceParam("sort", "risk: the highest risk first, then by due date; absent: by due date", review.Sorts()...),
	textParam("after", "Place of the page, as the page before named it"),
}

func (d *Door) cases(c *fiber.Ctx, who caller, _ none) (CasePage, error) {
	for _, name := range []string{"mine", "second"} {
		if x := c.Query(name); x != "" && x != "true" && x != "false" {
			return CasePage{}, kyc.EKey(kyc.Invalid, "error.list_filter", "%s is neither true nor false", name)
		}
	}
	f := review.Filter{State: kyc.CaseState(c.Query("state")), Market: kyc.MarketID(c.Query("market")), Age: c.Query("age"),
		Mine: c.Query("mine") == "true", Risk: c.Query("risk"), Second: c.Query("second") == "true", Sort: c.Query("sort")}
	page, err := d.Desk.Queue(c.UserContext(), who.desk, f, c.Query("after"))
	if err != nil {
		return CasePage{}, err
	}
	p, out := d.Printer(who.locale), CasePage{Cases: []CaseItem{}, After: page.After}
	for _, i := range page.Items {
		out.Cases = append(out.Cases, item(p, i))
	}
	return out, nil
}

// open answers the case as it stands, after whatever was done with it.
func (d *Door) open(c *fiber.Ctx, who caller, id kyc.CaseID, err error) (Case, error) {
	if err != nil {
		return Case{}, err
	}
	v, err := d.Desk.Open(c.UserContext(), who.desk, id)
	if err != nil {
		return Case{}, err
	}
	return d.renderCase(who, v), nil
}

func caseID(c *fiber.Ctx) kyc.CaseID { return kyc.CaseID(c.Params("case")) }

func (d *Door) nextCase(c *fiber.Ctx, who caller, _ none) (Case, error) {
	key, err := idempotencyKey(c)
	if err != nil {
		return Case{}, err
	}
	claimed, err := d.Desk.Next(c.UserContext(), who.desk, key)
	return d.open(c, who, claimed.ID, err)
}

func (d *Door) readCase(c *fiber.Ctx, who caller, _ none) (Case, error) {
	return d.open(c, who, caseID(c), nil)
}

func (d *Door) claimCase(c *fiber.Ctx, who caller, _ none) (Case, error) {
	_, err := d.Desk.Claim(c.UserContext(), who.desk, caseID(c))
	return d.open(c, who, caseID(c), err)
}

func (d *Door) releaseCase(c *fiber.Ctx, who caller, _ none) (Case, error) {
	return d.open(c, who, caseID(c), d.Desk.Release(c.UserContext(), who.desk, caseID(c)))
}

func (d *Door) sendAgain(c *fiber.Ctx, who caller, _ none) (Case, error) {
	return d.open(c, who, caseID(c), d.Desk.SendAgain(c.UserContext(), who.desk, caseID(c)))
}

func (d *Door) takeBack(c *fiber.Ctx, who caller, _ none) (Case, error) {
	return d.open(c, who, caseID(c), d.Desk.TakeBack(c.UserContext(), who.desk, caseID(c)))
}

func (d *Door) revealCase(c *fiber.Ctx, who caller, in RevealRequest) (Case, error) {
	wish := review.Reveal{What: in.What, Why: in.Why, Ticket: strings.TrimSpace(in.Ticket)}
	return d.open(c, who, caseID(c), d.Desk.Reveal(c.UserContext(), who.desk, caseID(c), wish))
}

// choice is the desk's form of what was chosen.
func (in PreviewRequest) choice() review.Choice {
	out := review.Choice{Outcome: kyc.Outcome(in.Outcome), Note: strings.ReplaceAll(in.Note, "\r\n", "\n")}
	for _, r := range in.Reasons {
		out.Picks = append(out.Picks, review.Pick{Code: r.Code, Subject: kyc.Subject{Kind: r.Subject.Kind, Ref: r.Subject.Ref}})
	}
	return out
}

func (d *Door) previewCase(c *fiber.Ctx, who caller, in PreviewRequest) (Preview, error) {
	v, letter, err := d.Desk.Preview(c.UserContext(), who.desk, caseID(c), in.choice())
	if err != nil {
		return Preview{}, err
	}
	p := d.Printer(v.Locale)
	out := Preview{Locale: p.Lang(), Dir: p.Dir(), Passages: []PreviewText{}, Untold: letter.Untold, Note: letter.Note}
	for _, x := range append(letter.Again, letter.Rejected...) {
		out.Passages = append(out.Passages, PreviewText{Subject: Subject{Kind: x.Subject.Kind, Ref: x.Subject.Ref},
			About: words.Label(p, x.Label, x.Subject.Ref), Text: words.Passage(p, x.Text, x.Params), Remedy: words.Passage(p, x.Remedy, x.Params)})
	}
	return out, nil
}

func (d *Door) decideCase(c *fiber.Ctx, who caller, in DecisionRequest) (Case, error) {
	choice := in.choice()
	choice.Evidence, choice.Version = in.Evidence, in.Version
	_, err := d.Desk.Decide(c.UserContext(), who.desk, caseID(c), choice)
	return d.open(c, who, caseID(c), err)
}

func (d *Door) confirmCase(c *fiber.Ctx, who caller, in AgreeRequest) (Case, error) {
	_, err := d.Desk.Confirm(c.UserContext(), who.desk, caseID(c), in.Evidence, in.Version)
	return d.open(c, who, caseID(c), err)
}

func (d *Door) opposeCase(c *fiber.Ctx, who caller, in OpposeRequest) (Case, error) {
	return d.open(c, who, caseID(c), d.Desk.Oppose(c.UserContext(), who.desk, caseID(c), strings.ReplaceAll(in.Reason, "\r\n", "\n")))
}

func (d *Door) withdrawCase(c *fiber.Ctx, who caller, _ none) (Case, error) {
	return d.open(c, who, caseID(c), d.Desk.Withdraw(c.UserContext(), who.desk, caseID(c)))
}

// fileForm is the query of a file.
var fileForm = choiceParam("form", "rendition (if absent): drawn by us, an image and nothing else; original: as it was uploaded, to be kept and never shown", "rendition", "original")

// caseFileHandler streams a file. Whatever is in it, a browser is told to do
// nothing with it but show a picture.
func (d *Door) caseFileHandler() handler {
	return handler{status: 200, files: []string{"image/jpeg", "image/png", "image/webp"}, serve: func(c *fiber.Ctx, who caller) error {
		form := c.Query("form", "rendition")
		if form != "rendition" && form != "original" {
			return kyc.EKey(kyc.Invalid, "error.list_filter", "unknown form of a file")
		}
		file, err := d.Desk.ViewFile(c.UserContext(), who.desk, caseID(c), kyc.FileID(c.Params("file")), form == "rendition")
		if err != nil {
			return err
		}
		disposition := "inline"
		if file.Original {
			disposition = "attachment"
		}
		c.Set(fiber.HeaderContentType, file.Media)
		c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType(disposition, map[string]string{"filename": file.Name}))
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox; frame-ancestors 'none'")
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
		return c.SendStream(file) // closed by the server when it is sent or given up
	}}
}
