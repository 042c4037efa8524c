package kyc

// Names of sealed columns. They are part of the associated data under which a
// value is sealed, so a value opens only in its own column. The remark says
// what is sealed.
const (
	SealedStepValues  = "steps.values"      // Values as JSON
	SealedStepDerived = "steps.derived"     // Values as JSON
	SealedStepDraft   = "steps.draft"       // Values as JSON
	SealedIdentifier  = "identifiers.value" // the canonical form as text
	SealedMessage     = "messages.body"     // MessageBody as JSON
	SealedConsent     = "consents.address"  // network address as text
	SealedEvidence    = "checks.evidence"   // Values as JSON
	SealedNote        = "decisions.note"    // text
	SealedProposal    = "proposals.note"    // text
	SealedAnswer      = "proposals.answer"  // text
	SealedReplay      = "replays.body"      // holder token as text
	SealedAuditKey    = "audit_keys.key"    // private key of signed notes as text, under the tenant's key
)

// OfStep is a sealed column of one step: what one step answered does not open
// as the answer of another.
func OfStep(column string, step StepID) string { return column + "/" + string(step) }

// SealedSettings are the secret ones that a tenant gave a market: JSON, values by
// JSON Pointer, sealed for the tenant.
func SealedSettings(market MarketID) string { return "markets.secrets/" + string(market) }

// SealedLetter is the body of a letter to staff, MessageBody as JSON, sealed for
// the tenant.
func SealedLetter(id MessageID) string { return "messages.letter/" + string(id) }

// SealedStaff is the name of the sealed names of a member of the staff.
func SealedStaff(id StaffID) string { return "staff.names/" + string(id) }
