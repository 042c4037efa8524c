package declarative

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
)

func brazil(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile("../examples/brazil/brazil.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVectors(t *testing.T) {
	m, err := Read(brazil(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := plugintest.Golden(t, "../examples/brazil/vectors", m.Evaluate); n < 16 {
		t.Errorf("only %d cases", n)
	}
}

// TestConformance packs the market and judges the program.
func TestConformance(t *testing.T) {
	engine, err := os.ReadFile(plugintest.Build(t, "engine"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := Pack(engine, brazil(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Pack(program, brazil(t)); err == nil {
		t.Error("a market is packed behind a market")
	}
	path := filepath.Join(t.TempDir(), "brazil")
	if err := os.WriteFile(path, program, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	plugintest.Conform(t, conformance.Options{Program: path, Vectors: "../examples/brazil/vectors"})
}

func TestAnEngineWithoutAMarketSaysSo(t *testing.T) {
	out, err := exec.Command(plugintest.Build(t, "engine")).CombinedOutput() //nolint:gosec // our own program
	if err == nil || !strings.Contains(string(out), "paifang provider pack") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestWhatIsWrongIsNamedWithItsLine spoils one line of the market at a time.
func TestWhatIsWrongIsNamedWithItsLine(t *testing.T) {
	good := string(brazil(t))
	for what, x := range map[string][3]string{
		"unknown word":    {"review: always", "reviews: always", "line 6"},
		"unknown name":    {"is: digits(cpf)", "is: digits(cfp)", "undeclared reference to 'cfp'"},
		"wrong type":      {"when: years < 18", "when: years", "it gives int and should give bool"},
		"no such overlap": {"is: size(number) == 11", "is: number == 11", "no matching overload"},
		"two findings":    {"problem: field.name,", "problem: field.name, reason: data.incomplete,", "a problem or a reason"},
		"long time":       {"ttl: 10m", "ttl: soon", "no length of time"},
		"tier's type":     {`tier: "'basic'"`, "tier: basic", "tier"},
	} {
		_, err := Read([]byte(strings.Replace(good, x[0], x[1], 1)))
		if err == nil || !strings.Contains(err.Error(), x[2]) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Read([]byte("id: x")); err == nil {
		t.Error("half a market is read")
	}
}

// TestAnExpressionHasABudget: what costs too much is an error, not an answer.
func TestAnExpressionHasABudget(t *testing.T) {
	costly := "when: \"full_name.matches('(a|b|c|d|e)*f') || [1,2,3,4,5,6,7,8,9,10].exists(a, [1,2,3,4,5,6,7,8,9,10].exists(b, [1,2,3,4,5,6,7,8,9,10].exists(c, [1,2,3,4,5,6,7,8,9,10].exists(d, [1,2,3,4,5,6,7,8,9,10].exists(e, a+b+c+d+e > 100)))))\""
	m, err := Read([]byte(strings.Replace(string(brazil(t)), "when: words(full_name) == ''", costly, 1)))
	if err != nil {
		t.Fatal(err)
	}
	took := time.Hour
	for try := 0; try < 5 && took > time.Second; try++ { // once may be what else the machine does
		began := time.Now()
		_, err = m.Evaluate(context.Background(), &sdk.Question{Step: "profile", Values: map[string]string{"full_name": "Ana Souza"}, Now: began})
		took = time.Since(began)
	}
	if err == nil || !strings.Contains(err.Error(), "cost limit") || took > time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

// TestAStepHasTheTimeOfItsCall: once the host does not wait any more, no further
// expression is evaluated, however cheap.
func TestAStepHasTheTimeOfItsCall(t *testing.T) {
	m, err := Read(brazil(t))
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Evaluate(over, &sdk.Question{Step: "profile", Values: map[string]string{"full_name": "Ana Souza"}, Now: time.Now()}); !errors.Is(err, context.Canceled) {
		t.Errorf("after its time: %v", err)
	}
}

// BenchmarkEvaluate is what judging a profile costs.
func BenchmarkEvaluate(b *testing.B) {
	m, err := Read(brazil(b))
	if err != nil {
		b.Fatal(err)
	}
	q := &sdk.Question{Step: "profile", Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Values: map[string]string{
		"full_name": "Ana Souza", "cpf": "111.444.777-35", "birth_date": "1990-05-17", "document_kind": "rg", "document_number": "12345678X"}}
	for b.Loop() {
		if f, err := m.Evaluate(context.Background(), q); err != nil || f.Tier != "basic" {
			b.Fatal(f, err)
		}
	}
}

// FuzzRead: whatever a file says, it is a market that describes itself and whose
// expressions end, or an error.
func FuzzRead(f *testing.F) {
	whole := string(brazil(f))
	f.Add(whole, "profile")
	f.Add("id: x\nversion: 1.0.0\n", "a")
	f.Add("a: &a [*a]\n", "")
	f.Add(strings.Replace(whole, "when: words(full_name) == ''", "when: full_name.matches('(a+)+$')", 1), "profile")
	f.Fuzz(func(t *testing.T, text, step string) {
		m, err := Read([]byte(text))
		if err != nil {
			return
		}
		about := m.Describe()
		if about.ID == "" {
			t.Errorf("a market without a name is read")
		}
		_, _ = m.Evaluate(t.Context(), &sdk.Question{Step: step, Values: map[string]string{"full_name": text}, Now: time.Unix(1_800_000_000, 0)})
	})
}
