package conformance

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// canary is a name that must never be met again outside an answer's values.
const canary = "Zzyzx Kanarienvogel 7391"

// oddText is what people and attackers type into any field.
type oddText struct{ id, wants, text string }

func oddTexts() []oddText {
	return []oddText{
		{"spaces", "spaces of all kinds", " \u00a0\u3000\u2003"},
		{"long", "60,000 bytes of Chinese", strings.Repeat("长", 20000)},
		{"rare", "characters beyond the basic plane", "\U0002a6d6\U00030edd𠮷"},
		{"directions", "right-to-left text and overrides", "\u202emohammed\u202c عبد الله"},
		{"combining", "five hundred accents on one letter", "e" + strings.Repeat("\u0301", 500)},
		{"controls", "control characters", "a\x00b\x1b[31m\r\n\t\u2028"},
		{"markup", "markup, templates and quotes", `<script>alert(1)</script>{{.}}%s%n';--`},
		{"digits", "digits of other scripts", "११०१०१１９٤٩"},
		{"numbers", "numbers out of any range", "-9223372036854775809"},
		{"nested", "JSON within the text", `{"a":[[[[]]]]}`},
		{"dots", "the middle dots of names", "买买提·吐尔逊•‧"},
		{"case", "letters whose case changes their number", "ŞİĞıßǅﬁ"},
		{"date", "dates that are none", "2026-02-30"},
		{"name", "a name that must not be told", canary},
	}
}

// textCases fill every field of every step with an odd text.
func textCases() []check {
	var list []check
	for _, odd := range oddTexts() {
		list = append(list, check{"text." + odd.id, "every step judges " + odd.wants,
			"Odd input is a problem of its field, never an error: check the form before you use it.", func(ctx context.Context, t *trial) {
				t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
					values := map[string]string{}
					fill(values, "", step.Fields, func(*wirev1.Field) string { return odd.text })
					first, err := t.evaluate(ctx, t.question(flow, step, values))
					if err != nil {
						t.errorf("step %s: %v", step.Id, err)
						return
					}
					again, err := t.evaluate(ctx, t.question(flow, step, values))
					t.want(err == nil && proto.Equal(first, again), "step %s: the same question has two answers", step.Id)
				})
			}})
	}
	return list
}

// answer is what was asked in any case, and the answer.
type answer struct {
	request  *wirev1.EvaluateRequest
	response *wirev1.EvaluateResponse
}

var (
	derivedName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}(\.[a-z0-9_]{1,40}){0,3}$`)
	identityClass = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}(:[A-Z]{2,3})?$`)
	paramName     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// answerCases look at all answers that were given to the other cases: last of all, so
// that those to the golden vectors are among them. A rule that only a vector comes to may
// find what no host takes.
func answerCases() []check {
	return []check{
		{"answer.paths", "problems and normalized values are about fields of the step", "Use the name of the field as path, with the row in lists (owners.2.name), or the empty path for the whole step.", answers(answerPaths)},
		{"answer.codes", "codes are of the vocabulary, validation codes (field.…) or declared own codes", "Declare own codes in OwnCodes; mend the others.", answers(answerCodes)},
		{"answer.params", "parameters are few, short, and hold nothing that the person typed", "Parameters end up in sentences and logs: put limits and lists there, never values.", answers(answerParams)},
		{"answer.tiers", "tiers and requested steps are of the flow", "Propose a tier of the flow; request only steps with OnDemand.", answers(answerTiers)},
		{"answer.identities", "identities have a class and a canonical value", "Add an identity only when its number is good.", answers(answerIdentities)},
		{"answer.derived", "derived values have dotted names, and values are of bounded size", "Names are lower case; values have at most 4096 bytes.", answers(answerDerived)},
		{"answer.refused", "an answer with problems tells no identity", "Judge all fields first; tell identities only when Accepted().", answers(answerRefused)},
		{"answer.bounds", "answers are small", "An answer has at most 100 of anything and 4 MiB in all.", answers(answerBounds)},
	}
}

func answers(f func(*trial, *wirev1.Flow, *wirev1.Step, answer)) func(context.Context, *trial) {
	return func(_ context.Context, t *trial) {
		for _, a := range t.answers {
			t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
				if flow.Market == a.request.Market && step.Id == a.request.Step {
					f(t, flow, step, a)
				}
			})
		}
		t.count = len(t.answers)
		if t.count == 0 {
			t.skip("no other case has asked anything")
		}
	}
}

func answerPaths(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	for _, p := range a.response.Problems {
		t.want(p.Path == "" || hasField(step.Fields, p.Path), "step %s: problem %s about unknown field %q", step.Id, p.Code, p.Path)
	}
	for name := range a.response.Normalized {
		t.want(hasField(step.Fields, name), "step %s: unknown field %q is normalized", step.Id, name)
	}
}

// hasField tells whether there is such a field, or a group with such a member.
func hasField(fields []*wirev1.Field, path string) bool {
	for _, f := range fields {
		group := f.Type == sdk.AddressField || f.Type == sdk.QuestionField
		if group && strings.HasPrefix(path, f.Name+".") {
			return true
		}
		if f.Type == sdk.ListField {
			for row := range f.Constraint.GetMaxRows() {
				if rest, ok := strings.CutPrefix(path, f.Name+"."+strconv.Itoa(int(row)+1)+"."); ok && hasField(f.Fields, rest) {
					return true
				}
			}
		}
		if f.Name == path {
			return true
		}
	}
	return false
}

func answerCodes(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	own := ownCodes(t.about)
	for _, p := range a.response.Problems {
		validation := strings.HasPrefix(p.Code, "field.") && dotted.MatchString(p.Code)
		t.want(isCommon(p.Code) || validation || own[p.Code] != "", "step %s: problem with unknown code %q", step.Id, p.Code)
	}
	for _, r := range a.response.Reasons {
		t.want(isCommon(r.Code) || own[r.Code] != "", "step %s: reason with unknown code %q", step.Id, r.Code)
		kind := r.Subject.GetKind()
		t.want(among(" document side page field contact owner application ", kind), "step %s: reason %s about a %q", step.Id, r.Code, kind)
	}
}

func answerParams(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	look := func(code string, params map[string]string) {
		t.want(len(params) <= 16, "step %s: %d parameters of %s", step.Id, len(params), code)
		for name, value := range params {
			t.want(paramName.MatchString(name) && len(value) <= 200, "step %s: parameter %q of %s", step.Id, name, code)
			t.want(!strings.Contains(value, canary), "step %s: parameter %q of %s repeats what was typed", step.Id, name, code)
		}
	}
	for _, p := range a.response.Problems {
		look(p.Code, p.Params)
	}
	for _, r := range a.response.Reasons {
		look(r.Code, r.Params)
	}
}

func answerTiers(t *trial, flow *wirev1.Flow, step *wirev1.Step, a answer) {
	tier := a.response.Tier
	known := tier == ""
	for _, x := range flow.Tiers {
		known = known || x.Id == tier
	}
	t.want(known, "step %s: unknown tier %q", step.Id, tier)
	for _, id := range a.response.RequestedSteps {
		i := stepIndex(flow, id)
		t.want(i >= 0 && flow.Steps[i].OnDemand, "step %s: requested step %q is not an on-demand step", step.Id, id)
	}
}

func answerIdentities(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	for _, id := range a.response.Identities {
		t.want(identityClass.MatchString(id.Class) && id.Value != "" && len(id.Value) <= 128, "step %s: an identity of class %q", step.Id, id.Class)
	}
}

func answerDerived(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	for name, value := range a.response.Derived {
		t.want(derivedName.MatchString(name) && len(value) <= 4096, "step %s: derived %q", step.Id, name)
	}
	for name, value := range a.response.Normalized {
		t.want(len(value) <= max(4096, len(a.request.Values[name])), "step %s: normalized %q is too long", step.Id, name)
	}
}

func answerRefused(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	if len(a.response.Problems) > 0 {
		t.want(len(a.response.Identities) == 0, "step %s: an identity of somebody who is not accepted", step.Id)
	}
}

func answerBounds(t *trial, _ *wirev1.Flow, step *wirev1.Step, a answer) {
	r := a.response
	most := max(len(r.Problems), len(r.Reasons), len(r.Normalized), len(r.Derived), len(r.RequestedSteps), len(r.Identities))
	t.want(most <= 100 && proto.Size(r) <= wire.MaxMessage, "step %s: too long an answer", step.Id)
}
