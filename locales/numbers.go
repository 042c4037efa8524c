package locales

import (
	"strconv"
	"strings"
)

// Number writes an integer with the language's separators.
func (p *Printer) Number(n int64) string {
	digits, negative := digitsOf(n)
	if negative {
		return p.format.Minus + p.grouped(digits)
	}
	return p.grouped(digits)
}

// Money writes an amount in minor units (cents) of an ISO 4217 currency, with
// exactly as many decimals as the currency has.
func (p *Printer) Money(minor int64, currency string) string {
	digits, negative := digitsOf(minor)
	scale := minorDigits(currency)
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	whole, fraction := digits[:len(digits)-scale], digits[len(digits)-scale:]
	amount := p.grouped(whole)
	if fraction != "" {
		amount += p.format.Decimal + fraction
	}
	return p.moneyPattern(amount, currency, negative)
}

// moneyPattern puts an amount into CLDR's pattern, "¤#,##0.00" or
// "#,##0.00 ¤;-#,##0.00 ¤". A symbol of letters is kept off the digits, and one that
// is written the other way is isolated: "US$" would read "$US" in Arabic.
func (p *Printer) moneyPattern(amount, currency string, negative bool) string {
	positive, special, has := strings.Cut(p.format.Money, ";")
	pattern := positive
	if negative {
		if pattern = p.format.Minus + positive; has {
			pattern = strings.Replace(special, "-", p.format.Minus, 1)
		}
	}
	symbol := p.format.Currencies[currency]
	if symbol == "" {
		symbol = currency
	}
	before := strings.Index(pattern, "¤") < strings.IndexAny(pattern, "#0")
	if before && letter(symbol[len(symbol)-1]) {
		symbol += "\u00a0"
	}
	symbol = p.isolate(symbol)
	start, end := strings.IndexAny(pattern, "#0"), strings.LastIndexAny(pattern, "#0")
	return strings.Replace(pattern[:start], "¤", symbol, 1) + amount +
		strings.Replace(pattern[end+1:], "¤", symbol, 1)
}

func (p *Printer) grouped(digits string) string {
	if len(digits) < 3+p.format.MinGrouping {
		return digits
	}
	head := len(digits) % 3
	parts := make([]string, 0, len(digits)/3+1)
	if head > 0 {
		parts = append(parts, digits[:head])
	}
	for i := head; i < len(digits); i += 3 {
		parts = append(parts, digits[i:i+3])
	}
	return strings.Join(parts, p.format.Group)
}

// digitsOf also holds for the smallest integer, whose positive does not exist.
func digitsOf(n int64) (string, bool) {
	s := strconv.FormatInt(n, 10)
	return strings.TrimPrefix(s, "-"), n < 0
}

// minorDigits is the number of decimals by ISO 4217. CLDR's own table says how
// many are usually shown, which is not how amounts are kept.
func minorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
		"VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}
