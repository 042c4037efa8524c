package contact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/kyc"
)

// Phone is a valid phone number.
type Phone struct {
	E164   string // "+8613800138000"
	Region string // ISO 3166-1 alpha-2 of the numbering plan it belongs to
}

// PhoneRules say which numbers are taken.
type PhoneRules struct {
	Region   string   // for numbers typed without country code; "": the only accepted one
	Accepted []string // regions; empty: all
	AnyType  bool     // also numbers that cannot receive a text message
}

// ParsePhone reads a number that can receive text messages; see PhoneRules.Parse.
func ParsePhone(input, region string, accepted []string) (Phone, kyc.Problem, bool) {
	return PhoneRules{Region: region, Accepted: accepted}.Parse(input)
}

// Parse reads a number as people type, paste or autofill it: any script's
// digits, separators, "+86 138…", "0086…", a national form. The problem's path
// is left to the caller; its code is field.required, field.phone, field.phone_code
// (the same where one region only is accepted, with params as the next),
// field.phone_region (params regions "CN, HK" and codes "+86, +852") or
// field.phone_type.
func (p PhoneRules) Parse(input string) (Phone, kyc.Problem, bool) {
	if strings.TrimSpace(input) == "" {
		return Phone{}, kyc.P("", "field.required"), false
	}
	dialled, ok := dialable(input)
	if !ok {
		return Phone{}, p.unreal(), false
	}
	n := p.read(dialled)
	if n == nil {
		return Phone{}, p.unreal(), false
	}
	region, ok := p.regionOf(n)
	if !ok {
		return Phone{}, p.notAccepted(), false
	}
	if !p.AnyType && !textable(n) {
		return Phone{}, kyc.P("", "field.phone_type"), false
	}
	return Phone{E164: phonenumbers.Format(n, phonenumbers.E164), Region: region}, kyc.Problem{}, true
}

// dialable reduces what was typed to digits with an optional leading plus.
func dialable(input string) (string, bool) {
	if len(input) > 200 {
		return "", false
	}
	s := strings.TrimSpace(norm.NFKC.String(input))
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = s[4:]
	}
	var b strings.Builder
	for _, r := range s {
		if d, ok := digit(r); ok {
			b.WriteByte(d)
		} else if r == '+' && b.Len() == 0 {
			b.WriteByte('+')
		} else if !separator(r) && !strings.ContainsRune(".()/·", r) {
			return "", false
		}
	}
	return b.String(), b.Len() >= 3 && b.Len() <= 22
}

// read finds the one valid number that was meant, or nil.
func (p PhoneRules) read(dialled string) *phonenumbers.PhoneNumber {
	if rest, ok := strings.CutPrefix(dialled, "+00"); ok {
		dialled = "+" + rest
	}
	if n := valid(dialled, p.defaultRegion()); n != nil {
		return n
	}
	// "00" is the way out of most countries, and people write it everywhere.
	if rest, ok := strings.CutPrefix(dialled, "00"); ok {
		return valid("+"+rest, "ZZ")
	}
	return nil
}

func (p PhoneRules) defaultRegion() string {
	switch {
	case p.Region != "":
		return strings.ToUpper(p.Region)
	case len(p.Accepted) == 1:
		return p.Accepted[0]
	}
	return "ZZ" // none: only international forms
}

func valid(dialled, region string) *phonenumbers.PhoneNumber {
	n, err := phonenumbers.Parse(dialled, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return nil
	}
	return n
}

// regionOf tells the region of a number. Some regions share a numbering plan
// (Saint Martin and Guadeloupe): the one asked for, then an accepted one, wins.
func (p PhoneRules) regionOf(n *phonenumbers.PhoneNumber) (string, bool) {
	preferred := p.Accepted
	if r := strings.ToUpper(p.Region); r != "" && (len(p.Accepted) == 0 || slices.Contains(p.Accepted, r)) {
		preferred = append([]string{r}, p.Accepted...)
	}
	for _, r := range preferred {
		if phonenumbers.IsValidNumberForRegion(n, r) {
			return r, true
		}
	}
	return phonenumbers.GetRegionCodeForNumber(n), len(p.Accepted) == 0
}

// unreal is a number that no numbering plan has. Where one region only is
// accepted, nobody chose it and it is not to be checked.
func (p PhoneRules) unreal() kyc.Problem {
	if len(p.Accepted) == 1 {
		return p.named("field.phone_code")
	}
	return kyc.P("", "field.phone")
}

func (p PhoneRules) notAccepted() kyc.Problem { return p.named("field.phone_region") }

// named is a problem that names the accepted regions and their codes.
func (p PhoneRules) named(code string) kyc.Problem {
	var codes []string
	for _, r := range p.Accepted {
		calling := "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(r))
		if !slices.Contains(codes, calling) {
			codes = append(codes, calling)
		}
	}
	return kyc.P("", code).
		With("regions", strings.Join(p.Accepted, ", ")).
		With("codes", strings.Join(codes, ", "))
}

// textable tells whether a number may receive a text message. Numbering plans
// that do not tell fixed from mobile lines get the benefit of the doubt.
func textable(n *phonenumbers.PhoneNumber) bool {
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return true
	}
	return false
}
