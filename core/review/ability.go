package review

import (
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Ability is what one person may do with a case now.
type Ability struct {
	Claim    bool
	TakeOver bool // claiming takes over a claim of somebody else that has run out
	Release  bool
	Decide   bool
	Reveal   bool
	View     bool // files, now
	Unlock   bool // files, once the case is claimed or a reason is given
	Send     bool // have a message that did not arrive sent again
	TakeBack bool // take a granted recovery request back
	Confirm  bool // what somebody else proposed, or send it back
	Withdraw bool // what one has proposed
}

func (d *Desk) ability(w Who, i Item, waits *ProposalData) Ability {
	may := func(p policies.Permission) bool { return d.mayCase(w, i.Case, p) == nil }
	undecided := i.State != kyc.CaseDecided
	free := undecided && i.Holder == "" && !i.Mine && may(policies.CaseClaim)
	return Ability{
		Claim:    free,
		TakeOver: free && i.State == kyc.CaseClaimed,
		Release:  undecided && i.Mine && may(policies.CaseClaim),
		Decide:   undecided && i.Mine && may(policies.CaseDecide) && waits == nil,
		Confirm:  undecided && i.Mine && may(policies.CaseDecide) && waits != nil && waits.Staff != w.Staff.ID,
		Withdraw: undecided && may(policies.CaseDecide) && waits != nil && waits.Staff == w.Staff.ID,
		Reveal:   may(policies.DataReveal),
		View:     may(policies.DocumentView),
		Send:     may(policies.CaseClaim),
	}
}

// Permissions lists what somebody may do in the tenant at all; what a case is
// about can narrow it.
func (d *Desk) Permissions(w Who) []policies.Permission {
	var out []policies.Permission
	for _, p := range policies.StaffPermissions() {
		if d.may(w, p) == nil {
			out = append(out, p)
		}
	}
	return out
}
