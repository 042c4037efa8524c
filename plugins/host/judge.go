package host

import (
	"fmt"
)

// fallsAllowed is how often a version may fall in its new place.
const fallsAllowed = 1

// judge goes back from a version in force that was put there lately and fails,
// and drops a canary that fails. What it returns tells the caller of the host.
func (p *provider) judge(r *routes) (report func()) {
	if reason := p.failing(r.canary); reason != "" {
		report = p.condemn(r.canary, reason)
		r.canary = nil
	}
	fresh := p.host.config.Clock().Sub(p.changed) < p.host.timing.Fresh
	if r.current == nil || !fresh || p.plan.Keep {
		return report
	}
	reason := p.failing(r.current)
	if reason == "" {
		return report
	}
	back := p.back()
	if back == nil || back == r.current {
		return report
	}
	bad := r.current
	p.swap(r, back)
	p.previous = nil // nothing to go back to from here
	return p.condemn(bad, reason)
}

// back is the version to go back to; nil when none is ready.
func (p *provider) back() *supervisor {
	if p.previous.ready() && p.condemned[p.previous.version] == "" {
		return p.previous
	}
	for _, s := range p.running {
		if p.plan.Warm != "" && s.is(key(p.plan.Warm)) && s.ready() && p.condemned[s.version] == "" {
			return s
		}
	}
	return nil
}

// failing tells why a version cannot keep its place; "": it can. One that was
// never ready has taken no place: what it lacks may be this machine's fault.
func (p *provider) failing(s *supervisor) string {
	if s == nil || s.describes() == nil {
		return ""
	}
	if n, bad := s.count.faulty(); bad {
		return fmt.Sprintf("%d of its last %d calls or less were faults", n, faultsAmong)
	}
	if g := s.look(); g.State == Quarantined || s.fallen()-p.base[s] > fallsAllowed {
		return "it does not stay ready: " + g.Reason
	}
	return ""
}

func (p *provider) condemn(s *supervisor, reason string) func() {
	p.condemned[s.version] = reason
	version := s.version
	if version == "" {
		version = Shipped
	}
	p.host.config.Log.Error("provider version failed and was taken back", "provider", p.name, "version", version, "reason", reason)
	told := p.host.config.Faulty
	if told == nil {
		return nil
	}
	return func() { told(p.name, version, reason) }
}

// fallen is how often the version was ready and failed.
func (s *supervisor) fallen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.falls
}
