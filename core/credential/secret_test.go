package credential_test

import (
	"context"
	"testing"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

// asking is a market whose steps ask for a payment password in a form of its own; with
// no type it asks for none.
func asking(form kyc.FieldType, least int) *kyc.Flow {
	flow := &kyc.Flow{Steps: []kyc.Step{
		{ID: "profile", Kind: kyc.ProfileStep, Fields: []kyc.Field{{Name: "payment_password", Type: kyc.TextField}}},
		{ID: "credentials", Kind: kyc.CredentialsStep, Fields: []kyc.Field{{Name: "login_password", Type: kyc.PasswordField, Required: true}}}}}
	if form != "" {
		flow.Steps[1].Fields = append(flow.Steps[1].Fields, kyc.Field{Name: "payment_password", Type: form, MinLen: least, Help: "market.help",
			When: kyc.Condition{Field: "seller.kind", In: []string{"company"}}})
	}
	return flow
}

// A payment password that is set later is held to what the market asks for at
// registration, for each of the forms that the markets have.
func TestPaymentPasswordByTheMarket(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		flow *kyc.Flow
		want map[string]string // secret and problem; "" for none
	}{
		"asks for none at registration": {asking("", 0), map[string]string{"731904": "", "٧٣١٩٠٤": "", "quartz ferry 92 anchor": "pin.format", "73190": "pin.format",
			"123456": "pin.simple", "138001": "pin.personal", "199001": "pin.personal"}},
		"a PIN": {asking(kyc.PINField, 0), map[string]string{"731904": "", "quartz ferry 92 anchor": "pin.format", "380013": "pin.personal"}},
		"a password": {asking(kyc.PasswordField, 8), map[string]string{"731904": "password.short", "quartz ferry 92 anchor": "", "my 13800138000": "password.contains_name",
			"lindgren quay 44": "password.contains_name", "Spartaque312": "password.breached", password: "password.same"}},
		"a long password": {asking(kyc.PasswordField, 24), map[string]string{"quartz ferry 92 anchor": "password.short", "quartz ferry 92 anchor lamp": ""}},
		"no secret":       {asking(kyc.TextField, 0), map[string]string{"quartz ferry 92 anchor": "an error"}},
	} {
		for secret, want := range c.want {
			f := build(t)
			f.openings.is = credential.Opened{Flow: c.flow, Names: []string{"Anna Lindgren"}, Numbers: []string{"1990-01-31"}}
			f.credentials["p"] = f.credentials["p"][1:] // none yet
			token := f.enters(t, credential.Client{Address: owner}).Token
			problems, err := f.accounts.ChangePayment(ctx, "demo", token, "", secret, credential.Client{})
			switch {
			case want == "an error":
				if kyc.CodeOf(err) != kyc.Internal {
					t.Errorf("%s, %q: %v %v", name, secret, problems, err)
				}
			case err != nil || (want == "") != (len(problems) == 0) || want != "" && (problems[0].Code != want || problems[0].Path != "payment_password"):
				t.Errorf("%s, %q: %v %v, want %s", name, secret, problems, err, want)
			case want == "":
				if ok, err := f.accounts.CheckPayment(ctx, "demo", token, secret); err != nil || !ok {
					t.Errorf("%s: %q does not pay: %v", name, secret, err)
				}
			}
		}
	}
}

func TestPaymentFieldIsTheMarkets(t *testing.T) {
	if f := credential.PaymentField(asking(kyc.PasswordField, 9)); f.Type != kyc.PasswordField || f.MinLen != 9 || f.Help != "market.help" || !f.Required || f.When.Field != "" {
		t.Errorf("%+v", f)
	}
	if f := credential.PaymentField(asking("", 0)); f.Type != kyc.PINField || !f.Required || f.Help != "payment.help" {
		t.Errorf("%+v", f)
	}
}
