package rollout

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/trace"
)

// Version is a version of a market that can be asked.
type Version interface {
	Flow() *kyc.Flow
	Evaluate(ctx context.Context, q kyc.Question) (kyc.Finding, error)
}

// Recordings are applications as they were answered.
type Recordings interface {
	// Recent lists applications of a market, of all tenants, the newest first.
	Recent(ctx context.Context, market kyc.MarketID, limit int) ([]kyc.ApplicationRef, error)
	// Questions tells what was asked about one.
	Questions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Question, error)
	// Checks are what was checked about one.
	Checks(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Check, error)
}

// MaxRehearsed bounds the applications of one rehearsal.
const MaxRehearsed = 10_000

// Rehearse asks two versions the same about recorded applications, at most limit,
// and tells where they differ. Answers are opened in memory and nothing of them is
// told. progress is called after each application; it may be nil.
func Rehearse(ctx context.Context, r Recordings, market kyc.MarketID, from, to Version, limit int, progress func(done, of int)) (Rehearsal, error) {
	if limit <= 0 {
		return Rehearsal{}, nil
	}
	ctx, span := trace.Start(ctx, "rehearsal", trace.Market(market))
	out, err := rehearse(ctx, r, market, from, to, limit, progress)
	span.Say(trace.Count("paifang.rehearsal.applications", out.Applications), trace.Count("paifang.rehearsal.steps", out.Steps),
		trace.Count("paifang.rehearsal.decisions", len(out.Decisions)), trace.Count("paifang.rehearsal.unreadable", out.Unreadable))
	span.End(err)
	return out, err
}

func rehearse(ctx context.Context, r Recordings, market kyc.MarketID, from, to Version, limit int, progress func(done, of int)) (Rehearsal, error) {
	var out Rehearsal
	list, err := r.Recent(ctx, market, min(limit, MaxRehearsed))
	if err != nil {
		return out, err
	}
	for i, ref := range list {
		if err := ctx.Err(); err != nil {
			return out, kyc.Wrap(kyc.Unavailable, err, "rehearsal")
		}
		if err := out.one(ctx, r, ref, from, to); err != nil {
			return out, err
		}
		if progress != nil {
			progress(i+1, len(list))
		}
	}
	return out, nil
}

// one rehearses an application.
func (r *Rehearsal) one(ctx context.Context, rec Recordings, ref kyc.ApplicationRef, from, to Version) error {
	questions, err := rec.Questions(ctx, ref.Tenant, ref.ID)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.Unreadable++
		return nil
	}
	checks, err := rec.Checks(ctx, ref.Tenant, ref.ID)
	if err != nil {
		return err
	}
	r.Applications++
	was, is := &course{flow: from.Flow()}, &course{flow: to.Flow()}
	for _, q := range questions {
		r.Steps++
		a, failed := from.Evaluate(ctx, q)
		b, fails := to.Evaluate(ctx, q)
		was.step(q.Step, a, failed)
		is.step(q.Step, b, fails)
		at := Difference{Tenant: ref.Tenant, Application: ref.ID, Step: q.Step}
		if faultOf(failed) != faultOf(fails) {
			r.add(at, "", "fault", faultOf(failed), faultOf(fails))
			continue
		}
		r.findings(at, a, b)
	}
	if x, y := was.decision(checks), is.decision(checks); x != y {
		r.Decisions = append(r.Decisions, Difference{Tenant: ref.Tenant, Application: ref.ID, What: "decision", From: x, To: y})
	}
	return nil
}

func faultOf(err error) string { return string(kyc.CodeOf(err)) }

func (r *Rehearsal) add(at Difference, path, what, from, to string) {
	if len(r.Findings) >= MaxFindings {
		r.More++
		return
	}
	at.Path, at.What, at.From, at.To = path, what, from, to
	r.Findings = append(r.Findings, at)
}

// findings compares what two versions found about a step.
func (r *Rehearsal) findings(at Difference, a, b kyc.Finding) {
	r.sets(at, "problem", problems(a), problems(b))
	r.sets(at, "reason", reasons(a), reasons(b))
	if a.Tier != b.Tier {
		r.add(at, "", "tier", a.Tier, b.Tier)
	}
	r.sets(at, "requested", requested(a), requested(b))
	r.sets(at, "identity", identities(a), identities(b))
	r.values(at, "normalized", a.Normalized, b.Normalized)
	r.values(at, "derived", a.Derived, b.Derived)
}

// entry is a code and where it stands. What else makes it another one is secret.
type entry struct{ path, code, secret string }

// sets tells what is in one list only.
func (r *Rehearsal) sets(at Difference, what string, a, b []entry) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			r.add(at, x.path, what, x.code, "")
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			r.add(at, x.path, what, "", x.code)
		}
	}
}

func problems(f kyc.Finding) (list []entry) {
	for _, p := range f.Problems {
		list = append(list, entry{p.Path, p.Code, ""})
	}
	return list
}

func reasons(f kyc.Finding) (list []entry) {
	for _, x := range f.Reasons {
		list = append(list, entry{x.Subject.Ref, x.Code, ""})
	}
	return list
}

func requested(f kyc.Finding) (list []entry) {
	for _, s := range f.Request {
		list = append(list, entry{"", string(s), ""})
	}
	return list
}

func identities(f kyc.Finding) (list []entry) {
	for _, x := range f.Identities {
		list = append(list, entry{"", x.Class, x.Value})
	}
	return list
}

// values tells which names two sets of values differ in, and no value.
func (r *Rehearsal) values(at Difference, what string, a, b kyc.Values) {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	var differ []string
	for name := range names {
		x, inA := a[name]
		y, inB := b[name]
		if x != y || inA != inB {
			differ = append(differ, name)
		}
	}
	slices.Sort(differ)
	for _, name := range differ {
		_, inA := a[name]
		_, inB := b[name]
		r.add(at, name, what, map[bool]string{true: "value"}[inA], map[bool]string{true: map[bool]string{true: "other", false: "value"}[inA]}[inB])
	}
}

// course is how an application would have gone with one version.
type course struct {
	flow    *kyc.Flow
	stopped kyc.StepID // where it fell short
	lame    bool       // the version could not tell
	reasons []kyc.Reason
}

func (c *course) step(id kyc.StepID, f kyc.Finding, err error) {
	switch {
	case err != nil:
		c.lame = true
	case len(f.Problems) > 0 && c.stopped == "":
		c.stopped = id
	}
	c.reasons = append(c.reasons, f.Reasons...)
}

// decision is where the application would have gone: approved, in_review with the
// codes of its reasons, or stopped at a step.
func (c *course) decision(checks []kyc.Check) string {
	switch {
	case c.lame || c.flow == nil:
		return "fault"
	case c.stopped != "":
		return "stopped:" + string(c.stopped)
	}
	state, why := kyc.Decide(c.flow.Review, c.flow.Checks, checks, c.reasons)
	var codes []string
	for _, x := range why {
		codes = append(codes, x.Code)
	}
	slices.Sort(codes)
	if codes = slices.Compact(codes); len(codes) > 0 {
		return string(state) + ":" + strings.Join(codes, ",")
	}
	return string(state)
}
