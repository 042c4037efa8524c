package rollout

import (
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// Plan is what shall run of one provider.
type Plan struct {
	Version string   // in force: a version of the catalogue, or kyc.ShippedVersion
	Canary  string   // runs beside it; "": none
	Share   int      // percent of the new applications that the canary gets
	Warm    string   // kept running to go back to; "": none
	Pinned  []string // kept running for tenants that chose them, in order
	Keep    bool     // a person has gone back to Version: nobody goes back from it by themselves
	Off     bool     // nothing of it runs
}

// Equal tells whether two plans say the same.
func (p Plan) Equal(q Plan) bool {
	return p.Version == q.Version && p.Canary == q.Canary && p.Share == q.Share && p.Warm == q.Warm && p.Keep == q.Keep && p.Off == q.Off && slices.Equal(p.Pinned, q.Pinned)
}

// plans puts together what runs and what tenants have chosen. A provider about
// which nobody ever said anything runs as it was shipped, and needs a plan only
// when a tenant wants another version beside it.
func plans(changes []kyc.Rollout, pinned []kyc.PinnedVersion) map[string]Plan {
	all := map[string]Plan{}
	for _, c := range changes {
		all[c.Provider] = Plan{Version: c.Version, Canary: c.Canary, Share: int(c.Share), Warm: c.Warm, Off: c.Off,
			Keep: c.Action == RolledBack && c.Canary == ""}
	}
	for _, p := range pinned {
		name := string(p.Market)
		plan, known := all[name]
		if !known {
			plan.Version = kyc.ShippedVersion
		}
		if p.Pinned != plan.Version && p.Pinned != plan.Canary && p.Pinned != plan.Warm && !slices.Contains(plan.Pinned, p.Pinned) {
			plan.Pinned = append(plan.Pinned, p.Pinned)
			slices.Sort(plan.Pinned)
		}
		all[name] = plan
	}
	return all
}

// What was done, as Rollout.Action says.
const (
	Enabled    = "enabled"     // it runs
	Disabled   = "disabled"    // nothing of it runs
	Upgraded   = "upgraded"    // another version is in force, the one before is warm
	Canaried   = "canary"      // another version runs for a share of the new applications
	RolledBack = "rolled_back" // the canary is taken back, or the version that was warm is in force again
	Failed     = "failed"      // a node saw that a version fails, and it was taken back
	Cooled     = "cooled"      // the version that was warm does not run any more
)

// begun is what holds of a provider before anybody has said anything.
func begun(name string, shipped bool) kyc.Rollout {
	r := kyc.Rollout{Provider: name, Off: !shipped}
	if shipped {
		r.Version = kyc.ShippedVersion
	}
	return r
}

// enable switches a provider on with a version, the one that was in force when
// none is named.
func enable(r kyc.Rollout, version string) (kyc.Rollout, error) {
	if version == "" {
		version = r.Version
	}
	switch {
	case version == "":
		return r, kyc.EKey(kyc.Invalid, "error.rollout_none", "no version of it was in force before: name one")
	case !r.Off:
		return r, kyc.EKey(kyc.Conflict, "error.rollout_on", "it is switched on; another version comes into force by an upgrade")
	}
	if version != r.Version {
		r.Version, r.Canary, r.Share, r.Warm = version, "", 0, ""
	}
	r.Off, r.Action = false, Enabled
	return r, nil
}

func disable(r kyc.Rollout) (kyc.Rollout, error) {
	if r.Off {
		return r, kyc.EKey(kyc.Conflict, "error.rollout_off", "it is switched off already")
	}
	r.Off, r.Canary, r.Share, r.Action = true, "", 0, Disabled
	return r, nil
}

// upgrade puts a version in force or, with a share of 1 to 99, beside the one
// that is.
func upgrade(r kyc.Rollout, version string, share int) (kyc.Rollout, error) {
	switch {
	case share < 0 || share > 99:
		return r, kyc.EKey(kyc.Invalid, "error.rollout_share", "a canary gets 1 to 99 percent")
	case r.Off:
		return r, kyc.EKey(kyc.Conflict, "error.rollout_off", "it is switched off: enable it with the version")
	case version == r.Version:
		return r, kyc.EKey(kyc.Conflict, "error.rollout_in_force", "the version is in force already")
	}
	if share > 0 {
		r.Canary, r.Share, r.Action = version, int64(share), Canaried
		if r.Warm == version {
			r.Warm = ""
		}
		return r, nil
	}
	r.Version, r.Warm, r.Canary, r.Share, r.Action = version, r.Version, "", 0, Upgraded
	return r, nil
}

// leaving names the versions that run by what holds now and not by what is to hold
// next, unless a tenant has chosen them.
func leaving(now, next kyc.Rollout, pinned []kyc.PinnedVersion) []string {
	var list []string
	for _, v := range []string{now.Version, now.Canary, now.Warm} {
		chosen := slices.ContainsFunc(pinned, func(p kyc.PinnedVersion) bool { return string(p.Market) == now.Provider && p.Pinned == v })
		if v != "" && !chosen && !slices.Contains([]string{next.Version, next.Canary, next.Warm}, v) {
			list = append(list, v)
		}
	}
	return list
}

// back takes the canary back or, when there is none, the version in force.
func back(r kyc.Rollout) (kyc.Rollout, error) {
	switch {
	case r.Off:
		return r, kyc.EKey(kyc.Conflict, "error.rollout_off", "it is switched off")
	case r.Canary != "":
		r.Canary, r.Share = "", 0
	case r.Warm != "":
		r.Version, r.Warm = r.Warm, r.Version
	default:
		return r, kyc.EKey(kyc.Conflict, "error.rollout_first", "there is no version to go back to")
	}
	r.Action = RolledBack
	return r, nil
}

// failed takes a version back that a node has seen to fail. ok is false when
// there is nothing to be taken back, because it is not used or there is no other.
func failed(r kyc.Rollout, version string) (_ kyc.Rollout, ok bool) {
	switch {
	case r.Off:
		return r, false
	case version == r.Canary:
		r.Canary, r.Share = "", 0
	case version == r.Version && r.Warm != "":
		r.Version, r.Warm = r.Warm, ""
	default:
		return r, false
	}
	r.Action = Failed
	return r, true
}

// without takes a version out of everything.
func without(r kyc.Rollout, version string) (_ kyc.Rollout, used bool) {
	switch version {
	case r.Version:
		r.Version, r.Off, r.Canary, r.Share, r.Warm, r.Action = "", true, "", 0, "", Disabled
	case r.Canary:
		r.Canary, r.Share, r.Action = "", 0, RolledBack
	case r.Warm:
		r.Warm, r.Action = "", Cooled
	default:
		return r, false
	}
	return r, true
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
