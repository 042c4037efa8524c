package kyc

// ReviewOnReferral is the only review policy under which an application can be
// approved without a person; everything else counts as "always".
const ReviewOnReferral = "on_referral"

// Decide says where an application goes when its checks have run. It is
// Approved only when the market reviews on referral, at least one check is
// expected, every expected check is there and every result is a Pass, and
// nobody has given a reason of any kind. Anything missing, unknown, failed or
// worth a look is InReview: there is no third answer.
//
// The reasons are those of the steps and the checks, and one for each expected
// check that is missing or could not tell why.
func Decide(review string, expected []string, results []Check, stepReasons []Reason) (State, []Reason) {
	all := append([]Reason(nil), stepReasons...)
	clean := review == ReviewOnReferral && len(expected) > 0
	missing := map[string]bool{}
	for _, name := range expected {
		missing[name] = true
	}
	for _, c := range results {
		delete(missing, c.Name)
		all = append(all, c.Reasons...)
		if c.Result != Pass {
			clean = false
			if len(c.Reasons) == 0 && c.Result != Refer {
				all = append(all, untold(c.Name))
			}
		}
	}
	for _, name := range expected {
		if missing[name] {
			clean = false
			all = append(all, untold(name))
			delete(missing, name)
		}
	}
	if clean && len(all) == 0 {
		return Approved, nil
	}
	return InReview, all
}

// untold is the reason for a check that is missing or gave none itself.
func untold(check string) Reason {
	return NewReason("system.provider_error", Subject{Kind: "application"},
		Source{Kind: "automatic", Name: check}, map[string]string{"check": check})
}
