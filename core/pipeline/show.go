package pipeline

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Get resumes: the application as it stands.
func (p *Pipeline) Get(ctx context.Context, r Ref) (*View, error) {
	u, err := p.load(ctx, r)
	return u.viewOr(ctx, err)
}

// GetStep is Get with Next showing a step that is already done, if it may be
// changed.
func (p *Pipeline) GetStep(ctx context.Context, r Ref, id kyc.StepID) (*View, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	step, err := u.openStep(id)
	if err != nil {
		return nil, err
	}
	return u.viewStep(ctx, step)
}

// viewStep is view with Next showing a step that is open, whatever is next.
func (u *run) viewStep(ctx context.Context, s kyc.Step) (*View, error) {
	v, err := u.view(ctx)
	if err == nil && v.Next.Step != s.ID {
		v.Next, err = u.ask(ctx, s, nil)
	}
	return v, err
}

// Preview is GetStep with what is being typed in place of what is kept.
func (p *Pipeline) Preview(ctx context.Context, r Ref, id kyc.StepID, typed kyc.Values) (*View, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	step, err := u.openStep(id)
	if err != nil {
		return nil, err
	}
	v, err := u.view(ctx)
	if err == nil {
		v.Next, err = u.ask(ctx, step, typed)
	}
	return v, err
}

// onward is Get once a step is done. If the next one asks for nothing but the
// proof of what was typed before, its message is sent; when it cannot be, the
// step's button sends it and tells why not. That is nothing the step that is done
// fell short of.
func (p *Pipeline) onward(ctx context.Context, r Ref) (*View, error) {
	u, err := p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	return u.onward(ctx, r)
}

func (u *run) onward(ctx context.Context, r Ref) (*View, error) {
	v, err := u.view(ctx)
	if err != nil || len(v.Short) > 0 || v.Next.Kind != NextForm || len(v.Next.Fields) > 0 || len(v.Next.Problems) > 0 || len(v.Next.Consents) > 0 {
		return v, err
	}
	sent, err := u.p.Submit(ctx, r, Submission{Step: v.Next.Step})
	if err != nil {
		u.p.Log.WarnContext(ctx, "message not sent on entering the step", "tenant", r.Tenant, "application", r.Application, "code", kyc.CodeOf(err))
		return v, nil
	}
	sent.Short = nil
	return sent, nil
}

func (p *Pipeline) getOr(ctx context.Context, r Ref, err error) (*View, error) {
	if err != nil {
		return nil, err
	}
	return p.Get(ctx, r)
}

func (u *run) viewOr(ctx context.Context, err error) (*View, error) {
	if err != nil {
		return nil, err
	}
	return u.view(ctx)
}

// view is the application as its applicant sees it.
func (u *run) view(ctx context.Context) (*View, error) {
	v := &View{ID: u.app.ID, Tenant: u.app.Tenant, Market: u.app.Market, Title: u.flow.Title, Locale: u.app.Locale,
		Way: u.app.Way, Ways: u.otherWays(), State: u.app.State, Version: u.app.Version, Created: u.app.Created, Updated: u.app.Updated, Expires: u.app.Expires, Short: u.short}
	current := u.current()
	for _, s := range u.plan() {
		sv := StepView{ID: s.ID, Kind: s.Kind, Title: s.Title, State: "todo", Editable: u.editable(s)}
		switch {
		case u.state(s.ID) == kyc.StepDone:
			sv.State = "done"
		case u.state(s.ID) == kyc.StepAgain:
			sv.State = "again"
		case current != nil && s.ID == current.ID && u.app.State.Fillable():
			sv.State = "current"
		case u.isAside(s):
			sv.State = "aside"
		}
		v.Steps = append(v.Steps, sv)
	}
	for _, m := range u.messages {
		v.Messages = append(v.Messages, Delivery{Channel: m.Channel, Template: m.Template, State: m.State, Failure: m.Failure, At: m.Updated})
	}
	return v, u.next(ctx, v, current)
}

// next fills in what the applicant can do now.
func (u *run) next(ctx context.Context, v *View, current *kyc.Step) (err error) {
	switch {
	case u.app.State == kyc.Activated && u.recovery():
		v.Next = Next{Kind: NextClosed} // there is no new account; the old one is open again
	case u.app.State == kyc.Activated:
		v.Next = Next{Kind: NextDone}
		v.Result, err = u.result(ctx)
	case u.app.State.Final():
		v.Next = Next{Kind: NextClosed}
		if u.app.State == kyc.Rejected { // what checks noted is no reason of who gave up, or of time that ran out
			v.Next.Reasons, v.Next.Note, err = u.ending(ctx)
		}
	case u.app.State.Fillable() && current != nil && u.state(current.ID) == kyc.StepProving:
		v.Next, err = u.challenge(ctx, *current)
	case u.app.State.Fillable() && current != nil:
		v.Next, err = u.ask(ctx, *current, nil)
	default:
		v.Next = Next{Kind: NextWait}
	}
	if current != nil && u.app.State.Fillable() {
		v.Next.Instead = u.instead(*current)
	}
	return err
}

// ask is what a step asks for, with what was typed before or is being typed.
func (u *run) ask(ctx context.Context, s kyc.Step, values kyc.Values) (Next, error) {
	rec := u.records[s.ID]
	n := Next{Kind: NextForm, Step: s.ID, Title: s.Title, Intro: s.Intro, Problems: rec.Problems, Reasons: kyc.Told(rec.Reasons)}
	var err error
	if values == nil {
		if values, err = u.open(ctx, kyc.OfStep(kyc.SealedStepDraft, s.ID), rec.Draft); err != nil {
			return n, err
		}
	}
	if values == nil {
		values = u.undeclined(s, rec, u.answers[s.ID])
	}
	n.Fields = u.views(s, values)
	newest := kyc.Millis(0)
	if n.Consents, newest, err = u.consents(ctx, s); err != nil {
		return n, err
	}
	if len(rec.Problems) > 0 && newest <= rec.Updated {
		n.keepTicks(values)
	}
	if s.Kind == kyc.DocumentsStep {
		n.Kind = NextDocuments
		if n.Documents, err = u.askDocuments(ctx, s, rec); err != nil {
			return n, err
		}
	}
	if rec.State == kyc.StepAgain {
		if _, n.Note, err = u.ending(ctx); err != nil {
			return n, err
		}
	}
	n.Derived, err = u.told(ctx, s)
	return n, err
}

// undeclined are the answers to a step without the contact that was declined: the
// marketplace said it, and who did not type it is not shown the whole of it.
func (u *run) undeclined(s kyc.Step, rec kyc.StepRecord, values kyc.Values) kyc.Values {
	if !rec.Declined || s.Proof == nil || values[s.Proof.Field] != u.vouched(s) {
		return values
	}
	rest := maps.Clone(values)
	delete(rest, s.Proof.Field)
	return rest
}

// shown are the fields that a form may need: all but those that an earlier
// answer rules out. Whether a condition on the form itself holds is for the
// door to show (FieldView.When) and for validation to enforce.
func (u *run) shown(s kyc.Step, values kyc.Values) []kyc.Field {
	var fields []kyc.Field
	answers := u.live()
	for _, f := range s.Fields {
		has := func(list []kyc.Field) bool {
			return slices.ContainsFunc(list, func(other kyc.Field) bool { return other.Name == f.When.Field })
		}
		// One that depends on a field which is not asked itself is not asked either.
		if !u.needless(s, f) && (has(fields) || !has(s.Fields) && f.When.Holds(values, answers)) {
			fields = append(fields, f)
		}
	}
	return fields
}

// views are the fields shown with their values, each with whether it applies to
// these values.
func (u *run) views(s kyc.Step, values kyc.Values) []FieldView {
	var views []FieldView
	said, answers := kyc.Values{}, u.live()
	for _, f := range u.shown(s, values) {
		v := FieldView{Field: f, Values: prefill(f, values)}
		if v.Applies = f.When.Holds(canonical(s, said), answers); v.Applies {
			maps.Copy(said, v.Values) // what is not asked says nothing
		}
		views = append(views, v)
	}
	return views
}

func prefill(f kyc.Field, values kyc.Values) kyc.Values {
	filled := kyc.Values{}
	for _, name := range fieldNames(f) {
		if v, ok := values[name]; ok && !secret(f, name) && f.Type != kyc.ConsentField {
			filled[name] = v
		}
	}
	if _, typed := filled[f.Name]; !typed && f.Type != kyc.ListField && f.Default != "" {
		if f.Type == kyc.AddressField {
			if filled[f.Name+".country"] == "" {
				filled[f.Name+".country"] = f.Default
			}
		} else {
			filled[f.Name] = f.Default
		}
	}
	return filled
}

// keepTicks keeps the consent that somebody gave in an attempt that fell short
// for another reason. Only their own tick on the same texts may be shown.
func (n *Next) keepTicks(typed kyc.Values) {
	for i, f := range n.Fields {
		wrong := slices.ContainsFunc(n.Problems, func(p kyc.Problem) bool { return p.Path == f.Name })
		if f.Type == kyc.ConsentField && !wrong && typed[f.Name] == "true" {
			n.Fields[i].Values[f.Name] = "true"
		}
	}
}

// consents are the legal documents of a step, and when the newest came into force.
func (u *run) consents(ctx context.Context, s kyc.Step) (views []ConsentView, newest kyc.Millis, err error) {
	for _, document := range s.Consents {
		legal, err := u.p.Store.Legal(ctx, u.app.Tenant, document, u.app.Locale, u.now)
		if err != nil {
			return nil, 0, err
		}
		newest = max(newest, legal.From)
		views = append(views, ConsentView{Document: document, Version: legal.Version, Locale: legal.Locale, Title: legal.Title})
	}
	return views, newest, nil
}

func (u *run) askDocuments(ctx context.Context, s kyc.Step, rec kyc.StepRecord) ([]DocumentView, error) {
	have, err := u.files(ctx)
	if err != nil {
		return nil, err
	}
	var views []DocumentView
	for _, req := range u.documents(s) {
		d := DocumentView{Requirement: req, Files: have[req.ID]}
		for _, reason := range kyc.Told(rec.Reasons) {
			if reason.Subject.Ref == req.ID || strings.HasPrefix(reason.Subject.Ref, req.ID+"/") {
				d.Reasons = append(d.Reasons, reason)
			}
		}
		views = append(views, d)
	}
	return views, nil
}

// told are the values that the market told from the answers of the step before.
// A step that asks about several people is not the place to show those of one.
func (u *run) told(ctx context.Context, s kyc.Step) ([]DerivedView, error) {
	plan := u.plan()
	i := slices.IndexFunc(plan, func(x kyc.Step) bool { return x.ID == s.ID })
	var views []DerivedView
	if phone := u.knownContact(s); phone != "" {
		_, field := claimant(s)
		views = append(views, DerivedView{Label: "field.known_" + s.Proof.Channel, Name: field,
			Value: contact.Mask(kyc.ContactKind(s.Proof.Channel), phone), Type: kyc.TextField})
	}
	if i < 1 || slices.ContainsFunc(s.Fields, func(f kyc.Field) bool { return f.Type == kyc.ListField }) {
		return views, nil
	}
	values, err := u.open(ctx, kyc.OfStep(kyc.SealedStepDerived, plan[i-1].ID), u.records[plan[i-1].ID].Derived)
	if err != nil {
		return nil, err
	}
	for _, name := range sortedNames(values) {
		d := DerivedView{Label: "field.derived." + name, Name: name, Value: values[name], Type: kyc.TextField}
		switch {
		case strings.HasSuffix(name, "_date"):
			d.Type = kyc.DateField
		case name == "gender":
			d.Type, d.Options = kyc.SelectField, genders
		}
		views = append(views, d)
	}
	return views, nil
}

// genders are the values that documents and numbers tell.
var genders = []kyc.Option{{Value: "female", Label: "field.value.female"}, {Value: "male", Label: "field.value.male"},
	{Value: "unspecified", Label: "field.value.unspecified"}}

func (u *run) knownContact(s kyc.Step) string {
	if s.Proof != nil && s.Proof.Of != "" {
		return u.answers.At(s.Proof.Of)
	}
	for _, f := range s.Fields {
		if v := u.known(s, f); v != "" {
			return v
		}
	}
	return ""
}

// ending is why the last decision fell as it did, as far as the applicant may
// know, and the reviewer's words.
func (u *run) ending(ctx context.Context) ([]kyc.Reason, string, error) {
	var reasons []kyc.Reason
	for _, s := range u.plan() {
		reasons = append(reasons, kyc.Told(u.records[s.ID].Reasons)...)
	}
	decisions, err := u.p.Store.Decisions(ctx, u.app.Tenant, u.app.ID)
	if err != nil || len(decisions) == 0 {
		return reasons, "", err
	}
	last := slices.MaxFunc(decisions, func(a, b kyc.Decision) int { return int(a.At - b.At) })
	note := ""
	if len(last.Note) > 0 {
		if note, err = u.openText(ctx, kyc.SealedNote, last.Note); err != nil {
			return nil, "", err
		}
	}
	if u.app.State == kyc.Rejected {
		reasons = append(reasons, kyc.Told(last.Reasons)...)
	}
	return reasons, note, nil
}

func (u *run) result(ctx context.Context) (*Result, error) {
	a, err := u.p.Store.AccountOfApplication(ctx, u.app.Tenant, u.app.ID)
	if err != nil {
		return nil, err
	}
	res := &Result{Account: a.ID}
	if tier, ok := u.flow.Tier(a.Tier); ok {
		res.Tier = *tier
	}
	for _, id := range u.identifiers {
		if !id.Login || id.State != kyc.Bound {
			continue
		}
		name, err := u.openText(ctx, kyc.SealedIdentifier, id.Sealed)
		if err != nil {
			return nil, err
		}
		res.Logins = append(res.Logins, contact.Mask(kyc.ContactKind(id.Kind), name))
	}
	res.Balances, err = u.p.Store.Balances(ctx, a.Tenant, a.ID)
	return res, err
}

func sortedNames(values kyc.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
