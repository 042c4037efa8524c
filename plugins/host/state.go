package host

import (
	"slices"
	"strings"
	"time"
)

// State is where a version of a provider stands.
type State string

const (
	Registered  State = "registered"  // known and wanted
	Verified    State = "verified"    // the program is the one that it should be
	Starting    State = "starting"    // the process is being started
	Probing     State = "probing"     // it describes itself
	Configured  State = "configured"  // it has its configuration
	Ready       State = "ready"       // it answers
	Degraded    State = "degraded"    // it missed a health check, or says itself that it cannot work
	Draining    State = "draining"    // no new calls; those under way end
	Stopped     State = "stopped"     // it was switched off, or has no configuration and needs one
	Backoff     State = "backoff"     // it failed; the next generation is waiting for its turn
	Quarantined State = "quarantined" // it failed too often, and Reason tells when it is tried again, or it cannot be helped; see Host.Restart
)

// Callable tells whether calls may be made.
func (s State) Callable() bool { return s == Ready || s == Degraded }

// Role is what a version of a provider runs for.
type Role string

const (
	Current Role = "current"  // in force
	Canary  Role = "canary"   // for a share of the new applications
	Next    Role = "next"     // shall be in force and is not yet
	Warm    Role = "warm"     // for applications that are bound to it, and to go back to
	Leaving Role = "draining" // its calls end
)

// Generation is one version of a provider that runs, or is wanted to. Reason is
// for engineers and holds no personal data.
type Generation struct {
	Version  string // as it describes itself; before, as it is wanted, "" for the shipped program
	Kind     string // as in Status
	Role     Role
	State    State
	PID      int // 0 when no process runs
	Since    time.Time
	Restarts int // processes after the first
	Reason   string
	Calls    int64
	Faults   int64 // calls without an answer, or with one that breaks the contract
	Latency  Latency
	Memory   int64 // resident bytes; 0 when no process runs
}

// Status is a provider as an operator sees it: the version in force, and all
// that run. Reason is for engineers and holds no personal data.
type Status struct {
	Name        string
	Kind        string // market, messenger, verifier; several joined by commas; "" until described
	Version     string
	State       State
	Since       time.Time
	Reason      string
	Restarts    int // generations after the first
	PID         int // 0 when no process runs
	Trouble     string
	Generations []Generation // the version in force first
}

// Status tells how every provider is, in the order of their names. Trouble says
// why what is wanted is not what runs.
func (h *Host) Status() []Status {
	var list []Status
	for _, p := range h.sorted() {
		if s := p.status(); !p.forgotten(s) {
			list = append(list, s)
		}
	}
	return list
}

func (p *provider) forgotten(s Status) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.removed && len(s.Generations) == 0
}

func (p *provider) status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.routes.Load()
	out := Status{Name: p.name, State: Stopped, Since: p.swapped, Reason: "switched off"}
	if r.last != nil {
		out.Kind, out.Version = r.last.kind, r.last.version
	}
	for _, s := range p.running {
		role := Warm
		switch {
		case s == r.current:
			role = Current
		case s == r.canary:
			role = Canary
		case s.version == key(p.plan.Version):
			role = Next
		}
		out.Generations = append(out.Generations, s.generationStatus(role))
	}
	for _, s := range p.leaving {
		out.Generations = append(out.Generations, s.generationStatus(Leaving))
	}
	slices.SortStableFunc(out.Generations, func(a, b Generation) int {
		if byRole := slices.Index(roles, a.Role) - slices.Index(roles, b.Role); byRole != 0 {
			return byRole
		}
		return strings.Compare(a.Version, b.Version)
	})
	if len(out.Generations) > 0 && out.Generations[0].Role == Current {
		g := out.Generations[0]
		out.Kind, out.Version, out.State, out.Since = g.Kind, g.Version, g.State, g.Since
		out.Reason, out.Restarts, out.PID = g.Reason, g.Restarts, g.PID
	}
	out.Trouble = p.trouble(r)
	return out
}

var roles = []Role{Current, Canary, Next, Warm, Leaving} //nolint:gochecknoglobals // an order

// trouble tells what of the plan cannot be had.
func (p *provider) trouble(r *routes) string {
	var list []string
	for version, reason := range p.condemned {
		list = append(list, "version "+named(version)+" failed and was taken back: "+reason)
	}
	slices.Sort(list)
	for _, s := range append([]*supervisor{p.running[key(p.plan.Version)], r.canary}, r.others...) {
		if s == nil || s == r.current {
			continue
		}
		if g := s.look(); (g.State == Backoff || g.State == Quarantined || g.State == Stopped) && g.Reason != "" {
			line := "version " + named(s.version) + " does not run: " + g.Reason
			if !slices.Contains(list, line) {
				list = append(list, line)
			}
		}
	}
	return strings.Join(list, "; ")
}

func named(version string) string {
	if version == "" {
		return Shipped
	}
	return version
}

func (s *supervisor) generationStatus(role Role) Generation {
	g := s.look()
	g.Role = role
	s.count.into(&g)
	g.Memory = weight(g.PID)
	return g
}
