package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

// prepare is what the kind of step needs before the market is asked. It never
// writes: it looks, normalises and finds problems.
func (a *attempt) prepare(ctx context.Context) error {
	switch a.step.Kind {
	case kyc.FederatedStep:
		return a.prepareFederated(ctx)
	case kyc.ContactStep:
		return a.prepareContact(ctx)
	case kyc.CredentialsStep:
		return a.prepareCredentials()
	case kyc.DocumentsStep:
		return a.prepareDocuments(ctx)
	case kyc.ProfileStep:
		return nil
	}
	return kyc.E(kyc.Internal, "step of unknown kind %q", a.step.Kind)
}

// invariants are the rules that no market can set aside.
func (a *attempt) invariants(ctx context.Context) error {
	if a.step.Kind == kyc.FederatedStep {
		return a.findElder(ctx)
	}
	if err := a.contactIsOpen(ctx); err != nil {
		return err
	}
	if err := a.contactIsFree(ctx); err != nil {
		return err
	}
	return a.loginsAreFree(ctx)
}

// accept builds what the kind of step writes once the answers are accepted.
func (a *attempt) accept(ctx context.Context) error {
	if err := a.acceptConsents(ctx); err != nil {
		return err
	}
	if err := a.acceptIdentities(ctx); err != nil {
		return err
	}
	if err := a.acceptClaim(ctx); err != nil {
		return err
	}
	a.acceptLogins()
	a.acceptRecovery()
	switch a.step.Kind {
	case kyc.ContactStep:
		return a.acceptProof(ctx)
	case kyc.CredentialsStep:
		return a.acceptCredentials(ctx)
	}
	return nil
}

// acceptIdentities keeps the numbers that identify the person, by blind index,
// to find the same person again. Earlier ones of the step are released.
func (a *attempt) acceptIdentities(ctx context.Context) error {
	a.release("id:")
	for _, identity := range a.finding.Identities {
		kind := "id:" + identity.Class
		index, err := a.p.Vault.Index(ctx, a.app.Tenant, kind, identity.Value)
		if err != nil {
			return err
		}
		sealed, err := a.sealText(ctx, kyc.SealedIdentifier, identity.Value)
		if err != nil {
			return err
		}
		a.accepted = append(a.accepted, kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: a.app.Tenant,
			ID: kyc.IdentifierID(a.p.IDs()), Applicant: a.app.Applicant, Application: a.app.ID, Step: a.step.ID,
			Kind: kind, Index: index, Sealed: sealed, State: kyc.Proved, Updated: a.now}})
	}
	return nil
}

// release gives up the identifiers of this step that an earlier answer claimed.
func (a *attempt) release(kindPrefix string) {
	for _, id := range a.identifiers {
		if id.Step == a.step.ID && id.State != kyc.Released && hasPrefix(id.Kind, kindPrefix) {
			id.State, id.Updated = kyc.Released, a.now
			a.accepted = append(a.accepted, kyc.SaveIdentifier{Identifier: id})
		}
	}
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// facts are what the core knows beyond the answers.
func (u *run) facts() kyc.Values {
	facts := kyc.Values{}
	if u.app.Way != "" {
		facts[string(kyc.StartStep)+"."+kyc.WayField] = u.app.Way
	}
	for _, s := range u.flow.Steps {
		values := u.answers[s.ID]
		switch s.Kind {
		case kyc.FederatedStep:
			for name, v := range values {
				if name == "phone" || name == "email" {
					facts["claim."+name+"_known"] = "true"
					continue
				}
				facts["claim."+name] = v
			}
		case kyc.ContactStep:
			if s.Proof != nil && u.state(s.ID) == kyc.StepDone {
				facts["contact."+s.Proof.Channel] = "proved"
				step, field := claimant(s)
				facts["contact."+s.Proof.Channel+".region"] = u.answers[step][field+".region"]
			}
		}
	}
	return facts
}
