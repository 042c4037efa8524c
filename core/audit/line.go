package audit

import (
	"regexp"

	"github.com/paifang/paifang/core/kyc"
)

// Withheld stands in a line for a detail that looked like personal data.
const Withheld = "withheld"

// Line makes a line of the record, to be committed with the change that it is
// about. Detail is pairs of name and value; a value that is empty is left out,
// one that looks like personal data (see Personal) is replaced by Withheld: the
// event is recorded in any case.
func Line(clock kyc.Clock, ids kyc.IDs, tenant kyc.TenantID, actor kyc.Actor, action, objectKind, objectID string, detail ...string) kyc.AppendAudit {
	line := kyc.AuditLine{
		Tenant: tenant, ID: kyc.AuditID(ids()), At: kyc.At(clock()), Actor: actor,
		Action: action, ObjectKind: objectKind, ObjectID: objectID,
	}
	for len(detail) > 0 {
		name, value := detail[0], Withheld // a name without its value is a mistake that must not lose the line
		if len(detail) > 1 {
			value = Fit(name, detail[1])
		}
		if value != "" {
			if line.Detail == nil {
				line.Detail = map[string]string{}
			}
			line.Detail[name] = value
		}
		detail = detail[min(2, len(detail)):]
	}
	return kyc.AppendAudit{AuditLine: line}
}

// ticket is the form of a number of a ticket or file.
var ticket = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$`)

// Ticket tells whether a text has the form of a number of a ticket or file: up to 40
// letters, digits and ._/-, and before a long number two letters or a letter and a
// hyphen, so that it is not somebody's telephone.
func Ticket(text string) bool {
	return ticket.MatchString(text) && (lettered.MatchString(text) || !Personal(text))
}

// lettered begins as T-1234567 and INC0012345 do.
var lettered = regexp.MustCompile(`^[A-Za-z](-|[A-Za-z])`)

// Staff, Applicant and System name who acts.
func Staff(id kyc.StaffID) kyc.Actor         { return kyc.Actor{Kind: "staff", ID: string(id)} }
func Applicant(id kyc.ApplicantID) kyc.Actor { return kyc.Actor{Kind: "applicant", ID: string(id)} }
func System(name string) kyc.Actor           { return kyc.Actor{Kind: "system", ID: name} }
