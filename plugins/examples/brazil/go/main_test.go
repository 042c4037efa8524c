package main

import (
	"cmp"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/paifang/paifang/plugins/declarative"
	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
)

// vectors are shared with the market as data.
const vectors = "../vectors"

func TestVectors(t *testing.T) {
	if n := plugintest.Golden(t, vectors, market{}.Evaluate); n < 16 {
		t.Errorf("only %d cases", n)
	}
}

func TestConformance(t *testing.T) {
	plugintest.Conform(t, conformance.Options{Program: plugintest.Build(t, "."), Vectors: vectors})
}

// asData is the market of brazil.yaml.
func asData(t *testing.T) *declarative.Market {
	t.Helper()
	raw, err := os.ReadFile("../brazil.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := declarative.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestItDescribesItselfAsTheMarketThatIsData(t *testing.T) {
	data, program := asData(t).Describe(), market{}.Describe()
	if !reflect.DeepEqual(data.Flows, program.Flows) || !reflect.DeepEqual(data.OwnCodes, program.OwnCodes) {
		t.Errorf("the flows differ:\n%+v\n%+v", data.Flows, program.Flows)
	}
	for locale, texts := range data.Messages {
		if !reflect.DeepEqual(texts, program.Messages[locale]) {
			t.Errorf("the messages of %s differ", locale)
		}
	}
	if len(data.Messages) != len(program.Messages) {
		t.Errorf("%d languages and %d", len(data.Messages), len(program.Messages))
	}
}

// TestItFindsWhatTheMarketThatIsDataFinds asks both about made-up answers of
// which most are nearly right.
func TestItFindsWhatTheMarketThatIsDataFinds(t *testing.T) {
	data, random := asData(t), rand.New(rand.NewPCG(2026, 11)) //nolint:gosec // the same answers every time
	accepted, rejected := 0, 0
	for range 3000 {
		q := &sdk.Question{Step: "profile", Now: time.Date(2026, 6, 1, random.IntN(24), 0, 0, 0, time.UTC), Values: answers(random)}
		want, err := data.Evaluate(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got := profile(q)
		for _, f := range []*sdk.Finding{want, got} {
			slices.SortFunc(f.Problems, func(a, b sdk.Problem) int { return cmp.Compare(a.Path, b.Path) })
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%v:\nas data %+v\nin Go   %+v", q.Values, want, got)
		}
		if got.Accepted() {
			accepted++
		} else {
			rejected++
		}
	}
	if accepted < 50 || rejected < 100 {
		t.Errorf("%d were accepted and %d not: the answers show little", accepted, rejected)
	}
}

func answers(random *rand.Rand) map[string]string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	cpf := make([]byte, 9, cpfLength)
	for i := range cpf {
		cpf[i] = byte('0' + random.IntN(10))
	}
	cpf = append(cpf, check(string(cpf)))
	cpf = append(cpf, check(string(cpf)))
	if random.IntN(4) == 0 {
		cpf[random.IntN(len(cpf))] = pick("0", "5", "x", ".", "٣")[0]
	}
	return map[string]string{
		"full_name":       pick("Ana Souza", "  Ana   Souza ", "Zé", "Ana Souza", " ", ""),
		"cpf":             pick(string(cpf), string(cpf[:3])+"."+string(cpf[3:9])+"-"+string(cpf[9:]), string(cpf), "111.111.111-11", string(cpf[:10])),
		"birth_date":      pick("1990-05-17", "1971-12-31", "2008-05-31", "2008-06-01", "2008-06-02", "2027-01-01", "1990-02-30", "2000-02-29"),
		"document_kind":   pick(rg, cnh, passport, rg, "visa", ""),
		"document_number": pick("12.345.678-9", "12345678x", "01234567890", "fz 123456", "FZ12345", "1234567890123456789012", "é"),
	}
}
