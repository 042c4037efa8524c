package kyc

// ShippedVersion names the program that came with the gateway where a version is
// named: it has a version of its own, which its description tells.
const ShippedVersion = "shipped"

// Channels that a tenant can choose in place of a version.
const (
	StableChannel = "stable" // never the canary
	CanaryChannel = "canary" // the canary as soon as there is one
)

// Rollout says which versions of a provider run in this installation. A change
// is a new one; the one with the highest number holds, and none is ever
// deleted. It is kept with the tenant that operates the platform.
type Rollout struct {
	Tenant   TenantID `db:"tenant_id"`
	Provider string   `db:"provider"`
	Number   int64    `db:"number"`  // 1, 2, …
	Version  string   `db:"version"` // in force: as in the catalogue, or ShippedVersion
	Canary   string   `db:"canary"`  // runs beside it for some of the new applications; "": none
	Share    int64    `db:"share"`   // percent of the new applications that the canary gets
	Warm     string   `db:"warm"`    // was in force before, goes on running to go back to; "": none
	Off      bool     `db:"off"`     // nothing of it runs
	Action   string   `db:"action"`  // what made it so: see package rollout
	Why      string   `db:"why"`     // as who did it put it, or the fault; may be ""
	ByKind   string   `db:"actor_kind"`
	ByID     string   `db:"actor_id"`
	At       Millis   `db:"changed_at"`
}

// MarketVersion is one version of how a tenant offers a market. The one with the
// highest number, counted from 1, holds, and none is ever deleted.
type MarketVersion struct {
	TenantMarket
	Back   int64  `db:"back"` // the number that was restored; 0: none
	ByKind string `db:"actor_kind"`
	ByID   string `db:"actor_id"`
	At     Millis `db:"changed_at"`
}

// NodeReport is how the providers of one node are, as JSON that package rollout
// reads. It belongs to no tenant.
type NodeReport struct {
	Node   string `db:"node_id"`
	At     Millis `db:"reported_at"` // by the node's clock
	States []byte `db:"states"`
}

// NodeLines are the last lines that a provider of a node wrote, as JSON. They
// belong to no tenant.
type NodeLines struct {
	Node     string `db:"node_id"`
	Provider string `db:"provider"`
	At       Millis `db:"reported_at"`
	Lines    []byte `db:"lines"`
}

// PinnedVersion is a version that some tenant has chosen for a market.
type PinnedVersion struct {
	Market MarketID `db:"market"`
	Pinned string   `db:"pinned"`
}

// BoundVersion is how many applications that are not over are bound to a version
// of a market's rules.
type BoundVersion struct {
	Market   MarketID `db:"market"`
	Provider string   `db:"provider_version"`
	Count    int64    `db:"bound"`
}
