package vaulttest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// reading is how a file is read for a form.
type reading int

const (
	exactly           reading = iota
	foldedCase                // ASCII letters are small
	withoutSeparators         // that, and separators are left out
)

// form is one way to write a needle.
type form struct {
	name    string
	reading reading
	bytes   []byte
	whole   bool // counts only where it stands alone
}

// minPackedDigits is how many digits a number needs at least to be looked for where
// separators are left out: shorter ones turn up by chance where numbers run together.
const minPackedDigits = 10

func formsOf(needle string) []form {
	short := len(needle) <= 6 && digits(needle)
	var all []form
	fold := func(name, text string) { all = append(all, form{name, foldedCase, foldASCII([]byte(text)), false}) }
	for _, v := range variants(needle) {
		all = append(all, form{"UTF-8", foldedCase, foldASCII([]byte(v)), short})
		var big, little []byte
		for _, u := range utf16.Encode([]rune(v)) {
			big = append(big, byte(u>>8), byte(u))
			little = append(little, byte(u), byte(u>>8))
		}
		fold("UTF-16BE", string(big))
		fold("UTF-16LE", string(little))
		fold("hex", hex.EncodeToString([]byte(v)))
		if short {
			continue
		}
		fold("percent", url.QueryEscape(v))
		fold("percent", url.PathEscape(v))
		fold("escaped", strings.Trim(strconv.QuoteToASCII(v), `"`))
		fold("escaped", escaped(v))
		if quoted, err := json.Marshal(v); err == nil {
			fold("escaped", strings.Trim(string(quoted), `"`))
		}
		for offset := range 3 {
			all = append(all,
				form{"base64", exactly, base64At(base64.RawStdEncoding, v, offset), false},
				form{"base64url", exactly, base64At(base64.RawURLEncoding, v, offset), false})
		}
	}
	for _, v := range []string{strings.ToLower(needle), strings.ToUpper(needle)} {
		packed := pack(foldASCII([]byte(v)))
		if len(packed) >= MinNeedle && (!digits(string(packed)) || len(packed) >= minPackedDigits) {
			all = append(all, form{"without separators", withoutSeparators, packed, false})
		}
	}
	return all
}

// variants are a needle as it is, in small letters, in capitals and without separators.
func variants(needle string) []string {
	list := []string{needle}
	for _, v := range []string{strings.ToLower(needle), strings.ToUpper(needle), string(pack([]byte(needle)))} {
		known := len(v) < MinNeedle || digits(v) && len(v) < minPackedDigits
		for _, have := range list {
			known = known || v == have
		}
		if !known {
			list = append(list, v)
		}
	}
	return list
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// escaped writes everything outside ASCII as JSON does where it is asked to: in
// UTF-16 units.
func escaped(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if u < 0x80 {
			b.WriteByte(byte(u))
			continue
		}
		b.WriteString(`\u` + strconv.FormatUint(uint64(u)|0x10000, 16)[1:])
	}
	return b.String()
}

// base64At encodes the needle as it appears behind offset bytes of something
// else, without the characters that the neighbours would change.
func base64At(e *base64.Encoding, needle string, offset int) []byte {
	text := e.EncodeToString(append(make([]byte, offset), needle...))
	head := []int{0, 2, 3}[offset]
	tail := []int{0, 1, 1}[(offset+len(needle))%3]
	return []byte(text[head : len(text)-tail])
}
