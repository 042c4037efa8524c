package plugintest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestProgramConforms(t *testing.T) {
	plugintest.Conform(t, conformance.Options{Program: plugintest.Build(t, "testdata/atlantis")})
}

// broken is a market whose author made every mistake.
type broken struct{}

func (broken) Describe() sdk.Description {
	return sdk.Description{ID: "broken", Version: "1.0.0", Flows: []sdk.Flow{{Market: "broken",
		Steps: []sdk.Step{{ID: "a", Kind: sdk.ProfileStep}, {ID: "b", Kind: sdk.ProfileStep}, {ID: "c", Kind: sdk.ProfileStep}}}}}
}

func (broken) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Step {
	case "a":
		panic("with a person's name")
	case "b":
		return nil, errors.New("with a person's name")
	}
	return nil, nil
}

func TestFaultsSayNothingPersonal(t *testing.T) {
	c := plugintest.Serve(t, broken{})
	for _, step := range []string{"a", "b", "c"} {
		_, err := c.Ask(context.Background(), &sdk.Question{Step: step})
		if status.Code(err) != codes.Internal {
			t.Errorf("step %s: %v", step, err)
		}
		if text := status.Convert(err).Message(); text != "provider panicked" && text != "provider could not tell" {
			t.Errorf("step %s: %q leaves the process", step, text)
		}
	}
}

func TestDrainRefusesNewCalls(t *testing.T) {
	c := plugintest.Serve(t, broken{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := c.Base.Drain(ctx, &wirev1.DrainRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(ctx, &sdk.Question{Step: "a"}); status.Code(err) != codes.Unavailable {
		t.Errorf("after draining: %v", err)
	}
}
