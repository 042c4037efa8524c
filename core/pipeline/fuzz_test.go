package pipeline

import (
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/paifang/paifang/core/kyc"
)

// everywhere takes every country and every address.
type everywhere struct{}

func (everywhere) Country(code string) bool                 { return len(code) == 2 }
func (everywhere) Address(string, kyc.Values) []kyc.Problem { return nil }

// fuzzStep has a field of every type that is read from text.
func fuzzStep() kyc.Step {
	list := []kyc.Field{{Name: "name", Type: kyc.NameField, Required: true}, {Name: "share", Type: kyc.NumberField, MaxLen: 9}}
	return kyc.Step{ID: "s", Kind: kyc.ProfileStep, Fields: []kyc.Field{
		{Name: "text", Type: kyc.TextField, MaxLen: 80}, {Name: "name", Type: kyc.NameField}, {Name: "latin", Type: kyc.NameField, Script: "latin"},
		{Name: "date", Type: kyc.DateField}, {Name: "select", Type: kyc.SelectField, Options: []kyc.Option{{Value: "a"}}},
		{Name: "country", Type: kyc.CountryField}, {Name: "phone", Type: kyc.PhoneField}, {Name: "email", Type: kyc.EmailField},
		{Name: "number", Type: kyc.NumberField, MaxLen: 40}, {Name: "mrz", Type: kyc.MRZField, MaxLen: 200}, {Name: "box", Type: kyc.CheckboxField},
		{Name: "consent", Type: kyc.ConsentField}, {Name: "password", Type: kyc.PasswordField}, {Name: "pin", Type: kyc.PINField},
		{Name: "address", Type: kyc.AddressField}, {Name: "questions", Type: kyc.QuestionField, Count: 2, Options: []kyc.Option{{Value: "q"}}},
		{Name: "owners", Type: kyc.ListField, MinRows: 1, MaxRows: 3, Fields: list},
	}}
}

// FuzzValues: whatever is typed under whatever name, no validation panics; what
// is taken is bounded text without direction overrides and control characters,
// and typing what was taken is taken as the same.
func FuzzValues(f *testing.F) {
	for _, s := range [][2]string{{"name", "Аnna\u202e"}, {"name", "𠮷野 一郎"}, {"latin", "O’Connor-Müller"}, {"email", "a@exаmple.com"}, {"email", "İ@EXAMPLE.com"},
		{"phone", "+86 138 0013 8000"}, {"owners.1.name", "Ada"}, {"owners.99999999999.name", "x"}, {"questions.1.answer", "\u2067x"},
		{"address.line1", "شارع 1"}, {"mrz", "P<\r\nUTO"}, {"number", "\xff"}, {"text", "e\u0301\u200b"}, {"", ""}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		read := func(value string) *attempt {
			a := &attempt{run: &run{p: &Pipeline{Config: Config{Geography: everywhere{}}}, flow: &kyc.Flow{}}, step: fuzzStep()}
			a.validate(kyc.Values{name: value})
			return a
		}
		a := read(value)
		for n, v := range a.values {
			if !utf8.ValidString(v) || utf8.RuneCountInString(v) > maxLen || strings.ContainsAny(v, "\x00\r\u202a\u202e\u2066\u2069") {
				t.Fatalf("%s: %q is taken from %q", n, v, value)
			}
		}
		kept, taken := a.values[name]
		for _, p := range a.problems {
			taken = taken && p.Path != name
		}
		if again := read(kept).values[name]; taken && again != kept {
			t.Fatalf("%s: %q gives %q gives %q", name, value, kept, again)
		}
	})
}

// oneKey is a store that knows the key of one marketplace.
type oneKey struct {
	Store
	key kyc.AssertionKey
}

func (k oneKey) AssertionKey(_ context.Context, tenant kyc.TenantID, id string) (kyc.AssertionKey, error) {
	if tenant != k.key.Tenant || id != k.key.KeyID {
		return kyc.AssertionKey{}, kyc.E(kyc.NotFound, "no such key")
	}
	return k.key, nil
}

// FuzzAssertion: a browser brings an assertion; whatever it is, it names a member
// only if the marketplace has signed just that.
func FuzzAssertion(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		f.Fatal(err)
	}
	good, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: "https://market.example", Subject: "m-1", ID: "1", Audience: jwt.Audience{AssertionAudience("demo")},
		Expiry: jwt.NewNumericDate(now.Add(time.Minute))}).Serialize()
	if err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for _, s := range []string{good, parts[0] + "." + parts[1] + ".", "eyJhbGciOiJub25lIn0." + parts[1] + ".", good + "." + parts[2], strings.ToUpper(good), "..", ""} {
		f.Add(s)
	}
	p := &Pipeline{Config: Config{Store: oneKey{key: kyc.AssertionKey{Tenant: "demo", KeyID: "k1", Issuer: "https://market.example",
		Public: private.Public().(ed25519.PublicKey)}}}}
	f.Fuzz(func(t *testing.T, raw string) {
		std, _, issue, err := p.readAssertion(t.Context(), "demo", raw, now)
		if err != nil {
			t.Fatal(err)
		}
		if issue == "" && (std.Subject != "m-1" || std.ID != "1") {
			t.Errorf("%q is believed to be %q", raw, std.Subject)
		}
		if _, _, issue, err := p.readAssertion(t.Context(), "other", raw, now); issue == "" || err != nil {
			t.Errorf("%q is believed of another tenant (%v)", raw, err)
		}
	})
}
