// Package recovery is the market that every tenant has: a request of somebody
// who has an account and cannot get in. It goes through the pipeline like any
// application (a contact is proved, the account is named, the document is
// photographed) and always ends with a person. What an approval does is the
// pipeline's: a one-time link to the proved contact, never an account.
//
// Nothing here looks at accounts, so that no answer tells whether a login name
// is somebody's.
package recovery

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Version of the flow. Applications name it as they name a provider's.
const Version = "1.0.0"

// AccountStep is the step that names the account.
const AccountStep kyc.StepID = "account"

// LoginField is its field with the login name, NumberField that with the number
// of the document.
const (
	LoginField  = "login"
	NumberField = "number"
)

// Next is where the other markets are.
type Next interface {
	Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error)
	Choose(market kyc.MarketID, key, pinned string) (string, error)
	Evaluate(ctx context.Context, q kyc.Question) (kyc.Finding, error)
}

// Markets are the markets of the providers, and the recovery of accounts.
type Markets struct{ Next }

// Flow is a market as its provider, or this package, describes it.
func (m Markets) Flow(ctx context.Context, market kyc.MarketID, version string) (*kyc.Flow, error) {
	if market == kyc.RecoveryMarket {
		return flow(), nil
	}
	return m.Next.Flow(ctx, market, version)
}

// Choose tells which version a new application is bound to. Of a recovery there
// is one.
func (m Markets) Choose(market kyc.MarketID, key, pinned string) (string, error) {
	if market == kyc.RecoveryMarket {
		return Version, nil
	}
	return m.Next.Choose(market, key, pinned)
}

// Offered is a market as a tenant offers it that has chosen a version or a channel;
// pinned "" is none. Errors are those of Flow and Choose.
func (m Markets) Offered(ctx context.Context, market kyc.MarketID, pinned string) (*kyc.Flow, error) {
	version := ""
	if pinned != "" {
		var err error
		if version, err = m.Choose(market, "", pinned); err != nil {
			return nil, err
		}
	}
	return m.Flow(ctx, market, version)
}

// Evaluate asks the market about a step. Of a recovery request there is nothing
// to find: a person compares it with the account.
func (m Markets) Evaluate(ctx context.Context, q kyc.Question) (kyc.Finding, error) {
	if q.Market == kyc.RecoveryMarket {
		return kyc.Finding{Provider: kyc.Source{Kind: "automatic", Name: string(kyc.RecoveryMarket), Version: Version}}, nil
	}
	return m.Next.Evaluate(ctx, q)
}

func flow() *kyc.Flow {
	return &kyc.Flow{Market: kyc.RecoveryMarket, Provider: string(kyc.RecoveryMarket), Version: Version,
		Title: "recovery.title", Summary: "recovery.summary", Review: "always", Lifetime: 7 * 24 * time.Hour,
		Ways:  []kyc.Way{{ID: "email", Title: "recovery.way.email"}, {ID: "phone", Title: "recovery.way.phone"}},
		Steps: []kyc.Step{email(), phone(), account(), documents()}}
}

// email and phone: one of them is proved, to which the answer is sent. It need
// not be one that the account has: who cannot get in may have lost those.
func email() kyc.Step {
	return kyc.Step{ID: "email", Kind: kyc.ContactStep, Title: "recovery.step.contact", Intro: "recovery.step.contact_intro", When: byWay("email"), Consents: []string{"privacy"},
		Proof: &kyc.Proof{Channel: string(kyc.Email), Field: "email", Link: true, TTL: 24 * time.Hour},
		Fields: []kyc.Field{
			{Name: "email", Type: kyc.EmailField, Required: true, Autocomplete: "email", PII: kyc.PIIContact, Label: "recovery.field.email"},
			agreed(), human(),
		}}
}

func phone() kyc.Step {
	return kyc.Step{ID: "phone", Kind: kyc.ContactStep, Title: "recovery.step.contact", Intro: "recovery.step.contact_intro", When: byWay("phone"), Consents: []string{"privacy"},
		Proof: &kyc.Proof{Channel: string(kyc.Phone), Field: "phone", TTL: 15 * time.Minute},
		Fields: []kyc.Field{
			{Name: "phone", Type: kyc.PhoneField, Required: true, Autocomplete: "tel", PII: kyc.PIIContact, Label: "recovery.field.phone"},
			agreed(), human(),
		}}
}

func account() kyc.Step {
	return kyc.Step{ID: AccountStep, Kind: kyc.ProfileStep, Title: "recovery.step.account", Intro: "recovery.step.account_intro",
		Fields: []kyc.Field{
			{Name: LoginField, Type: kyc.TextField, Required: true, MaxLen: 254, Autocomplete: "username", PII: kyc.PIIContact,
				Label: "recovery.field.login", Help: "recovery.field.login_help"},
			{Name: "name", Type: kyc.NameField, Required: true, MaxLen: 200, Autocomplete: "name", PII: kyc.PIIIdentity,
				Label: "recovery.field.name", Help: "recovery.field.name_help"},
			{Name: "story", Type: kyc.TextField, Required: true, MaxLen: 1000, Autocomplete: "off", PII: kyc.PIISensitive,
				Label: "recovery.field.story", Help: "recovery.field.story_help"},
			{Name: "document_kind", Type: kyc.SelectField, Required: true, Default: "passport", PII: kyc.PIINone, Label: "recovery.field.document_kind",
				Options: []kyc.Option{{Value: "passport", Label: "recovery.document.passport"}, {Value: "card", Label: "recovery.document.card"}}},
			{Name: NumberField, Type: kyc.TextField, Required: true, MaxLen: 40, Autocomplete: "off", PII: kyc.PIIIdentity,
				Label: "recovery.field.number", Help: "recovery.field.number_help"},
		}}
}

func documents() kyc.Step {
	kind := func(k string) kyc.Condition { return kyc.Condition{Field: "account.document_kind", In: []string{k}} }
	return kyc.Step{ID: "documents", Kind: kyc.DocumentsStep, Title: "recovery.step.documents", Intro: "recovery.step.documents_intro",
		Documents: []kyc.Requirement{
			{ID: "passport", Kind: "passport", Label: "recovery.document.passport", When: kind("passport"),
				Sides: []kyc.Side{{Name: "data_page", Label: "recovery.side.data_page"}}},
			{ID: "card", Kind: "national_id", Label: "recovery.document.card", When: kind("card"),
				Sides: []kyc.Side{{Name: "front", Label: "recovery.side.front"}, {Name: "back", Label: "recovery.side.back"}}},
		}}
}

// agreed: the request and the photos of the document are personal data like those
// of an application.
func agreed() kyc.Field {
	return kyc.Field{Name: "consent", Type: kyc.ConsentField, Required: true, PII: kyc.PIINone, Label: "field.consent"}
}

func human() kyc.Field {
	return kyc.Field{Name: "human", Type: kyc.HumanField, Required: true, PII: kyc.PIINone, Label: "recovery.field.human"}
}

func byWay(way string) kyc.Condition {
	return kyc.Condition{Field: string(kyc.StartStep) + "." + kyc.WayField, In: []string{way}}
}
