package contact

import (
	"net/mail"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/kyc"
)

// MaxEmail bounds an address in octets (RFC 5321 with its erratum 1690).
const MaxEmail = 254

// ParseEmail reads an address (RFC 5321, RFC 6531) and gives its canonical
// form: NFC, lower-case, the domain as IDNA A-labels. Full-width letters and
// invisible marks that were pasted along are put right. Display names, quoted
// local parts, comments and address literals are refused. The problem's path is
// left to the caller; its code is field.required, field.email or field.too_long.
func ParseEmail(input string) (string, kyc.Problem, bool) {
	bad := kyc.P("", "field.email")
	s, ok := tidyAddress(input)
	switch {
	case !ok:
		return "", bad, false
	case s == "":
		return "", kyc.P("", "field.required"), false
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return "", bad, false
	}
	local := norm.NFC.String(strings.ToLower(s[:at]))
	domain, err := domains().ToASCII(s[at+1:])
	if err != nil || !dotAtom(local) || !mailDomain(domain) {
		return "", bad, false
	}
	address := local + "@" + domain
	if len(address) > MaxEmail || len(local) > 64 {
		return "", kyc.P("", "field.too_long").With("max", strconv.Itoa(MaxEmail)), false
	}
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address || parsed.Name != "" {
		return "", bad, false
	}
	return address, kyc.Problem{}, true
}

// domains is the way of writing domain names that look-ups use (UTS 46, not
// transitional), with the lengths of the domain name system.
func domains() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(),
		idna.StrictDomainName(true), idna.VerifyDNSLength(true))
}

// tidyAddress trims and mends what input methods and clipboards do to an
// address; false when something is in it that no address has.
func tidyAddress(input string) (string, bool) {
	if len(input) > 4*MaxEmail || !utf8.ValidString(input) {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.TrimFunc(input, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) }) {
		switch {
		case invisible(r):
			continue
		case r >= '！' && r <= '～': // full-width forms of ASCII
			r -= '！' - '!'
		}
		if r == ' ' || r == utf8.RuneError || !(unicode.IsPrint(r) || r == '\u200c' || r == '\u200d') {
			return "", false
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()), true
}

// dotAtom tells a local part without quotes: atoms separated by single dots.
func dotAtom(local string) bool {
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		switch {
		case r >= utf8.RuneSelf, r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r):
		default:
			return false
		}
	}
	return true
}

// mailDomain wants a name below a top-level domain, which never is a number.
func mailDomain(domain string) bool {
	dot := strings.LastIndexByte(domain, '.')
	return dot > 0 && strings.ContainsFunc(domain[dot+1:], unicode.IsLetter)
}
