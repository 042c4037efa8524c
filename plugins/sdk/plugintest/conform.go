package plugintest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Conform runs the conformance suite for all kinds that the provider is of.
func Conform(t *testing.T, c *Client) {
	t.Helper()
	t.Run("describe", func(t *testing.T) { describeValid(t, c) })
	t.Run("catalogue", func(t *testing.T) { catalogueParity(t, c) })
	t.Run("health", func(t *testing.T) { healthy(t, c) })
	for _, kind := range c.About.Kinds {
		if kind == wirev1.ProviderKind_PROVIDER_KIND_MARKET {
			t.Run("market", func(t *testing.T) { conformMarket(t, c) })
		}
	}
}

func healthy(t *testing.T, c *Client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r, err := c.Base.Health(ctx, &wirev1.HealthRequest{})
	if err != nil {
		t.Fatalf("no answer within a second: %v", err)
	}
	if !r.Ready && r.Reason == "" {
		t.Error("not ready and no reason")
	}
}

func conformMarket(t *testing.T, c *Client) {
	t.Run("unknown step", func(t *testing.T) {
		if _, err := c.Ask(context.Background(), &sdk.Question{Step: "no-such-step"}); err == nil {
			t.Error("a step that does not exist was evaluated")
		}
	})
	t.Run("unknown market", func(t *testing.T) {
		q := &sdk.Question{Market: "no-such-market", Step: c.About.Flows[0].Steps[0].Id}
		if _, err := c.Ask(context.Background(), q); err == nil {
			t.Error("a market that does not exist was evaluated")
		}
	})
	for _, flow := range c.About.Flows {
		for _, step := range flow.Steps {
			for name, text := range adversarial() {
				t.Run(step.Id+" "+name, func(t *testing.T) { evaluateSafely(t, c, flow, step, text) })
			}
			t.Run(step.Id+" late", func(t *testing.T) { pastDeadline(t, c, flow, step) })
		}
	}
	t.Run("oversized", func(t *testing.T) { oversized(t, c) })
}

// adversarial is what people and attackers type into any field.
func adversarial() map[string]string {
	return map[string]string{
		"empty":         "",
		"space":         " \u00a0\u3000",
		"long":          strings.Repeat("长", 20000),
		"han extension": "\U0002a6d6\U00030edd",
		"bidi":          "\u202emohammed\u202c عبد الله",
		"combining":     "e" + strings.Repeat("\u0301", 500),
		"control":       "a\x00b\x1b[31m\r\n",
		"markup":        `<script>alert(1)</script>{{.}}';--`,
		"digits":        "११०१०१１９４９",
		"number":        "-9223372036854775808",
		"json":          `{"a":[[[[]]]]}`,
		"middle dot":    "买买提·吐尔逊",
	}
}

// evaluateSafely fills every field with the text: the market must answer,
// the same both times, about fields that exist.
func evaluateSafely(t *testing.T, c *Client, flow *wirev1.Flow, step *wirev1.Step, text string) {
	values := map[string]string{}
	fillFields(values, "", step.Fields, text)
	q := c.request(&sdk.Question{Market: flow.Market, Step: step.Id, Values: values})
	var answers [2]*wirev1.EvaluateResponse
	for i := range answers {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		r, err := c.Market.Evaluate(ctx, q)
		cancel()
		if err != nil {
			t.Fatalf("odd input must be a problem, not an error: %v", err)
		}
		answers[i] = r
	}
	if !proto.Equal(answers[0], answers[1]) {
		t.Error("the same question has two answers")
	}
	findingValid(t, c, flow, step, answers[0])
}

// fillFields writes the text into every field: all parts of addresses, all rows
// of lists.
func fillFields(values map[string]string, prefix string, fields []*wirev1.Field, text string) {
	for _, f := range fields {
		name := prefix + f.Name
		switch f.Type {
		case sdk.AddressField:
			for _, part := range []string{"country", "admin_area", "locality", "postal_code", "line1", "line2"} {
				values[name+"."+part] = text
			}
		case sdk.ListField:
			for row := range f.Constraint.GetMaxRows() {
				fillFields(values, fmt.Sprintf("%s.%d.", name, row+1), f.Fields, text)
			}
		default:
			values[name] = text
		}
	}
}

func findingValid(t *testing.T, c *Client, flow *wirev1.Flow, step *wirev1.Step, r *wirev1.EvaluateResponse) {
	known := func(path string) bool {
		for _, f := range step.Fields {
			if path == f.Name || strings.HasPrefix(path, f.Name+".") {
				return true
			}
		}
		return path == ""
	}
	for _, p := range r.Problems {
		if !known(p.Path) {
			t.Errorf("problem %s about unknown field %q", p.Code, p.Path)
		}
		checkCode(t, c, p.Code)
	}
	for name := range r.Normalized {
		if !known(name) {
			t.Errorf("unknown field %q normalized", name)
		}
	}
	if r.Tier != "" && !hasTier(flow, r.Tier) {
		t.Errorf("unknown tier %q", r.Tier)
	}
	for _, id := range r.RequestedSteps {
		if !onDemand(flow, id) {
			t.Errorf("requested step %q is not an on-demand step", id)
		}
	}
	for _, x := range r.Reasons {
		checkCode(t, c, x.Code)
	}
}

func pastDeadline(t *testing.T, c *Client, flow *wirev1.Flow, step *wirev1.Step) {
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := c.Market.Evaluate(ctx, c.request(&sdk.Question{Market: flow.Market, Step: step.Id}))
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("past its deadline: %v", err)
	}
}

func oversized(t *testing.T, c *Client) {
	q := c.request(&sdk.Question{Market: c.About.Flows[0].Market, Step: c.About.Flows[0].Steps[0].Id,
		Values: map[string]string{"x": strings.Repeat("x", wire.MaxMessage+1)}})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := c.Market.Evaluate(ctx, q); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a message over the bound: %v", err)
	}
	if _, err := c.Base.Health(ctx, &wirev1.HealthRequest{}); err != nil {
		t.Errorf("and after it: %v", err)
	}
}
