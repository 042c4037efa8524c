package declarative

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

const (
	// maxCost bounds one evaluation in CEL's units, of which comparing two
	// short texts takes a few.
	maxCost = 50_000
	// maxExpression bounds an expression in characters.
	maxExpression = 2000
)

// base is what every expression knows beside the answers.
func base() (*cel.Env, error) {
	text, number := cel.StringType, cel.IntType
	return cel.NewEnv(
		cel.Variable("now", cel.TimestampType),
		cel.Variable("facts", cel.MapType(text, text)),
		cel.Function("digits", cel.Overload("digits_string", []*cel.Type{text}, text, cel.UnaryBinding(textOf(digits)))),
		cel.Function("letters_and_digits", cel.Overload("letters_and_digits_string", []*cel.Type{text}, text, cel.UnaryBinding(textOf(compact)))),
		cel.Function("words", cel.Overload("words_string", []*cel.Type{text}, text,
			cel.UnaryBinding(textOf(func(s string) string { return strings.Join(strings.Fields(s), " ") })))),
		cel.Function("all_equal", cel.Overload("all_equal_string", []*cel.Type{text}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Bool(allEqual(string(v.(types.String)))) }))),
		cel.Function("weighted", cel.Overload("weighted_string_list", []*cel.Type{text, cel.ListType(number)}, number, cel.BinaryBinding(weighted))),
		cel.Function("is_date", cel.Overload("is_date_string", []*cel.Type{text}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				_, err := time.Parse(time.DateOnly, string(v.(types.String)))
				return types.Bool(err == nil)
			}))),
		cel.Function("age", cel.Overload("age_string_timestamp_int", []*cel.Type{text, cel.TimestampType, number}, number, cel.FunctionBinding(age))),
		cel.Function("day", cel.Overload("day_timestamp_int", []*cel.Type{cel.TimestampType, number}, text, cel.BinaryBinding(day))),
	)
}

func textOf(f func(string) string) func(ref.Val) ref.Val {
	return func(v ref.Val) ref.Val { return types.String(f(string(v.(types.String)))) }
}

// digits keeps the digits 0 to 9 of a text in which there is nothing else but
// what people write between them; of any other text it is empty.
func digits(s string) string {
	out := strings.NewReplacer(" ", "", ".", "", "-", "", "/", "").Replace(s)
	if strings.Trim(out, "0123456789") != "" {
		return ""
	}
	return out
}

// compact is digits for numbers with letters, in capitals.
func compact(s string) string {
	out := strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "", "/", "").Replace(s))
	if strings.Trim(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return ""
	}
	return out
}

func allEqual(s string) bool { return s != "" && strings.Trim(s, s[:1]) == "" }

// weighted is the sum of the digits, each times the weight at its place.
func weighted(number, weights ref.Val) ref.Val {
	text := string(number.(types.String))
	list := weights.(traits.Lister)
	n, ok := list.Size().(types.Int)
	if !ok || int(n) > len(text) {
		return types.NewErr("weighted: there are fewer digits than weights")
	}
	sum := types.Int(0)
	for i := range n {
		d := text[i]
		w, ok := list.Get(i).(types.Int)
		if d < '0' || d > '9' || !ok || w < -1000 || w > 1000 {
			return types.NewErr("weighted: a character is no digit, or a weight is out of range")
		}
		sum += types.Int(d-'0') * w
	}
	return sum
}

// age is how many birthdays somebody born on a day has had at a time, where
// clocks are so many hours ahead of UTC; -1 when the day is none or to come.
func age(args ...ref.Val) ref.Val {
	born, err := time.Parse(time.DateOnly, string(args[0].(types.String)))
	now := local(args[1], args[2])
	if err != nil || born.After(now) {
		return types.Int(-1)
	}
	years := now.Year() - born.Year()
	if now.Month() < born.Month() || now.Month() == born.Month() && now.Day() < born.Day() {
		years--
	}
	return types.Int(years)
}

// day is the date at a time, where clocks are so many hours ahead of UTC.
func day(at, ahead ref.Val) ref.Val { return types.String(local(at, ahead).Format(time.DateOnly)) }

func local(at, ahead ref.Val) time.Time {
	hours := max(-14, min(14, int64(ahead.(types.Int))))
	return at.(types.Timestamp).UTC().Add(time.Duration(hours) * time.Hour)
}

// compile compiles an expression that must give the type.
func (e expression) compile(env *cel.Env, want *cel.Type, where string) (cel.Program, error) {
	at := fmt.Sprintf("line %d: %s", e.line, where)
	if len(e.text) > maxExpression {
		return nil, fmt.Errorf("%s: an expression has at most %d characters", at, maxExpression)
	}
	ast, issues := env.Compile(e.text)
	if issues.Err() != nil {
		return nil, fmt.Errorf("%s: %w", at, issues.Err())
	}
	if !ast.OutputType().IsExactType(want) {
		return nil, fmt.Errorf("%s: it gives %s and should give %s", at, ast.OutputType(), want)
	}
	p, err := env.Program(ast, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return p, nil
}
