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
)

// DocumentCodes lists the codes with which a document can be asked again.
func DocumentCodes() []string { return slices.Clone(documentCodes) }

// StepCodes lists the codes with which the data of a step can be asked again.
func StepCodes() []string { return slices.Clone(stepCodes) }

// RejectCodes lists the codes with which an application can be rejected.
func RejectCodes() []string { return slices.Clone(rejectCodes) }

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

// Reasons turns picks into reasons as a decision of the given outcome would
// record them: what a preview shows is what the applicant gets.
func Reasons(outcome kyc.Outcome, picks []Pick) []kyc.Reason {
	var rs []kyc.Reason
	for _, p := range picks {
		rs = append(rs, p.reason("", outcome))
	}
	return rs
}
