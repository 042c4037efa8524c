package apply

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/portal/web"
)

// screen is an application on its page.
type screen struct {
	*pipeline.View
	Base    string // path of the application
	Number  int    // of the step, from 1; 0 when there is none
	Fields  []field
	Cards   []card
	Summary []mistake
	Digital *human // the form's human test, if it has one
	Test    *field // a human test that another code needs
	Can     bool   // may be withdrawn
	Movable bool   // may be continued on another device
}

// Wrong tells whether the last attempt fell short.
func (s *screen) Wrong() bool { return len(s.Summary) > 0 }

// testID is the place of the human test beside a code.
const testID = "resend-human"

// CodeProblems are those of the code typed, testProblems those of a human test
// beside it.
func (s *screen) CodeProblems() []kyc.Problem {
	return slices.DeleteFunc(slices.Clone(s.Next.Problems), func(p kyc.Problem) bool { return p.Path == humanField })
}

func (s *screen) testProblems() []kyc.Problem {
	return slices.DeleteFunc(slices.Clone(s.Next.Problems), func(p kyc.Problem) bool { return p.Path != humanField })
}

// Again tells whether something is asked again.
func (s *screen) Again() bool { return s.State == kyc.NeedsApplicant }

// Heading and Saying are what an application says that asks for nothing, as
// message keys.
func (s *screen) Heading() string { title, _ := s.Ending(); return title }
func (s *screen) Saying() string  { _, text := s.Ending(); return text }

// Told are the reasons that the applicant may know.
func (s *screen) Told() []kyc.Reason { return told(s.Next.Reasons) }

func told(reasons []kyc.Reason) []kyc.Reason {
	var list []kyc.Reason
	for _, r := range reasons {
		if r.Audience == kyc.Public {
			list = append(list, r)
		}
	}
	return list
}

// mistake is a line of the error summary.
type mistake struct {
	Anchor  string
	Problem kyc.Problem
	Label   string // message key of the field, "" for the whole step
	Row     int    // of a list, from 1; 0: in none
	Number  int    // of a security question, from 1
}

// retyped is a form that is shown again without having been submitted.
type retyped struct {
	values kyc.Values
	rows   map[string]int // how many rows a list shows
}

// application answers GET /t/:tenant/applications/:application.
func (d *Door) application(c *fiber.Ctx) error {
	v, err := d.Service.Get(c.UserContext(), ref(c))
	if err != nil {
		return err
	}
	return d.show(c, fiber.StatusOK, v, nil)
}

// stepPage answers GET …/steps/:step: the current step, or one that is done
// and may be changed.
func (d *Door) stepPage(c *fiber.Ctx) error {
	v, err := d.Service.GetStep(c.UserContext(), ref(c), kyc.StepID(c.Params("step")))
	if keyOf(err) == "error.step_order" || keyOf(err) == "error.not_open" {
		return c.Redirect(place(tenant(c), kyc.ApplicationID(c.Params("application"))), fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	return d.show(c, fiber.StatusOK, v, nil)
}

// show renders where an application stands. typed overlays the values kept,
// when a form is shown again without having been submitted.
func (d *Door) show(c *fiber.Ctx, status int, v *pipeline.View, typed *retyped) error {
	s := &screen{View: v, Base: place(v.Tenant, v.ID)}
	s.Number = 1 + slices.IndexFunc(v.Steps, func(st pipeline.StepView) bool { return st.ID == v.Next.Step })
	s.Can = v.State != kyc.Activated && kyc.Transition(v.State, kyc.Withdrawn) == nil
	s.Movable = !v.State.Final()
	if err := d.fill(c, s, typed); err != nil {
		return err
	}
	if v.Next.Kind == pipeline.NextDone || v.Next.Kind == pipeline.NextClosed {
		d.forget(c, v.ID)
	}
	page := map[pipeline.NextKind]string{pipeline.NextForm: "form", pipeline.NextChallenge: "challenge",
		pipeline.NextDocuments: "documents", pipeline.NextWait: "wait", pipeline.NextDone: "done",
		pipeline.NextClosed: "closed"}[v.Next.Kind]
	if page == "" {
		return kyc.E(kyc.Internal, "no page for %q", v.Next.Kind)
	}
	return d.Pages.Page(c, status, "apply/"+page, s)
}

// fill prepares fields, cards and the error summary.
func (d *Door) fill(c *fiber.Ctx, s *screen, typed *retyped) error {
	shown, err := d.consents(c, s.Next.Consents)
	if err != nil {
		return err
	}
	b := builder{problems: s.Next.Problems, consents: shown, fields: s.Next.Fields, home: base(c), locale: web.VisitOf(c).Locale}
	if typed != nil {
		b.typed, b.rows = typed.values, typed.rows
	}
	for _, f := range s.Next.Fields {
		m := b.field(f)
		if f.Type == kyc.HumanField {
			id, err := d.Human.Challenge(c.UserContext(), tenant(c))
			if err != nil {
				return err
			}
			m.Human = &human{Base: base(c), ID: id, Name: f.Name}
		}
		s.Fields = append(s.Fields, m)
	}
	if s.Next.Challenge != nil && s.Next.Challenge.Human {
		id, err := d.Human.Challenge(c.UserContext(), tenant(c))
		if err != nil {
			return err
		}
		s.Test = &field{Field: kyc.Field{Name: humanField, Type: kyc.HumanField, Label: "field.human"}, ID: testID,
			Problems: s.testProblems(),
			Human:    &human{Base: base(c), ID: id, Name: humanField}}
	}
	for _, doc := range s.Next.Documents {
		s.Cards = append(s.Cards, newCard(s.Base, doc, s.Next.Problems))
	}
	s.Summary = summarize(s)
	return nil
}

// consents are the legal documents as this page links to them: in the language of
// the visit, which may be another one than the application's.
func (d *Door) consents(c *fiber.Ctx, list []pipeline.ConsentView) ([]pipeline.ConsentView, error) {
	var out []pipeline.ConsentView
	for _, x := range list {
		legal, err := d.Tenants.Legal(c.UserContext(), tenant(c), x.Document, web.VisitOf(c).Locale, kyc.At(d.Pages.Clock()))
		if err != nil {
			return nil, err
		}
		out = append(out, pipeline.ConsentView{Document: x.Document, Version: legal.Version, Locale: legal.Locale, Title: legal.Title})
	}
	return out, nil
}

// agreedField is the name of the hidden control that says how a document was
// shown: "<language> <version>".
const agreedField = "_agreed."

// agreed reads them. A page that does not say counts as one that showed nothing
// that is in force: the person is asked again.
func agreed(list []pipeline.ConsentView, form func(name string) string) []pipeline.Agreed {
	var out []pipeline.Agreed
	for _, x := range list {
		locale, version, _ := strings.Cut(form(agreedField+x.Document), " ")
		out = append(out, pipeline.Agreed{Document: x.Document, Version: version, Locale: kyc.Locale(locale)})
	}
	return out
}

// summarize lists every problem once, with the control that it is about.
func summarize(s *screen) []mistake {
	var list []mistake
	for _, p := range s.Next.Problems {
		m := mistake{Anchor: "form"}
		for _, f := range s.Fields {
			if at, ok := f.find(p.Path); ok {
				m = at
			}
			if at, ok := f.findInRows(p.Path); ok {
				m = at
			}
		}
		for _, k := range s.Cards {
			for _, side := range k.Sides {
				if p.Path == side.Path {
					m.Anchor, m.Label = side.Anchor, side.Label
				}
			}
		}
		if s.Next.Kind == pipeline.NextChallenge {
			if m.Anchor = "code"; p.Path == humanField {
				m.Anchor = testID
			}
		}
		m.Problem = p
		list = append(list, m)
	}
	return list
}

// state answers GET …/state, which the waiting page asks: JSON with what would
// make it worth loading the page again.
func (d *Door) state(c *fiber.Ctx) error {
	v, err := d.Service.Get(c.UserContext(), ref(c))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"state": v.State, "kind": v.Next.Kind})
}

// submit answers POST …/steps/:step.
func (d *Door) submit(c *fiber.Ctx) error {
	step := kyc.StepID(c.Params("step"))
	v, err := d.Service.GetStep(c.UserContext(), ref(c), step)
	if err != nil {
		return d.went(c, nil, err)
	}
	form := func(name string) string { return c.FormValue(name) }
	values := decode(v.Next.Fields, form)
	if action := c.FormValue(actionField); action != "" && action != "submit" {
		// Show the form that fits what is typed: another country's addresses, the
		// fields of another kind of document.
		if v, err = d.Service.Preview(c.UserContext(), ref(c), step, values); err != nil {
			return d.went(c, nil, err)
		}
		v.Next.Problems = nil
		values, rows := rearrange(v.Next.Fields, action, form, values)
		return d.show(c, fiber.StatusOK, v, &retyped{values, rows})
	}
	v, err = d.Service.Submit(c.UserContext(), ref(c), pipeline.Submission{Step: step, Values: values, Agreed: agreed(v.Next.Consents, form)})
	return d.went(c, v, err)
}

// correct answers POST …/correct/:step: back from a code to the contact.
func (d *Door) correct(c *fiber.Ctx) error {
	v, err := d.Service.Correct(c.UserContext(), ref(c), kyc.StepID(c.Params("step")))
	return d.went(c, v, err)
}

// switchContact answers POST …/switch/:step: another contact in place of this one.
func (d *Door) switchContact(c *fiber.Ctx) error {
	v, err := d.Service.Switch(c.UserContext(), ref(c), kyc.StepID(c.Params("step")))
	return d.went(c, v, err)
}

// choose answers POST …/way: the other way into the market.
func (d *Door) choose(c *fiber.Ctx) error {
	v, err := d.Service.Choose(c.UserContext(), ref(c), c.FormValue("way"))
	return d.went(c, v, err)
}

// answer answers POST …/challenges/:challenge with the code typed.
func (d *Door) answer(c *fiber.Ctx) error {
	v, err := d.Service.Answer(c.UserContext(), ref(c), kyc.ChallengeID(c.Params("challenge")), c.FormValue("code"))
	return d.went(c, v, err)
}

// resend answers POST …/challenges/:challenge/resend.
func (d *Door) resend(c *fiber.Ctx) error {
	r := ref(c)
	r.Client.Human = solution(func(name string) string { return c.FormValue(name) }, humanField)
	v, err := d.Service.Resend(c.UserContext(), r, kyc.ChallengeID(c.Params("challenge")))
	if keyOf(err) == "error.resend_wait" { // the page shows the countdown
		return c.Redirect(place(tenant(c), kyc.ApplicationID(c.Params("application"))), fiber.StatusSeeOther)
	}
	return d.went(c, v, err)
}

// withdrawPage answers GET …/withdraw: what giving up means.
func (d *Door) withdrawPage(c *fiber.Ctx) error {
	v, err := d.Service.Get(c.UserContext(), ref(c))
	if err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/withdraw", &screen{View: v, Base: place(v.Tenant, v.ID)})
}

func (d *Door) withdraw(c *fiber.Ctx) error {
	v, err := d.Service.Withdraw(c.UserContext(), ref(c))
	return d.went(c, v, err)
}
