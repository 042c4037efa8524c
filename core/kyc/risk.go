package kyc

// Levels of risk of an application. Whatever is none of them counts as high.
const (
	LowRisk    = "low"
	MediumRisk = "medium"
	HighRisk   = "high"
)

// Risk is what approving an application wrongly could cost, and why. The zero
// value counts as high.
type Risk struct {
	Level string // LowRisk, MediumRisk, HighRisk
	Whys  []RiskWhy
}

// RiskWhy is one thing that makes a risk what it is. It holds nothing personal.
type RiskWhy struct {
	Code  string `json:"code"`            // of core/risk: "finding", "check.unknown", "contact.disposable", …
	Level string `json:"level"`           // that it raises the risk to
	About string `json:"about,omitempty"` // name of a check, a code of a reason, a kind of document
}

// RiskList is kept as JSON text in one column.
type RiskList []RiskWhy

// Risks lists the levels, from low to high.
func Risks() []string { return []string{LowRisk, MediumRisk, HighRisk} }

// RiskOf is a level as it counts.
func RiskOf(level string) string {
	if level == LowRisk || level == MediumRisk {
		return level
	}
	return HighRisk
}

// RiskAbove tells whether a level is higher than another.
func RiskAbove(level, other string) bool { return riskRank(level) > riskRank(other) }

func riskRank(level string) int {
	switch RiskOf(level) {
	case LowRisk:
		return 0
	case MediumRisk:
		return 1
	}
	return 2
}
