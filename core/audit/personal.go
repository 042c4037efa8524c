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

// given are names of details whose values programs give, not people: versions of
// documents and providers, and counts.
var given = []string{"version", "provider", "size", "keys"}

// Fit is a detail's value as the record may hold it: Withheld in place of what looks
// like personal data (see Personal). Tickets are of the form of Ticket.
func Fit(name, value string) string {
	switch {
	case slices.Contains(given, name), name == "ticket" && Ticket(value), !Personal(value):
		return value
	}
	return Withheld
}

// plain tells quickly of most values that there is nothing personal about them: an
// id, or words with too few digits for a number.
func plain(value string) bool {
	digits, hyphens, hex := 0, 0, true
	for i := range len(value) {
		switch c := value[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'f':
		case c == '-' && (i == 8 || i == 13 || i == 18 || i == 23):
			hyphens++
		case c >= 'A' && c <= 'Z' || c >= 'g' && c <= 'z' || strings.IndexByte(" ._:;,/+=~#*-", c) >= 0:
			hex = false
		default:
			return false
		}
	}
	return digits < 6 && len(value) <= maxDetail || hex && hyphens == 4 && len(value) == 36
}

// Personal tells whether a value looks like data about a person: a character
// that no code, id or version has (so e-mail addresses and names in most
// scripts), six digits in a row or nine in groups outside an id, digest or
// time, or great length. It is a net under the rule, not the rule: a name in
// plain Latin letters passes.
func Personal(value string) bool {
	return !plain(value) && personal(value)
}

func personal(value string) bool {
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
		if Fit(name, value) != value {
			return kyc.E(kyc.Invalid, "audit line %s: detail %q looks like personal data", line.Action, name)
		}
	}
	return nil
}
