package locales

import (
	"golang.org/x/text/language"

	"github.com/paifang/paifang/core/kyc"
)

// maxAcceptLanguage bounds the header that is parsed, in bytes.
const maxAcceptLanguage = 256

// Match chooses the language to speak from an Accept-Language header (or one
// BCP 47 tag). The first of offered is the answer when nothing fits.
// The answer is "" only when nothing is offered.
func Match(acceptLanguage string, offered []kyc.Locale) kyc.Locale {
	if len(offered) == 0 {
		return ""
	}
	if len(acceptLanguage) > maxAcceptLanguage {
		return offered[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return offered[0]
	}
	tags := make([]language.Tag, len(offered))
	for i, locale := range offered {
		tags[i] = language.Make(string(locale))
	}
	matcher := language.NewMatcher(tags)
	// The wishes in their order: the matcher would rather take the "zh" of
	// "zh-HK,zh", which is written in the other script, for its being exact.
	for _, tag := range wanted {
		_, index, confidence := matcher.Match(tag)
		if confidence >= language.High && sameBase(tag, tags[index]) {
			return offered[index]
		}
	}
	_, index, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return offered[0]
	}
	return offered[index]
}

func sameBase(a, b language.Tag) bool {
	base, _ := a.Base()
	other, _ := b.Base()
	return base == other
}
