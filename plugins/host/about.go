package host

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// About is what a version of a provider says of itself. It is shared and must
// not be changed.
type About struct {
	Name         string
	Version      string
	Kinds        []string // market, messenger, verifier
	Capabilities []string // in order
	Locales      []kyc.Locale
	Flow         *kyc.Flow // nil unless it is a market
	ConfigSchema []byte    // JSON Schema of the operator's configuration; empty: none
	TenantSchema []byte    // JSON Schema of a tenant's configuration; empty: none
}

func (a *about) public() About {
	return About{Name: a.id, Version: a.version, Kinds: strings.Split(a.kind, ","),
		Capabilities: slices.Sorted(maps.Keys(a.capabilities)), Locales: slices.Sorted(maps.Keys(a.messages)),
		Flow: a.flow, ConfigSchema: bytes.Clone(a.rawConfigSchema), TenantSchema: bytes.Clone(a.rawTenantSchema)}
}

// About is what a provider says of itself in a version, or in the one in force
// when that does not run or is "". NotFound means that there is no such provider,
// Unavailable that it has never been ready.
func (h *Host) About(name, version string) (About, error) {
	p := h.provider(name)
	if p == nil {
		return About{}, kyc.E(kyc.NotFound, "no provider of that name")
	}
	a := p.describes(version)
	if a == nil {
		return About{}, unavailable(name, "it is "+string(p.status().State))
	}
	return a.public(), nil
}
