package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var steps = newTable[kyc.StepRecord]("steps", "tenant_id application_id step_id")

func (t *tx) saveStep(w kyc.SaveStep) error { return t.put(steps, w.StepRecord, plainly) }

// Steps reads the steps of an application that have been touched, by name of
// step: their order is the market's affair.
func (s *Store) Steps(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.StepRecord, error) {
	return many[kyc.StepRecord](ctx, s.of(tenant), "steps",
		steps.selects("WHERE tenant_id = ? AND application_id = ? ORDER BY step_id"), tenant, id)
}

// Step reads one step of an application.
func (s *Store) Step(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, step kyc.StepID) (kyc.StepRecord, error) {
	return one[kyc.StepRecord](ctx, s.of(tenant), "step",
		steps.selects("WHERE tenant_id = ? AND application_id = ? AND step_id = ?"), tenant, id, step)
}
