package conformance

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func healthCases() []check {
	return []check{
		{"health.prompt", "health is told within a second, many times", "Health must look at nothing outside: probe in the background.", healthPrompt},
		{"health.reason", "who is not ready says why in a code", "Return an error whose text is a code such as vendor_unreachable.", healthReason},
		{"health.parallel", "health is told while calls are under way", "Hold no lock over calls that Health needs.", healthParallel},
	}
}

func (t *trial) health(ctx context.Context, p *process) (*wirev1.HealthResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit(time.Second))
	defer cancel()
	return p.Base.Health(ctx, &wirev1.HealthRequest{})
}

func healthPrompt(ctx context.Context, t *trial) {
	for range 20 {
		if _, err := t.health(ctx, t.main); err != nil {
			t.errorf("%v", err)
			return
		}
	}
}

func healthReason(ctx context.Context, t *trial) {
	r, err := t.health(ctx, t.main)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	code := r.Reason
	t.want(r.Ready || code != "" && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_.") == "", "not ready, and the reason is %q", code)
}

func healthParallel(ctx context.Context, t *trial) {
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() { _ = t.anyCall(ctx, t.main.Client) })
	}
	_, err := t.health(ctx, t.main)
	calls.Wait()
	if err != nil {
		t.errorf("%v", err)
	}
}

func marketCases() []check {
	return []check{
		{"market.unknown-step", "a step that does not exist is refused", "Answer InvalidArgument: the SDK does.", marketUnknownStep},
		{"market.unknown-market", "a market that is not its own is refused", "Answer InvalidArgument: the SDK does.", marketUnknownMarket},
		{"market.unknown-field", "fields that it does not know change nothing", "Read the fields that you know and leave the others alone.", marketUnknownField},
		{"market.nothing", "a step with no answers at all is judged", "A value may be missing: that is a problem of its field, not an error.", marketNothing},
		{"market.no-time", "a question without a time is judged or refused, and does no harm", "Check for the zero time.", marketNoTime},
		{"market.same", "the same question has the same answer, always", "Use no chance, no clock but the question's, no state, and no order of a map.", marketSame},
		{"market.elsewhere", "another process in another time zone and language answers the same", "Use the time of the question, in a zone that you name, and no setting of the machine.", marketElsewhere},
		{"market.order", "what was asked before does not matter", "Keep no state between calls.", marketOrder},
		{"market.locale", "the person's language does not change what is found", "Return codes; sentences are in the catalogue.", marketLocale},
		{"market.parallel", "many questions at once are all answered as each alone", "Share nothing that changes between calls.", marketParallel},
		{"market.late", "past its deadline a question is not answered", "Do not begin a call whose deadline is over: the SDK does not.", marketLate},
		{"market.hurried", "a deadline that is nearly over, and questions that are given up, do no harm", "Honour the context; hold no lock when it ends.", marketHurried},
		{"market.oversized", "a message over the bound is refused and does no harm", "Bound messages at 4 MiB: the SDK does.", marketOversized},
		{"market.rows", "rows beyond the last, gaps and rows without a number do no harm", "Read rows from 1 to the most that the list has.", marketRows},
		{"market.config", "a broken configuration of the tenant is not taken for none", "Return an error when Question.Config cannot be read: rules that cannot be told must not be guessed.", marketConfig},
	}
}

// question fills in the request of a step.
func (t *trial) question(f *wirev1.Flow, s *wirev1.Step, values map[string]string) *wirev1.EvaluateRequest {
	return t.main.Request(&sdk.Question{RequestID: "conformance", Tenant: "conformance", Market: f.Market, Step: s.Id, Values: values})
}

// evaluate asks within the host's limit and remembers the answer.
func (t *trial) evaluate(ctx context.Context, q *wirev1.EvaluateRequest) (*wirev1.EvaluateResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
	defer cancel()
	r, err := t.main.Market.Evaluate(ctx, q)
	if err == nil {
		t.answers = append(t.answers, answer{request: q, response: r})
	}
	return r, err
}

// steps runs f for every step.
func (t *trial) steps(f func(flow *wirev1.Flow, step *wirev1.Step)) {
	for _, flow := range t.about.Flows {
		for _, step := range flow.Steps {
			f(flow, step)
		}
	}
}

// likely are answers of about the right form.
func likely(step *wirev1.Step) map[string]string {
	values := map[string]string{}
	fill(values, "", step.Fields, func(f *wirev1.Field) string {
		switch f.Type {
		case sdk.DateField:
			return "1990-02-28"
		case sdk.CountryField:
			return "BR"
		case sdk.PhoneField:
			return "+8613800138000"
		case sdk.EmailField:
			return "ana@example.org"
		case sdk.CheckboxField, sdk.ConsentField:
			return "true"
		case sdk.SelectField:
			return f.Options[0].Value
		case sdk.NameField:
			return "Ana Souza"
		}
		return "12345678909"
	})
	return values
}

// fill writes into every field: all parts of addresses, all rows of lists.
func fill(values map[string]string, prefix string, fields []*wirev1.Field, text func(*wirev1.Field) string) {
	for _, f := range fields {
		name := prefix + f.Name
		switch f.Type {
		case sdk.AddressField:
			for _, part := range []string{"country", "admin_area", "locality", "postal_code", "line1", "line2"} {
				values[name+"."+part] = text(f)
			}
		case sdk.ListField:
			for row := range f.Constraint.GetMaxRows() {
				fill(values, fmt.Sprintf("%s.%d.", name, row+1), f.Fields, text)
			}
		default:
			values[name] = text(f)
		}
	}
}

func marketUnknownStep(ctx context.Context, t *trial) {
	q := t.question(t.about.Flows[0], &wirev1.Step{Id: "no-such-step"}, nil)
	_, err := t.main.Market.Evaluate(ctx, q)
	t.want(status.Code(err) == codes.InvalidArgument, "it was evaluated: %v", err)
}

func marketUnknownMarket(ctx context.Context, t *trial) {
	q := t.question(&wirev1.Flow{Market: "no-such-market"}, t.about.Flows[0].Steps[0], nil)
	_, err := t.main.Market.Evaluate(ctx, q)
	t.want(status.Code(err) == codes.InvalidArgument, "it was evaluated: %v", err)
}

func marketUnknownField(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		values := likely(step)
		without, err := t.evaluate(ctx, t.question(flow, step, values))
		if err != nil {
			t.errorf("step %s: %v", step.Id, err)
			return
		}
		values["no_such_field"], values["no.such.field"], values[""] = "x", "y", "z"
		with, err := t.evaluate(ctx, t.question(flow, step, values))
		t.want(err == nil && proto.Equal(with, without), "step %s: the answer differs", step.Id)
	})
}

func marketNothing(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		if _, err := t.evaluate(ctx, t.question(flow, step, nil)); err != nil {
			t.errorf("step %s: %v", step.Id, err)
		}
	})
}

func marketNoTime(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		q := t.question(flow, step, likely(step))
		q.Time = nil
		_, err := t.evaluate(ctx, q)
		code := status.Code(err)
		t.want(err == nil || code == codes.Internal || code == codes.InvalidArgument, "step %s: %v", step.Id, err)
	})
}

func marketSame(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		for _, values := range []map[string]string{likely(step), nil} {
			first, err := t.evaluate(ctx, t.question(flow, step, values))
			for range 5 {
				again, err2 := t.evaluate(ctx, t.question(flow, step, values))
				t.want(err == nil && err2 == nil && proto.Equal(first, again), "step %s: two answers", step.Id)
			}
		}
	})
}

func marketElsewhere(ctx context.Context, t *trial) {
	other, err := t.configured(ctx, "TZ=Pacific/Kiritimati", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8")
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer other.stop()
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		for _, hour := range []int{0, 11, 23} {
			q := t.question(flow, step, likely(step))
			q.Time.Seconds += int64(hour) * 3600
			here, err := t.evaluate(ctx, q)
			limited, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
			there, err2 := other.Market.Evaluate(limited, q)
			cancel()
			t.want(err == nil && err2 == nil && proto.Equal(here, there), "step %s: the answer differs", step.Id)
		}
	})
}

func marketOrder(ctx context.Context, t *trial) {
	first := map[string]*wirev1.EvaluateResponse{}
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		first[step.Id], _ = t.evaluate(ctx, t.question(flow, step, likely(step)))
	})
	for i := len(t.about.Flows[0].Steps) - 1; i >= 0; i-- {
		flow, step := t.about.Flows[0], t.about.Flows[0].Steps[i]
		again, err := t.evaluate(ctx, t.question(flow, step, likely(step)))
		t.want(err == nil && proto.Equal(first[step.Id], again), "step %s: the answer differs after others", step.Id)
	}
}

func marketLocale(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		var first *wirev1.EvaluateResponse
		for _, locale := range []string{"en", "ar", "zh-Hant", "tlh", ""} {
			q := t.question(flow, step, likely(step))
			q.Locale = locale
			r, err := t.evaluate(ctx, q)
			if first == nil {
				first = r
			}
			t.want(err == nil && proto.Equal(first, r), "step %s: the answer differs in %q", step.Id, locale)
		}
	})
}

func marketParallel(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		q := t.question(flow, step, likely(step))
		alone, err := t.evaluate(ctx, q)
		if err != nil {
			t.errorf("step %s: %v", step.Id, err)
			return
		}
		var wrong sync.Map
		var calls sync.WaitGroup
		for i := range 16 {
			calls.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
				defer cancel()
				if r, err := t.main.Market.Evaluate(ctx, q); err != nil || !proto.Equal(r, alone) {
					wrong.Store(i, err)
				}
			})
		}
		calls.Wait()
		wrong.Range(func(_, err any) bool {
			t.errorf("step %s: another answer (%v)", step.Id, err)
			return true
		})
	})
}

func marketLate(ctx context.Context, t *trial) {
	t.tooLate(ctx, func(ctx context.Context) error {
		_, err := t.main.Market.Evaluate(ctx, t.question(t.about.Flows[0], t.about.Flows[0].Steps[0], nil))
		return err
	})
}

func marketHurried(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		q := t.question(flow, step, likely(step))
		for i := range 10 {
			limited, cancel := context.WithTimeout(ctx, time.Duration(i*100)*time.Microsecond)
			_, err := t.main.Market.Evaluate(limited, q)
			cancel()
			code := status.Code(err)
			t.want(code == codes.OK || code == codes.DeadlineExceeded || code == codes.Canceled, "step %s: %v", step.Id, err)
		}
		if _, err := t.evaluate(ctx, q); err != nil {
			t.errorf("step %s, and after it: %v", step.Id, err)
		}
	})
}

func marketOversized(ctx context.Context, t *trial) {
	step := t.about.Flows[0].Steps[0]
	q := t.question(t.about.Flows[0], step, map[string]string{"x": strings.Repeat("x", wire.MaxMessage+1)})
	limited, cancel := context.WithTimeout(ctx, t.limit(5*time.Second))
	defer cancel()
	_, err := t.main.Market.Evaluate(limited, q)
	t.want(status.Code(err) == codes.ResourceExhausted, "a message over the bound: %v", err)
	if _, err := t.evaluate(ctx, t.question(t.about.Flows[0], step, nil)); err != nil {
		t.errorf("and after it: %v", err)
	}
}

func marketRows(ctx context.Context, t *trial) {
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		for _, list := range step.Fields {
			if list.Type != sdk.ListField {
				continue
			}
			t.count++
			values := likely(step)
			for _, row := range []string{"0", "-1", "00", "7", "21", "99999999999999999999", "x", ""} {
				fill(values, list.Name+"."+row+".", list.Fields, func(*wirev1.Field) string { return "x" })
			}
			if _, err := t.evaluate(ctx, t.question(flow, step, values)); err != nil {
				t.errorf("step %s: %v", step.Id, err)
			}
		}
	})
	if t.count == 0 {
		t.skip("it has no lists")
	}
}

func marketConfig(ctx context.Context, t *trial) {
	if len(t.about.TenantSchema) == 0 {
		t.skip("tenants cannot configure it")
		return
	}
	told := false
	t.steps(func(flow *wirev1.Flow, step *wirev1.Step) {
		q := t.question(flow, step, likely(step))
		q.TenantConfig = []byte(`{"`)
		if _, err := t.main.Market.Evaluate(ctx, q); err != nil {
			told = true
			t.want(status.Code(err) == codes.Internal || status.Code(err) == codes.InvalidArgument, "step %s: %v", step.Id, err)
		}
	})
	t.want(told, "no step minds")
}
