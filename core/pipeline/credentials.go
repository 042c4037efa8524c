package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

// prepareCredentials applies the rules for secrets. The fields of a credentials
// step are named for what they set: login_password, payment_password, and one
// security_questions group.
func (a *attempt) prepareCredentials() error {
	names, numbers := a.words(), a.numbers()
	for _, f := range a.fields(a.step, a.values) {
		if a.untold(f) {
			continue
		}
		switch f.Type {
		case kyc.PasswordField, kyc.PINField:
			secret, problems, err := a.p.Breached.Secret(f, a.secrets[f.Name], names, numbers)
			if err != nil {
				return err
			}
			a.problems = append(a.problems, at(f.Name, problems)...)
			a.secrets[f.Name] = secret
		case kyc.QuestionField:
			a.problems = append(a.problems, credential.CheckAnswers(f.Name, a.questions(f))...)
		}
	}
	login, payment := a.secrets[string(kyc.LoginPassword)], a.secrets[string(kyc.PaymentPassword)]
	if problem, differ := credential.Distinct(login, payment); login != "" && payment != "" && !differ {
		a.problems = append(a.problems, at(string(kyc.PaymentPassword), []kyc.Problem{problem})...)
	}
	return nil
}

// untold tells whether nothing was answered to a field that is left out of an
// attempt because of its problems.
func (a *attempt) untold(f kyc.Field) bool {
	return a.partial && !slices.ContainsFunc(fieldNames(f), func(name string) bool { return a.secrets[name] != "" })
}

func (a *attempt) questions(f kyc.Field) []credential.QuestionAnswer {
	var qs []credential.QuestionAnswer
	for i := 1; i <= max(1, f.Count); i++ {
		qs = append(qs, credential.QuestionAnswer{Question: a.values[fmt.Sprintf("%s.%d.question", f.Name, i)],
			Answer: a.secrets[fmt.Sprintf("%s.%d.answer", f.Name, i)]})
	}
	return qs
}

// words are what a password must not be made of, numbers what a PIN must not.
func (u *run) words() []string { return u.personal(kyc.NameField, kyc.PhoneField, kyc.EmailField) }
func (u *run) numbers() []string {
	return u.personal(kyc.PhoneField, kyc.NumberField, kyc.DateField)
}

// Opened tells what the account of an application was opened with, for secrets that
// are set later.
func (p *Pipeline) Opened(ctx context.Context, tenant kyc.TenantID, application kyc.ApplicationID) (credential.Opened, error) {
	u, err := p.loadTrusted(ctx, tenant, application)
	if err != nil {
		return credential.Opened{}, err
	}
	return credential.Opened{Flow: u.flow, Names: u.words(), Numbers: u.numbers()}, nil
}

// personal are the answers that a secret must not be made of: of the fields of
// the given types.
func (u *run) personal(types ...kyc.FieldType) []string {
	var words []string
	for _, s := range u.flow.Steps {
		for _, f := range s.Fields {
			if v := u.answers[s.ID][f.Name]; v != "" && slices.Contains(types, f.Type) {
				words = append(words, v)
			}
		}
	}
	return words
}

// acceptCredentials hashes what was set. Only hashes are kept.
func (a *attempt) acceptCredentials(ctx context.Context) error {
	for _, f := range a.fields(a.step, a.values) {
		switch f.Type {
		case kyc.PasswordField, kyc.PINField:
			if err := a.acceptSecret(ctx, kyc.CredentialKind(f.Name), 0, "", a.secrets[f.Name]); err != nil {
				return err
			}
		case kyc.QuestionField:
			for i, q := range a.questions(f) {
				if err := a.acceptSecret(ctx, kyc.SecurityQuestion, i+1, q.Question, credential.Fold(q.Answer)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (a *attempt) acceptSecret(ctx context.Context, kind kyc.CredentialKind, slot int, question, secret string) error {
	if secret == "" {
		return nil
	}
	switch kind {
	case kyc.LoginPassword, kyc.PaymentPassword, kyc.SecurityQuestion:
	default:
		return kyc.E(kyc.Internal, "credentials step with a field of no known credential")
	}
	hash, err := a.p.Passwords.Hash(ctx, secret)
	if err != nil {
		return err
	}
	a.accepted = append(a.accepted, kyc.SaveCredential{Credential: kyc.Credential{Tenant: a.app.Tenant,
		Applicant: a.app.Applicant, Kind: kind, Slot: slot, Hash: hash, Question: question, Updated: a.now}})
	return nil
}
