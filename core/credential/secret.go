package credential

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/paifang/paifang/core/kyc"
)

// Opened is what an account was opened with, as far as its secrets need it.
type Opened struct {
	Flow    *kyc.Flow // the rules that the account was opened by
	Names   []string  // names, phones and e-mail addresses: what a password must not be made of
	Numbers []string  // phones, numbers of documents, dates: what a PIN must not be made of
}

// Openings tells what an account was opened with; *pipeline.Pipeline does.
type Openings interface {
	Opened(ctx context.Context, tenant kyc.TenantID, application kyc.ApplicationID) (Opened, error)
}

// PaymentField is how a market asks for a payment password: as its steps declare it,
// whenever it is set. Of a market that asks for none at registration it is a PIN, which
// is asked for at first need. Always required, and under no condition.
func PaymentField(flow *kyc.Flow) kyc.Field {
	for _, step := range flow.Steps {
		if step.Kind != kyc.CredentialsStep {
			continue
		}
		for _, f := range step.Fields {
			if f.Name == string(kyc.PaymentPassword) {
				f.Required, f.When = true, kyc.Condition{}
				return f
			}
		}
	}
	return kyc.Field{Name: string(kyc.PaymentPassword), Type: kyc.PINField, Required: true, Autocomplete: "off",
		PII: kyc.PIISecret, Help: "payment.help"}
}

// Secret holds a password or PIN to the rules of the field that a market asks it with,
// and gives the form that is hashed. names and numbers as in Opened. The problems have
// no path; an empty secret has none: whether one is required is the field's matter.
func (b *Breached) Secret(f kyc.Field, secret string, names, numbers []string) (string, []kyc.Problem, error) {
	switch f.Type {
	case kyc.PINField:
		digits, problem, ok := CheckPIN(secret, numbers)
		if !ok {
			return "", []kyc.Problem{problem}, nil
		}
		return digits, nil, nil
	case kyc.PasswordField:
		problems, err := b.Check(secret, names)
		if err != nil || len(problems) > 0 || secret == "" {
			return secret, problems, err
		}
		normal, _, _ := Normalize(secret)
		switch n := utf8.RuneCountInString(normal); {
		case n < f.MinLen:
			return secret, []kyc.Problem{kyc.P("", "password.short").With("min", strconv.Itoa(f.MinLen))}, nil
		case f.MaxLen > 0 && n > f.MaxLen:
			return secret, []kyc.Problem{kyc.P("", "password.long").With("max", strconv.Itoa(f.MaxLen))}, nil
		}
		return secret, nil, nil
	}
	return "", nil, kyc.E(kyc.Internal, "field %s is no secret", f.Name)
}

// Verifier compares a secret with a hash; *Hasher does.
type Verifier interface {
	Verify(ctx context.Context, hash, secret string) (ok, rehash bool, err error)
}

// NewPayment holds a new payment password to the rules by which the account was opened;
// it must not be the login password of the given hash ("" for none). It gives the form
// that is hashed. The problems' path is "payment_password".
func (b *Breached) NewPayment(ctx context.Context, v Verifier, o Opened, secret, login string) (string, []kyc.Problem, error) {
	const path = string(kyc.PaymentPassword)
	if secret == "" {
		return "", []kyc.Problem{kyc.P(path, "field.required")}, nil
	}
	normal, problems, err := b.Secret(PaymentField(o.Flow), secret, o.Names, o.Numbers)
	if err != nil || len(problems) > 0 {
		return "", under(path, problems), err
	}
	if login == "" {
		return normal, nil, nil
	}
	same, _, err := v.Verify(ctx, login, normal)
	if err != nil || same {
		return "", []kyc.Problem{kyc.P(path, "password.same")}, err
	}
	return normal, nil, nil
}
