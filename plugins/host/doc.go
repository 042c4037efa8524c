// Package host runs providers: markets, messengers and verifiers, each a
// process of its own that go-plugin launches and this package supervises. To
// the core it is one value with Flow, Evaluate, Send and Verify; no process,
// no wire and no go-plugin shows through.
//
// A provider comes from the catalogue, a directory that nobody else may write,
// with a file SHA256SUMS in the format of sha256sum. The program is hashed and
// executed through the same descriptor. It gets an allow-listed environment, a
// process group, a parent-death signal and a private socket directory; what it
// writes to stderr is reduced to levels, codes and places in source files. What it
// starts in turn is weighed with it and ends with it; when the host was killed, the
// next one on the same directory ends it.
//
// Of each provider several versions can run at once, as Host.Apply says: the one
// in force, a canary for a share of the new applications, and those that open
// applications are bound to. A new version is started beside the old, describes
// itself, takes its configuration and shows that it is well before a call goes to
// it; then new calls go to it at once, the old one ends its calls and stays warm,
// so that going back is no more than pointing back. One that fails in a new place
// is taken back without being asked.
//
// Each version is one process after the other, a generation each. Its states:
//
//	Registered -> Verified -> Starting -> Probing -> Configured -> Ready <-> Degraded -> Draining -> Stopped
//
// and, when it fails, Backoff (none for the first failure after a good time, then
// 0.25 to 30 s) and the next generation, or Quarantined after five failures in ten
// minutes, or at once when trying again cannot help (a wrong digest, a description
// or configuration that is refused).
// A quarantine for failures ends by itself after ten minutes with one try; the
// other kind lasts until the server or, by Host.Restart, the provider is started
// again.
//
// Every call has a deadline and bounds, every answer is validated, and any
// fault is kyc.Unavailable: nothing a provider does wrong looks like an answer.
//
// The package needs Linux (/proc/self/fd, PR_SET_PDEATHSIG).
package host
