package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var proposals = newTable[kyc.Proposal]("proposals", "tenant_id proposal_id", "ended_by")

func (t *tx) saveProposal(w kyc.SaveProposal) error {
	return t.insert(proposals, w.Proposal, takes("error.proposal_waits", "a proposal about the case waits"))
}

func (t *tx) endProposal(w kyc.EndProposal) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.proposal_none", "no proposal of case %s waits", w.Case)
		}
		return err
	}, `UPDATE proposals SET state = ?, ended_by = NULLIF(?, ''), answer_sealed = ?, ended_at = ?
		WHERE tenant_id = ? AND case_id = ? AND state = 'waits'`, w.State, w.By, w.Answer, w.At, w.Tenant, w.Case)
}

// Proposals lists the proposals of a case, newest first: at most one of them
// waits. At most 500.
func (s *Store) Proposals(ctx context.Context, tenant kyc.TenantID, id kyc.CaseID) ([]kyc.Proposal, error) {
	return many[kyc.Proposal](ctx, s.of(tenant), "proposals", proposals.selects(`WHERE tenant_id = ? AND case_id = ?
		ORDER BY created_at DESC, proposal_id DESC LIMIT ?`), tenant, id, page(0))
}

// ProposalsOfApplication lists the proposals about an application, oldest first.
// At most 500.
func (s *Store) ProposalsOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Proposal, error) {
	return many[kyc.Proposal](ctx, s.of(tenant), "proposals of application", proposals.selects(`WHERE tenant_id = ? AND application_id = ?
		ORDER BY created_at, proposal_id LIMIT ?`), tenant, id, page(0))
}
