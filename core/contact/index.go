package contact

import (
	"context"
	"net/netip"

	"github.com/paifang/paifang/core/kyc"
)

// Indexer is a keyed pseudo-random function per tenant; core/vault implements
// it. Equal inputs of one class give equal outputs, and nothing can be told from
// an output without the tenant's key.
type Indexer interface {
	Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error)
}

// Classes of blind indexes. Phones and e-mail addresses are indexed in the
// class of their kind ("phone", "email").
const (
	ClassCode        = "code"         // challenge id and code
	ClassAddress     = "address"      // network address, see CanonicalAddress
	ClassDevice      = "device"       // what a browser is known by
	ClassPuzzle      = "human.puzzle" // signature of a proof-of-work puzzle
	ClassImage       = "human.image"  // authentication of an image test's id
	ClassImageAnswer = "human.answer" // digits of an image test
)

// IndexContact is the blind index of a canonical contact.
func IndexContact(ctx context.Context, ix Indexer, tenant kyc.TenantID, kind kyc.ContactKind, canonical string) ([]byte, error) {
	return ix.Index(ctx, tenant, string(kind), canonical)
}

// IndexAddress is the blind index of the network that an address belongs to.
func IndexAddress(ctx context.Context, ix Indexer, tenant kyc.TenantID, address string) ([]byte, error) {
	return ix.Index(ctx, tenant, ClassAddress, CanonicalAddress(address))
}

// CanonicalAddress is the unit in which network addresses are counted: an IPv4
// address, or the /64 of an IPv6 address, which is what one line gets. Whatever
// cannot be read is counted together as "unknown".
func CanonicalAddress(address string) string {
	if ap, err := netip.ParseAddrPort(address); err == nil {
		address = ap.Addr().String()
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return p.String()
}
