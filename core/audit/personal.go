package audit

import (
	"regexp"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// maxDetail is more than a list of codes takes.
const maxDetail = 1000

var (
	// harmless are ids, digests and times, which have long runs of digits.
	harmless = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b` +
		`|\b[0-9a-f]{64}\b` +
		`|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	// about joins a reason's code and its subject: "image.blur@side:passport/front".
	about = regexp.MustCompile(`([a-z_])@((document|side|page|field|contact|owner|application):)`)
	// words are what codes, ids, versions and lists of them are made of.
	words = regexp.MustCompile(`^[A-Za-z0-9 ._:;,/+=~#*-]*$`)
	// number is a run of six digits, as in telephone and document numbers.
	number = regexp.MustCompile(`\d{6}`)
	// grouped is nine digits written in groups.
	grouped = regexp.MustCompile(`(\d[ ./-]?){9}`)
)

// Personal tells whether a value looks like data about a person: a character
// that no code, id or version has (so e-mail addresses and names in most
// scripts), six digits in a row or nine in groups outside an id, digest or
// time, or great length. It is a net under the rule, not the rule: a name in
// plain Latin letters passes.
func Personal(value string) bool {
	rest := harmless.ReplaceAllString(value, "~")
	rest = about.ReplaceAllString(rest, "$1 $2")
	return len(value) > maxDetail || !words.MatchString(rest) || number.MatchString(rest) || grouped.MatchString(rest)
}

// Check tells what is wrong with a line: an unknown action, a missing part, or
// a value that looks like personal data. The error names the place only.
func Check(line kyc.AuditLine) error {
	kinds := []string{"applicant", "staff", "system", "marketplace"}
	switch {
	case line.Tenant == "" || line.ID == "" || line.At == 0:
		return kyc.E(kyc.Invalid, "audit line %s lacks tenant, id or time", line.Action)
	case !Known(line.Action):
		return kyc.E(kyc.Invalid, "audit action %q is not in the list", line.Action)
	case !slices.Contains(kinds, line.Actor.Kind):
		return kyc.E(kyc.Invalid, "audit line %s: unknown kind of actor", line.Action)
	case Personal(line.Actor.ID) || Personal(line.ObjectID) || strings.ContainsAny(line.ObjectKind, " @"):
		return kyc.E(kyc.Invalid, "audit line %s: actor or object looks like personal data", line.Action)
	}
	for name, value := range line.Detail {
		if Personal(value) {
			return kyc.E(kyc.Invalid, "audit line %s: detail %q looks like personal data", line.Action, name)
		}
	}
	return nil
}
