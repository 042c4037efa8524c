package credential

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	zxcvbn "github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/match"
	"github.com/ccojocar/zxcvbn-go/matching"

	"github.com/paifang/paifang/core/kyc"
)

// Bounds of a login password.
const (
	MinPassword = 8  // characters
	minScore    = 2  // of zxcvbn: "somewhat guessable", safe where tries are counted
	scored      = 40 // characters at each end
)

// Rule is a rule for passwords that a page shows before typing and ticks off
// while typing. ID is for programs: "length", "not_common", "not_personal".
type Rule struct {
	ID     string
	Key    string // message key
	Params map[string]string
}

// Rules lists the rules for login passwords in the order in which they are shown.
func Rules() []Rule {
	return []Rule{
		{ID: "length", Key: "password.rule.length", Params: map[string]string{"min": strconv.Itoa(MinPassword)}},
		{ID: "not_common", Key: "password.rule.not_common"},
		{ID: "not_personal", Key: "password.rule.not_personal"},
	}
}

// CheckPassword checks a login password. personal are the person's names, phone
// numbers and e-mail addresses, and nothing else. The first problem that applies
// is told, its path left to the caller: password.short {min}, password.long
// {max}, password.characters, password.contains_name, password.common,
// password.breached. An empty
// password is no problem here: whether one is required is the field's matter.
func CheckPassword(password string, personal []string) []kyc.Problem {
	if password == "" {
		return nil
	}
	s, problem, ok := Normalize(password)
	if !ok {
		return []kyc.Problem{problem}
	}
	if utf8.RuneCountInString(s) < MinPassword {
		return []kyc.Problem{kyc.P("", "password.short").With("min", strconv.Itoa(MinPassword))}
	}
	words := personalWords(personal)
	if containsWord(s, words) {
		return []kyc.Problem{kyc.P("", "password.contains_name")}
	}
	if score(s, words) < minScore {
		return []kyc.Problem{kyc.P("", "password.common")}
	}
	if shippedBreach(s) {
		return []kyc.Problem{kyc.P("", "password.breached")}
	}
	return nil
}

// Strength is how hard a password is to guess: 0 for one that is refused, 1 (weak)
// to 4 (very strong) for others. personal as for Check; the problem says what is wrong.
func (b *Breached) Strength(password string, personal []string) (int, []kyc.Problem, error) {
	problems, err := b.Check(password, personal)
	if err != nil || len(problems) > 0 || password == "" {
		return 0, problems, err
	}
	s, _, _ := Normalize(password)
	return score(s, personalWords(personal)), nil, nil
}

// Distinct tells whether two secrets differ as they are hashed. The problem, its
// path left to the caller, is password.same.
func Distinct(a, b string) (kyc.Problem, bool) {
	x, _, okX := Normalize(a)
	y, _, okY := Normalize(b)
	if okX && okY && x == y {
		return kyc.P("", "password.same"), false
	}
	return kyc.Problem{}, true
}

// personalWords are the pieces of what is known about a person that make a
// password guessable: names, the part before the @, the digits of a phone number.
func personalWords(personal []string) []string {
	var words []string
	for _, p := range personal {
		if at := strings.IndexByte(p, '@'); at > 0 {
			p = p[:at]
		}
		words = append(words, Fold(p))
		for _, w := range strings.FieldsFunc(p, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
			words = append(words, Fold(w))
		}
		if digits := onlyDigits(p); len(digits) > 8 {
			words = append(words, digits[len(digits)-8:])
		}
	}
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
}

// containsWord looks for personal words long enough to be more than chance:
// four letters or digits, two where a character is a word.
func containsWord(password string, words []string) bool {
	folded := Fold(password)
	for _, w := range words {
		least := 4
		if r, _ := utf8.DecodeRuneInString(w); unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			least = 2
		}
		if utf8.RuneCountInString(w) >= least && strings.Contains(folded, w) {
			return true
		}
	}
	return false
}

// score is the lowest zxcvbn score (0 to 4) of a password and of its readings
// with the usual letters for look-alikes. The library's own search through all
// such readings takes seconds for passwords made to that end, so it is left out
// and the length scored is bounded; of longer ones the better end counts.
func score(password string, words []string) int {
	ends := []string{password}
	if runes := []rune(password); len(runes) > scored {
		ends = []string{string(runes[:scored]), string(runes[len(runes)-scored:])}
	}
	best := 0
	for _, end := range ends {
		lowest := 4
		readings := []string{end, lookAlikes("i").Replace(end), lookAlikes("l").Replace(end)}
		for _, reading := range slices.Compact(readings) {
			lowest = min(lowest, zxcvbn.PasswordStrength(reading, words, notL33t).Score)
		}
		best = max(best, lowest)
	}
	return best
}

func notL33t(m match.Matcher) bool { return m.ID == matching.L33TMatcherName }

// lookAlikes writes letters for the digits and signs that stand for them; one
// stands for "1", which is read in two ways.
func lookAlikes(one string) *strings.Replacer {
	return strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "6", "g", "9", "g",
		"1", one, "!", "i", "|", "l", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t", "2", "z")
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
