package declarative

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"

	"github.com/paifang/paifang/plugins/sdk"
)

// Market is a market that was read from a file. It never changes.
type Market struct {
	about sdk.Description
	steps map[string]*compiled
	names map[string][]string // of the answers, by step
}

var _ sdk.Market = (*Market)(nil)

// Read reads and compiles a market. Errors name the line.
func Read(raw []byte) (*Market, error) {
	f, err := parse(raw)
	if err != nil {
		return nil, err
	}
	m := &Market{steps: map[string]*compiled{}, names: map[string][]string{}}
	if m.about, err = f.description(); err != nil {
		return nil, err
	}
	env, err := base()
	if err != nil {
		return nil, err
	}
	for _, s := range f.Steps {
		m.names[s.ID] = answers(s)
		if m.steps[s.ID], err = s.compile(env, m.names); err != nil {
			return nil, fmt.Errorf("step %s: %w", s.ID, err)
		}
	}
	return m, nil
}

// Describe says what the file says.
func (m *Market) Describe() sdk.Description { return m.about }

// answers are the names by which expressions know the answers to a step.
// Secrets never arrive; lists need a provider in a programming language.
func answers(s step) []string {
	var names []string
	for _, f := range s.Fields {
		switch f.Type {
		case sdk.AddressField:
			for _, part := range []string{"country", "admin_area", "locality", "postal_code", "line1", "line2"} {
				names = append(names, f.Name+"."+part)
			}
		case sdk.PasswordField, sdk.PINField, sdk.QuestionField, sdk.HumanField, sdk.AssertionField, sdk.ListField:
		default:
			names = append(names, f.Name)
		}
	}
	return names
}

// compiled is a step's rules, ready to run.
type compiled struct {
	limits map[string]int
	lets   []named
	rules  []compiledRule
	accept compiledAccept
}

type named struct {
	name string
	is   cel.Program
}

type compiledRule struct {
	when   cel.Program
	rule   rule
	params []named
}

type compiledAccept struct {
	normalize, derive []named
	identities        []compiledIdentity
	requests          []compiledRequest
	tier              cel.Program
}

type compiledIdentity struct{ class, value, when cel.Program }

type compiledRequest struct {
	step string
	when cel.Program
}

const maxTyped = 500 // characters, of a field that says no bound itself

// compile compiles a step's expressions. They know the answers to this step by
// name and those to earlier ones by "step.name".
func (s step) compile(env *cel.Env, names map[string][]string) (*compiled, error) {
	c := &compiled{limits: map[string]int{}}
	var options []cel.EnvOption
	for id, list := range names {
		for _, name := range list {
			if id == s.ID {
				options = append(options, cel.Variable(name, cel.StringType))
			}
			options = append(options, cel.Variable(id+"."+name, cel.StringType))
		}
	}
	env, err := env.Extend(options...)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Fields {
		if c.limits[f.Name] = f.Max; f.Max == 0 {
			c.limits[f.Name] = maxTyped
		}
	}
	for _, l := range s.Let {
		ast, issues := env.Compile(l.Is.text)
		if issues.Err() != nil {
			return nil, fmt.Errorf("line %d: %s: %w", l.Is.line, l.Name, issues.Err())
		}
		p, err := l.Is.compile(env, ast.OutputType(), l.Name)
		if err != nil {
			return nil, err
		}
		c.lets = append(c.lets, named{l.Name, p})
		if env, err = env.Extend(cel.Variable(l.Name, ast.OutputType())); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.Is.line, err)
		}
	}
	for _, r := range s.Rules {
		x := compiledRule{rule: r}
		if (r.Problem == "") == (r.Reason == "") {
			return nil, fmt.Errorf("line %d: a rule finds a problem or a reason", r.When.line)
		}
		if x.when, err = r.When.compile(env, cel.BoolType, "when"); err != nil {
			return nil, err
		}
		if x.params, err = several(env, r.Params); err != nil {
			return nil, err
		}
		c.rules = append(c.rules, x)
	}
	c.accept, err = s.Accept.compile(env)
	return c, err
}

func several(env *cel.Env, list map[string]expression) ([]named, error) {
	var out []named
	for _, name := range slices.Sorted(maps.Keys(list)) {
		p, err := list[name].compile(env, cel.StringType, name)
		if err != nil {
			return nil, err
		}
		out = append(out, named{name, p})
	}
	return out, nil
}

func (a accept) compile(env *cel.Env) (c compiledAccept, err error) {
	if c.normalize, err = several(env, a.Normalize); err != nil {
		return c, err
	}
	if c.derive, err = several(env, a.Derive); err != nil {
		return c, err
	}
	for _, id := range a.Identities {
		var x compiledIdentity
		if x.class, err = id.Class.compile(env, cel.StringType, "class"); err != nil {
			return c, err
		}
		if x.value, err = id.Value.compile(env, cel.StringType, "value"); err != nil {
			return c, err
		}
		if x.when, err = id.When.orTrue().compile(env, cel.BoolType, "when"); err != nil {
			return c, err
		}
		c.identities = append(c.identities, x)
	}
	for _, r := range a.Request {
		when, err := r.When.orTrue().compile(env, cel.BoolType, "when")
		if err != nil {
			return c, err
		}
		c.requests = append(c.requests, compiledRequest{r.Step, when})
	}
	if a.Tier.text != "" {
		c.tier, err = a.Tier.compile(env, cel.StringType, "tier")
	}
	return c, err
}

func (e expression) orTrue() expression {
	if e.text == "" {
		e.text = "true"
	}
	return e
}

// Evaluate runs the rules of a step. An expression that fails or costs too much
// is an error: the market could not tell.
func (m *Market) Evaluate(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {
	c := m.steps[q.Step]
	if c == nil {
		return nil, errors.New("unknown step")
	}
	f := &sdk.Finding{}
	if c.tooLong(q, f); !f.Accepted() {
		return f, nil
	}
	known := m.known(q)
	for _, l := range c.lets {
		v, err := answer(ctx, l.is, known)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
		known[l.name] = v
	}
	if err := c.judge(ctx, known, f); err != nil {
		return nil, err
	}
	if f.Accepted() {
		return f, c.take(ctx, known, f)
	}
	return f, nil
}

// known is what the expressions know: what was not answered is empty.
func (m *Market) known(q *sdk.Question) map[string]any {
	facts := q.Facts
	if facts == nil {
		facts = map[string]string{}
	}
	known := map[string]any{"now": q.Now, "facts": facts}
	for id, names := range m.names {
		for _, name := range names {
			if id == q.Step {
				known[name] = q.Value(name)
				known[id+"."+name] = q.Value(name)
			} else {
				known[id+"."+name] = q.Answer(id, name)
			}
		}
	}
	return known
}

// tooLong refuses what is longer than its field before any expression sees it.
func (c *compiled) tooLong(q *sdk.Question, f *sdk.Finding) {
	for _, name := range slices.Sorted(maps.Keys(q.Values)) {
		top, _, _ := strings.Cut(name, ".")
		if limit, ok := c.limits[top]; ok && len([]rune(q.Values[name])) > limit {
			f.Problem(name, "field.too_long", "max", fmt.Sprint(limit))
		}
	}
}

func (c *compiled) judge(ctx context.Context, known map[string]any, f *sdk.Finding) error {
	told := map[string]bool{}
	for _, r := range c.rules {
		if r.rule.Problem != "" && told[r.rule.Field] {
			continue
		}
		holds, err := truth(ctx, r.when, known)
		if err != nil {
			return fmt.Errorf("line %d: %w", r.rule.When.line, err)
		}
		if !holds {
			continue
		}
		var params []string
		for _, p := range r.params {
			v, err := text(ctx, p.is, known)
			if err != nil {
				return err
			}
			params = append(params, p.name, v)
		}
		if r.rule.Problem == "" {
			f.Reason(r.rule.Field, r.rule.Reason, params...)
			continue
		}
		told[r.rule.Field] = true
		f.Problem(r.rule.Field, r.rule.Problem, params...)
	}
	return nil
}

// take adds what is found when nothing fell short.
func (c *compiled) take(ctx context.Context, known map[string]any, f *sdk.Finding) error {
	var failed error
	say := func(p cel.Program) string {
		v, err := text(ctx, p, known)
		failed = errors.Join(failed, err)
		return v
	}
	holds := func(p cel.Program) bool {
		v, err := truth(ctx, p, known)
		failed = errors.Join(failed, err)
		return v
	}
	for _, n := range c.accept.normalize {
		if v := say(n.is); v != "" {
			f.Normalize(n.name, v)
		}
	}
	for _, n := range c.accept.derive {
		if v := say(n.is); v != "" {
			f.Derive(n.name, v)
		}
	}
	for _, id := range c.accept.identities {
		if holds(id.when) {
			f.Identity(say(id.class), say(id.value))
		}
	}
	for _, r := range c.accept.requests {
		if holds(r.when) {
			f.Request(r.step)
		}
	}
	if c.accept.tier != nil {
		f.Tier = say(c.accept.tier)
	}
	return failed
}

// answer evaluates one expression. Each has a budget of its own, and all of a step
// together the time of the call: CEL asks for it within loops only.
func answer(ctx context.Context, p cel.Program, known map[string]any) (ref.Val, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v, _, err := p.ContextEval(ctx, known)
	return v, err
}

func truth(ctx context.Context, p cel.Program, known map[string]any) (bool, error) {
	v, err := answer(ctx, p, known)
	if err != nil {
		return false, err
	}
	b, ok := v.Value().(bool)
	if !ok {
		return false, errors.New("not true or false")
	}
	return b, nil
}

func text(ctx context.Context, p cel.Program, known map[string]any) (string, error) {
	v, err := answer(ctx, p, known)
	if err != nil {
		return "", err
	}
	s, ok := v.Value().(string)
	if !ok {
		return "", errors.New("no text")
	}
	return s, nil
}
