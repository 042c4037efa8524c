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
	// CasesOfApplication lists the cases that an application had.
	CasesOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Case, error)
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
	Why         Why
}

// Why is why, as it may be told: nobody learns by it that somebody suspects him.
type Why string

const (
	ForReview    Why = "review"
	ForContact   Why = "contact"   // to get in touch with the person
	ForComplaint Why = "complaint" // because of a complaint or a question
)

// told is how reasons of staff are told; all others are ForReview.
var told = map[string]Why{"contact_applicant": ForContact, "complaint": ForComplaint}

// together is how long after each other the same reader's looks at the same thing
// are told as one.
const together = time.Hour

// maxReadings bounds the lines read of each case.
const maxReadings = 500

// Readers tells people who read their documents and data, from the record.
type Readers struct {
	Store ReadersStore
	Flows Flows
}

// OfAccount tells it the owner of an account.
func (r *Readers) OfAccount(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]Reading, error) {
	a, err := r.Store.Account(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return r.OfApplication(ctx, tenant, a.Application)
}

// OfApplication tells it the holder of an application, the latest first. That it
// is the holder who asks is for the door to see.
func (r *Readers) OfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]Reading, error) {
	app, err := r.Store.Application(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	cases, err := r.Store.CasesOfApplication(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	var lines []kyc.AuditLine
	for _, c := range cases {
		for _, action := range []string{audit.DocumentViewed, audit.DataRevealed} {
			found, err := r.Store.AuditLines(ctx, tenant, kyc.AuditFilter{ObjectKind: "case", ObjectID: string(c.ID), Action: action}, "", maxReadings)
			if err != nil {
				return nil, err
			}
			lines = append(lines, found...)
		}
	}
	slices.SortFunc(lines, func(a, b kyc.AuditLine) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID)) })
	flow, err := r.Flows.Flow(ctx, app.Market, app.Provider)
	if err != nil {
		flow = &kyc.Flow{} // without it documents have no names
	}
	return readings(lines, flow), nil
}

// readings tells lines, the latest first, as readings.
func readings(lines []kyc.AuditLine, flow *kyc.Flow) []Reading {
	type look struct{ who, requirement, why string }
	var list []Reading
	first := map[look]int{} // place of the reading that looks are told with
	since := map[look]kyc.Millis{}
	for _, l := range lines {
		if l.Detail["what"] == "documents" {
			continue // each document that was then opened has its line
		}
		this := look{l.Actor.ID, l.Detail["requirement"], l.Detail["why"]}
		if i, seen := first[this]; seen && since[this].Time().Sub(l.At.Time()) < together {
			list[i].Times++
			since[this] = l.At
			continue
		}
		why, known := told[l.Detail["why"]]
		if !known {
			why = ForReview
		}
		first[this], since[this] = len(list), l.At
		list = append(list, Reading{At: l.At, Times: 1, Role: l.Detail["role"], Requirement: this.requirement, Label: label(flow, this.requirement), Why: why})
	}
	return list
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
