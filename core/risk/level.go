package risk

import (
	"cmp"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// levels has the level of reason codes that are not of medium risk. A line holds a
// level, a group and its codes; "*" is every known code of the group.
var levels = parseLevels([][3]string{
	// Somebody may be another, or the document none.
	{kyc.HighRisk, "policy", "duplicate_person underage region_blocked membership_not_eligible"},
	{kyc.HighRisk, "registry", "mismatch_name mismatch_id mismatch_card"},
	{kyc.HighRisk, "face", "no_match spoof liveness_failed"},
	{kyc.HighRisk, "data", "chip_mismatch barcode_mismatch"},
	{kyc.HighRisk, "image", "edited"},
	{kyc.HighRisk, "document", "sample"},
	{kyc.HighRisk, "file", "infected"},
	{kyc.HighRisk, "business", "licence_inactive owner_unverified"},
	{kyc.HighRisk, "risk", "*"},
	// It could not be told.
	{kyc.HighRisk, "registry", "unavailable quota"},
	{kyc.HighRisk, "system", "*"},
	// True, and no doubt about the person.
	{kyc.LowRisk, "document", "expires_soon translation_needed"},
})

func parseLevels(lines [][3]string) map[string]string {
	table := map[string]string{}
	for _, l := range lines {
		level, group := l[0], l[1]
		for _, code := range strings.Fields(l[2]) {
			table[group+"."+code] = level
		}
	}
	return table
}

// levelOf is the level of a reason. A market may be stricter than the vocabulary:
// what it says is final is of high risk. Its own codes, "x.<market>.<code>", count
// as the common code that each is a case of.
func levelOf(r kyc.Reason) string {
	code := cmp.Or(r.Parent, r.Code)
	if _, _, known := kyc.ReasonDefault(code); !known || r.Disposition == kyc.Final {
		return kyc.HighRisk
	}
	group, _, _ := strings.Cut(code, ".")
	for _, name := range []string{code, group + ".*"} {
		if level, ok := levels[name]; ok {
			return level
		}
	}
	return kyc.MediumRisk
}
