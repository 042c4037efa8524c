package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

// Recorded tells what a market was asked about the steps of an application that
// are done, in their order, as far as it is kept: secrets are not. The answers are
// in clear. Only Markets.Flow, Store and Vault of the configuration are used.
func (p *Pipeline) Recorded(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Question, error) {
	u, err := p.loadTrusted(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	settings, err := u.settings(ctx)
	if err != nil {
		return nil, err
	}
	var list []kyc.Question
	steps, _ := u.planned()
	for i := range steps {
		record := u.records[steps[i].ID]
		if record.State != kyc.StepDone {
			break
		}
		a := &attempt{run: u, step: steps[i]}
		list = append(list, kyc.Question{Tenant: tenant, Market: u.app.Market, Version: u.app.Provider, Step: a.step.ID,
			Values: u.answers[a.step.ID], Answers: a.earlier(), Facts: u.toldOf(record), Locale: u.app.Locale, Now: record.Updated.Time(), Config: settings})
	}
	return list, nil
}
