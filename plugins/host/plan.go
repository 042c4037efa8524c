package host

import (
	"hash/fnv"
	"maps"
	"os"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// Versions are the programs that can run beside those of Config.Dir. Whoever
// keeps them has made sure that the operator wants them.
type Versions interface {
	// Program opens the program of a version, a regular file, for reading, and
	// tells the digest that it must have. The caller closes it. NotFound is tried
	// again after a while, any other error is not.
	Program(name, version string) (file *os.File, sha256 []byte, err error)
}

// Shipped names the program of Config.Dir where a version is named and "" would
// mean none. As Plan.Version "" means the same.
const Shipped = "shipped"

// Channels that can be pinned in place of a version, see Choose.
const (
	Stable = "stable" // never the canary
	Early  = "canary" // the canary whenever there is one
)

// Plan is what shall run of one provider. The zero Plan is the shipped program.
// Versions are named as the catalogue does, which is how they describe
// themselves; what is behind a "+" tells several builds of one version apart, as
// in Semantic Versioning 2.0.0, item 10.
type Plan struct {
	Version string   // in force; "": the shipped program
	Canary  string   // runs beside it for some of the new applications; "": none
	Share   int      // percent of the new applications that the canary gets, 0 to 100
	Warm    string   // kept running, for the applications bound to it and to go back to; "": none
	Pinned  []string // kept running for tenants that chose them
	Keep    bool     // never go back from Version by itself: somebody has just gone back to it
	Off     bool     // nothing shall run
}

func (p Plan) equal(q Plan) bool {
	return p.Version == q.Version && p.Canary == q.Canary && p.Share == q.Share && p.Warm == q.Warm &&
		p.Keep == q.Keep && p.Off == q.Off && slices.Equal(p.Pinned, q.Pinned)
}

// key is how a version is named within this package: "" is the shipped program.
func key(version string) string {
	if version == Shipped {
		return ""
	}
	return version
}

// Apply says what shall run, by provider. It returns at once and the change is
// carried out in the background: a new version is started beside the old, and
// only when it is ready do new calls go to it; the old ends its calls. A version
// that cannot run changes nothing but Status. A provider without a plan runs its
// shipped program. Saying the same again changes nothing.
func (h *Host) Apply(plans map[string]Plan) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life.Err() != nil {
		return
	}
	for name := range plans {
		if h.providers[name] == nil && providerName.MatchString(name) && !reserved(name) {
			h.add(name, plans[name])
		}
	}
	for name, p := range h.providers {
		plan, ok := plans[name]
		unknown := !ok && !slices.Contains(h.shipped, name)
		plan.Off = plan.Off || unknown
		p.apply(plan, unknown)
	}
}

// Choose tells which version a new application is bound to. key is the
// application's id, whose hash says whether it is one of the canary's share.
// pinned is a tenant's own choice, a version or a channel; "" is none. A canary
// that has failed is not chosen. A version that the tenant chose and that does not
// run is Unavailable: nobody is judged by other rules than they were promised. The
// answer is "" for a market that does not run.
func (h *Host) Choose(market kyc.MarketID, key, pinned string) (string, error) {
	p := h.provider(string(market))
	if p == nil {
		return "", nil
	}
	r := p.routes.Load()
	chosen := r.current
	switch {
	case pinned != "" && pinned != Stable && pinned != Early:
		if chosen = r.named(pinned); chosen == nil || chosen.describes() == nil {
			return "", kyc.EKey(kyc.Unavailable, "error.market_pinned", "provider %s: the chosen version %q does not run", p.name, clip(pinned))
		}
	case r.canary.ready() && (pinned == Early || pinned == "" && percentile(key) < r.share):
		chosen = r.canary
	}
	if chosen == nil {
		return "", nil
	}
	if about := chosen.describes(); about != nil {
		return about.version, nil
	}
	return "", nil
}

// percentile is 0 to 99, the same for the same key on every node.
func percentile(key string) int {
	f := fnv.New64a()
	_, _ = f.Write([]byte(key))
	// The low bits of FNV are poor in keys that differ in their end only.
	sum := f.Sum64()
	sum ^= sum >> 33
	sum *= 0xff51afd7ed558ccd
	sum ^= sum >> 33
	return int(sum % 100)
}

// sorted lists the providers in the order of their names.
func (h *Host) sorted() []*provider {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*provider
	for _, name := range slices.Sorted(maps.Keys(h.providers)) {
		list = append(list, h.providers[name])
	}
	return list
}

func (h *Host) provider(name string) *provider {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.providers[name]
}
