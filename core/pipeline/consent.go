package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// validateConsents finds the legal documents that the step agrees to. What was
// shown must be in force still, else the person has to read the new version: the
// problem "consent.changed" {title, version}. When nobody says what was shown, it
// is what is in force in the application's language.
func (a *attempt) validateConsents(ctx context.Context) error {
	for _, document := range a.step.Consents {
		locale, shown := a.app.Locale, a.shownAs(document)
		if shown != nil {
			locale = shown.Locale
		}
		legal, err := a.p.Store.Legal(ctx, a.app.Tenant, document, locale, a.now)
		if err != nil {
			return err
		}
		if shown != nil && (shown.Version != legal.Version || shown.Locale != legal.Locale) {
			a.problems = append(a.problems, kyc.P(a.consentField(), "consent.changed").
				With("title", legal.Title).With("version", legal.Version))
		}
		a.legal = append(a.legal, legal)
	}
	return nil
}

// shownAs is how a document was shown; nil when nobody says.
func (a *attempt) shownAs(document string) *Agreed {
	for _, shown := range a.agreed {
		if shown.Document == document {
			return &shown
		}
	}
	return nil
}

func (a *attempt) consentField() string {
	for _, f := range a.step.Fields {
		if f.Type == kyc.ConsentField {
			return f.Name
		}
	}
	return ""
}

// acceptConsents records what was agreed to: document, version, language, time
// and network address.
func (a *attempt) acceptConsents(ctx context.Context) error {
	if len(a.legal) == 0 {
		return nil
	}
	address, err := a.sealText(ctx, kyc.SealedConsent, a.client.Address)
	if err != nil {
		return err
	}
	for _, legal := range a.legal {
		a.accepted = append(a.accepted, kyc.SaveConsent{Consent: kyc.Consent{Tenant: a.app.Tenant, Application: a.app.ID,
			Document: legal.Name, Version: legal.Version, Locale: legal.Locale, At: a.now, Address: address}},
			a.line(audit.ConsentGiven, map[string]string{"document": legal.Name, "version": legal.Version, "locale": string(legal.Locale)}))
	}
	return nil
}
