package review

import (
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// What a reviewer can say about a document, about the data of a step, and of
// an application that is rejected for good. The vocabulary is the one of the
// automated checks; these are the parts of it that a person can tell.
var (
	documentCodes = []string{
		"image.blur", "image.glare", "image.dark", "image.cropped", "image.obstructed",
		"image.low_resolution", "image.grayscale", "image.edited", "image.screenshot",
		"image.photo_of_screen", "image.photocopy", "image.no_document", "image.multiple_documents",
		"document.side_missing", "document.same_side_twice", "document.type_not_accepted",
		"document.country_not_accepted", "document.type_country_conflict", "document.expired",
		"document.expires_soon", "document.damaged", "document.unsigned", "document.sample",
		"document.translation_needed", "document.mrz_unreadable",
		"data.name_mismatch", "data.birth_date_mismatch", "data.number_mismatch", "data.field_unreadable",
	}
	stepCodes = []string{
		"data.name_mismatch", "data.birth_date_mismatch", "data.number_mismatch",
		"data.address_mismatch", "data.incomplete",
	}
	rejectCodes = []string{
		"policy.underage", "policy.region_blocked", "policy.membership_not_eligible",
		"policy.duplicate_person", "policy.attempts_exhausted",
		"risk.sanctions_hit", "risk.forgery", "risk.stolen_identity", "risk.network", "risk.blocklist",
	}
	// recoveryCodes are for who does not get an account back. What they read is the
	// same whether there is such an account or not.
	recoveryCodes = []string{
		"policy.account_unconfirmed", "policy.attempts_exhausted",
		"risk.forgery", "risk.stolen_identity", "risk.network", "risk.blocklist",
	}
)

// rejections are the codes for which an application of a market is rejected.
func rejections(market kyc.MarketID) []string {
	if market == kyc.RecoveryMarket {
		return recoveryCodes
	}
	return rejectCodes
}

// Offer is the reasons that can be given about one document, about the data of
// one step, or about the whole application.
type Offer struct {
	Outcome kyc.Outcome // that takes them: ask again, or reject
	Subject kyc.Subject
	Label   string // message key of the subject; "" for the application
	Codes   []Code
}

// Code is a reason code to choose.
type Code struct {
	Code    string
	Private bool // the applicant does not read the reason itself
}

// Offers lists what a reviewer can say about the case, with what it is about.
func (v *View) Offers() []Offer {
	var out []Offer
	for _, doc := range v.Documents {
		if slices.ContainsFunc(doc.Sides, func(s SideData) bool { return s.File.ID != "" }) {
			out = append(out, Offer{kyc.AskAgain, kyc.Subject{Kind: "document", Ref: doc.Requirement}, doc.Label, choices(documentCodes)})
		}
	}
	for _, step := range v.Steps {
		if step.Askable {
			out = append(out, Offer{kyc.AskAgain, kyc.Subject{Kind: "step", Ref: string(step.ID)}, step.Title, choices(stepCodes)})
		}
	}
	return append(out, Offer{Outcome: kyc.Reject, Subject: kyc.Subject{Kind: "application"}, Codes: choices(rejections(v.Application.Market))})
}

func choices(codes []string) []Code {
	var out []Code
	for _, c := range codes {
		_, audience, _ := kyc.ReasonDefault(c)
		out = append(out, Code{c, audience != kyc.Public})
	}
	return out
}

// Pick is a reason code that a reviewer ticked, and what for.
type Pick struct {
	Code    string
	Subject kyc.Subject
}

// reason makes the full record of a pick, with the defaults of its code but for
// what the outcome settles: a document asked again can be mended, a rejection
// cannot.
func (p Pick) reason(staff kyc.StaffID, outcome kyc.Outcome) kyc.Reason {
	r := kyc.NewReason(p.Code, p.Subject, kyc.Source{Kind: "reviewer", Name: string(staff)}, nil)
	r.Disposition = kyc.Retry
	if outcome == kyc.Reject {
		r.Disposition = kyc.Final
	}
	return r
}
