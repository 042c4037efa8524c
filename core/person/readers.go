package person

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// ReadersStore is what Readers reads.
type ReadersStore interface {
	Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error)
	Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error)
	PersonApplications(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Application, error)
	// CasesOfApplication lists the cases that an application had.
	CasesOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Case, error)
	// Recoveries lists the requests about an account since a time, newest first.
	Recoveries(ctx context.Context, tenant kyc.TenantID, account kyc.AccountID, since kyc.Millis, limit int) ([]kyc.Recovery, error)
	AuditLines(ctx context.Context, tenant kyc.TenantID, f kyc.AuditFilter, before kyc.AuditID, limit int) ([]kyc.AuditLine, error)
}

// Flows describes markets, so that documents have names.
type Flows interface {
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
}

// Reading is that staff read something about a person: when it was last, in which
// role, what, why, and how often within an hour. Whoever it was is not told: the
// record has the name, for those who oversee staff.
type Reading struct {
	At          kyc.Millis
	Times       int
	Role        string
	Requirement string // of a document; "" for what the person typed
	Label       string // message key of the document's name; "" when the market does not know it any more
	All         bool   // everything that is held was given out as an archive
	Why         Why
}

// Why is why, as it may be told: nobody learns by it that somebody suspects him.
type Why string

const (
	ForReview    Why = "review"
	ForContact   Why = "contact"   // to get in touch with the person
	ForComplaint Why = "complaint" // because of a complaint or a question
	ForRequest   Why = "request"   // because the person asked for it
	ForDuty      Why = "duty"      // a duty of the business: a look at how the work is done or what the law asks for
)

// told is how reasons of staff are told; all others are ForReview.
var told = map[string]Why{"contact_applicant": ForContact, "complaint": ForComplaint,
	ExportRequested: ForRequest}

// together is how long after each other the same reader's looks at the same thing
// are told as one.
const together = time.Hour

// maxReadings bounds the lines read of each case, maxRequests the recovery requests
// of an account whose cases are read: anybody may send some, a few a day.
const (
	maxReadings = 500
	maxRequests = 200
)

// Readers tells people who read their documents and data, from the record.
type Readers struct {
	Store ReadersStore
	Flows Flows
}

// look is a line of the record, and whose application it is about.
type look struct {
	kyc.AuditLine
	of kyc.Application
}

// OfAccount tells it the owner of an account, the latest first: of all applications
// of his, and of what was looked at because somebody asked to recover the account.
func (r *Readers) OfAccount(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]Reading, error) {
	a, err := r.Store.Account(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	all, err := r.Store.PersonApplications(ctx, tenant, a.Applicant)
	if err != nil {
		return nil, err
	}
	var looks []look
	for _, app := range all {
		own, err := r.inCases(ctx, app.ID, app)
		if err != nil {
			return nil, err
		}
		looks = append(looks, own...)
	}
	requests, err := r.Store.Recoveries(ctx, tenant, id, 0, maxRequests)
	if err != nil {
		return nil, err
	}
	for _, app := range all {
		if app.ID != a.Application {
			continue
		}
		for _, request := range requests {
			there, err := r.inCases(ctx, request.Application, app)
			if err != nil {
				return nil, err
			}
			looks = append(looks, there...)
		}
	}
	out, err := r.handouts(ctx, all[0])
	if err != nil {
		return nil, err
	}
	return r.tell(ctx, append(looks, out...)), nil
}

// OfApplication tells it the holder of an application, the latest first. That it
// is the holder who asks is for the door to see. Who holds a recovery request is
// told nothing of the account that it names, not even that there is one.
func (r *Readers) OfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]Reading, error) {
	app, err := r.Store.Application(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	looks, err := r.inCases(ctx, app.ID, app)
	if err != nil {
		return nil, err
	}
	out, err := r.handouts(ctx, app)
	if err != nil {
		return nil, err
	}
	return r.tell(ctx, append(looks, out...)), nil
}

// handouts lists when everything held about the person of an application was given
// out, but for what the person fetched.
func (r *Readers) handouts(ctx context.Context, app kyc.Application) ([]look, error) {
	found, err := r.Store.AuditLines(ctx, app.Tenant, kyc.AuditFilter{ObjectKind: "applicant", ObjectID: string(app.Applicant), Action: audit.PersonExported}, "", maxReadings)
	var looks []look
	for _, l := range found {
		if l.Actor != audit.Applicant(app.Applicant) {
			looks = append(looks, look{l, app})
		}
	}
	return looks, err
}

// inCases lists the looks at an application in the cases of the same or of another
// one, such as a request to recover the account that it led to.
func (r *Readers) inCases(ctx context.Context, of kyc.ApplicationID, app kyc.Application) ([]look, error) {
	cases, err := r.Store.CasesOfApplication(ctx, app.Tenant, of)
	if err != nil {
		return nil, err
	}
	var looks []look
	for _, c := range cases {
		for _, action := range []string{audit.DocumentViewed, audit.DataRevealed} {
			found, err := r.Store.AuditLines(ctx, app.Tenant, kyc.AuditFilter{ObjectKind: "case", ObjectID: string(c.ID), Action: action}, "", maxReadings)
			if err != nil {
				return nil, err
			}
			for _, l := range found {
				if shows(l, c, app.ID) {
					looks = append(looks, look{l, app})
				}
			}
		}
	}
	return looks, nil
}

// shows tells whether what a line in a case is about was of an application. A step
// revealed is the case's own; "everything" is what the case shows of others, too.
// That documents were revealed is not told: each that was then opened has its line.
// Lines of before did not say whose document it was; it was the case's.
func shows(l kyc.AuditLine, c kyc.Case, id kyc.ApplicationID) bool {
	switch {
	case l.Action == audit.DocumentViewed:
		return cmp.Or(l.Detail["application"], string(c.Application)) == string(id)
	case l.Detail["what"] == "documents":
		return false
	}
	return c.Application == id || l.Detail["what"] == "everything"
}

// tell makes of looks, in whatever order, what people are told.
func (r *Readers) tell(ctx context.Context, looks []look) []Reading {
	slices.SortFunc(looks, func(a, b look) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID)) })
	type thing struct {
		who, requirement, why string
		of                    kyc.ApplicationID
		all                   bool
	}
	var list []Reading
	first := map[thing]int{} // place of the reading that looks are told with
	since := map[thing]kyc.Millis{}
	flows := map[kyc.ApplicationID]*kyc.Flow{}
	for _, l := range looks {
		this := thing{l.Actor.ID, l.Detail["requirement"], l.Detail["why"], l.of.ID, l.Action == audit.PersonExported}
		if i, seen := first[this]; seen && since[this].Time().Sub(l.At.Time()) < together {
			list[i].Times++
			since[this] = l.At
			continue
		}
		if flows[l.of.ID] == nil {
			flows[l.of.ID] = r.flow(ctx, l.of)
		}
		first[this], since[this] = len(list), l.At
		list = append(list, Reading{At: l.At, Times: 1, Role: l.Detail["role"], Requirement: this.requirement, Label: label(flows[l.of.ID], this.requirement),
			All: this.all, Why: l.why()})
	}
	return list
}

// why is the reason as it is told.
func (l look) why() Why {
	if why, known := told[l.Detail["why"]]; known {
		return why
	}
	if l.Action == audit.PersonExported {
		return ForDuty
	}
	return ForReview
}

// flow is an application's; an empty one when its market is not there to tell, so
// that documents have no names.
func (r *Readers) flow(ctx context.Context, app kyc.Application) *kyc.Flow {
	flow, err := r.Flows.Flow(ctx, app.Market, app.Provider)
	if err != nil {
		return &kyc.Flow{}
	}
	return flow
}

// label is the message key of a document's name.
func label(flow *kyc.Flow, requirement string) string {
	for _, step := range flow.Steps {
		for _, d := range step.Documents {
			if d.ID == requirement && requirement != "" {
				return d.Label
			}
		}
	}
	return ""
}
