package contact

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// Known is what is known beforehand of numbers, domains and prices.
type Known struct {
	Rules      Rules    // of tenants that have none of their own
	Virtual    []string // beginnings of E.164 numbers of virtual operators
	disposable string   // sorted lines
}

// LoadKnown reads the shipped data. It fails where `make data` has not been run.
func LoadKnown() (*Known, error) {
	var prices struct{ Rules json.RawMessage }
	var virtual struct{ Ranges []string }
	for name, into := range map[string]any{"data/prices.json": &prices, "data/virtual.json": &virtual} {
		raw, err := shipped.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			return nil, kyc.Wrap(kyc.Internal, err, name)
		}
	}
	rules, err := ParseRules(prices.Rules)
	if err != nil {
		return nil, err
	}
	lines, err := shipped.ReadFile("data/disposable.txt")
	if err != nil {
		return nil, kyc.E(kyc.Internal, "the domains of throw-away mailboxes have not been built: run make data")
	}
	return &Known{Rules: rules, Virtual: virtual.Ranges, disposable: string(lines)}, nil
}

// Disposable tells whether a domain, or one that it is below, gives mailboxes to
// throw away.
func (k *Known) Disposable(domain string) bool {
	for {
		if k.hasLine(domain) {
			return true
		}
		_, above, below := strings.Cut(domain, ".")
		if !below || !strings.Contains(above, ".") {
			return false
		}
		domain = above
	}
}

// hasLine searches the sorted lines in place: unpacked they would take several
// times their size of every process's memory.
func (k *Known) hasLine(line string) bool {
	text := k.disposable
	at := sort.Search(len(text), func(i int) bool { // the first place whose line is not before
		begin := strings.LastIndexByte(text[:i], '\n') + 1
		found, _, _ := strings.Cut(text[begin:], "\n")
		return found >= line
	})
	begin := strings.LastIndexByte(text[:at], '\n') + 1
	found, _, _ := strings.Cut(text[begin:], "\n")
	return found == line && line != ""
}

// virtual tells whether a number is of a virtual operator.
func (k *Known) virtual(e164 string) bool {
	return slices.ContainsFunc(k.Virtual, func(p string) bool { return strings.HasPrefix(e164, p) })
}

// Prefix is the unit in which numbers are watched: country, operator and place,
// but nobody's number. At least four digits are left out.
func Prefix(e164 string) string {
	const digits = 7
	return e164[:max(0, min(1+digits, len(e164)-4))]
}

// domainOf is the domain of a canonical address.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
