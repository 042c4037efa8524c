package host

import "time"

// State is where a provider stands.
type State string

const (
	Registered  State = "registered"  // in the catalogue and enabled
	Verified    State = "verified"    // the program is the one in the catalogue
	Starting    State = "starting"    // the process is being started
	Probing     State = "probing"     // it describes itself
	Configured  State = "configured"  // it has its configuration
	Ready       State = "ready"       // it answers
	Degraded    State = "degraded"    // it missed a health check, or says itself that it cannot work
	Draining    State = "draining"    // no new calls; those under way end
	Stopped     State = "stopped"     // the host was closed, or the provider has no configuration and needs one
	Backoff     State = "backoff"     // it failed; the next generation is waiting for its turn
	Quarantined State = "quarantined" // it failed too often, and Reason tells when it is tried again, or it cannot be helped; see Host.Restart
)

// Status is a provider as an operator sees it. Reason is for engineers and
// holds no personal data.
type Status struct {
	Name     string
	Kind     string // market, messenger, verifier; several joined by commas; "" until described
	Version  string
	State    State
	Since    time.Time
	Reason   string
	Restarts int // generations after the first
	PID      int // 0 when no process runs
}

// Callable tells whether calls may be made.
func (s State) Callable() bool { return s == Ready || s == Degraded }
