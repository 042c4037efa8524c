package pipeline

import (
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// Ending is what an application says that asks for nothing: it waits, is done, or
// is closed. Title and text are message keys; "" while there is something to do.
func (v *View) Ending() (title, text string) {
	recovery, of := v.Market == kyc.RecoveryMarket, ""
	switch {
	case v.Next.Kind == NextDone:
		of = "apply.done"
	case v.Next.Kind == NextWait && recovery && v.State == kyc.Approved:
		of = "recovery.granted"
	case v.Next.Kind == NextWait:
		of = "apply.wait." + string(v.State)
	case v.Next.Kind != NextClosed:
		return "", ""
	case v.State == kyc.Activated:
		of = "recovery.done"
	case recovery && v.State == kyc.Rejected:
		of = "recovery.refused"
	case v.Excluded():
		return "apply.closed.rejected.title", "apply.closed.rejected.excluded"
	default:
		of = "apply.closed." + string(v.State)
	}
	return of + ".title", of + ".text"
}

// Excluded tells whether the rules alone ended it: nobody has examined anything.
func (v *View) Excluded() bool {
	return v.State == kyc.Rejected && v.Next.Note == "" && slices.ContainsFunc(v.Next.Reasons, func(r kyc.Reason) bool {
		return r.Code == "policy.membership_not_eligible" || r.Code == "policy.underage"
	})
}
