package store

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

var (
	cases     = newTable[kyc.Case]("cases", "tenant_id case_id", "claimed_by", "proposed_by")
	decisions = newTable[kyc.Decision]("decisions", "tenant_id decision_id", "case_id", "staff_id")
)

func (t *tx) saveCase(w kyc.SaveCase) error { return t.insert(cases, w.Case, plainly) }

func (t *tx) updateCase(w kyc.UpdateCase) error {
	row := w.Case
	row.Version = w.Expect + 1
	return t.replace(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.case_changed", "case %s is not at version %d", row.ID, w.Expect)
		}
		return err
	}, cases, row, "version = ?", w.Expect)
}

func (t *tx) saveDecision(w kyc.SaveDecision) error { return t.insert(decisions, w.Decision, plainly) }

// Case reads one case.
func (s *Store) Case(ctx context.Context, tenant kyc.TenantID, id kyc.CaseID) (kyc.Case, error) {
	return one[kyc.Case](ctx, s.of(tenant), "case", cases.selects("WHERE tenant_id = ? AND case_id = ?"), tenant, id)
}

// CaseOfApplication finds the newest case of an application.
func (s *Store) CaseOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Case, error) {
	return one[kyc.Case](ctx, s.of(tenant), "case of application",
		cases.selects(`WHERE tenant_id = ? AND application_id = ?
		ORDER BY opened_at DESC, case_id DESC LIMIT 1`), tenant, id)
}

// CasesOfApplication lists the cases that an application had, the oldest first.
func (s *Store) CasesOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Case, error) {
	return many[kyc.Case](ctx, s.of(tenant), "cases of application",
		cases.selects("WHERE tenant_id = ? AND application_id = ? ORDER BY opened_at, case_id LIMIT ?"), tenant, id, page(0))
}

// Cases lists a page of the queue after the cursor, by due date, then id.
// At most 500, which is also what limit 0 means.
func (s *Store) Cases(ctx context.Context, tenant kyc.TenantID, filter kyc.CaseFilter, after kyc.CaseCursor, limit int) ([]kyc.Case, error) {
	where := []string{"tenant_id = ?"}
	args := []any{tenant}
	and := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	order := "due_at, case_id"
	if filter.ByRisk {
		order = riskOrder + ", " + order
	}
	switch {
	case after == kyc.CaseCursor{}:
	case filter.ByRisk:
		and("("+order+") > (?, ?, ?)", riskPlace(after.Risk), after.Due, after.ID)
	default:
		and("("+order+") > (?, ?)", after.Due, after.ID)
	}
	if n := len(filter.States); n > 0 {
		and("state IN (?" + strings.Repeat(", ?", n-1) + ")")
		for _, state := range filter.States {
			args = append(args, state)
		}
		if !slices.Contains(filter.States, kyc.CaseDecided) {
			and("state <> 'decided'") // as the index cases_by_risk has it
		}
	}
	if filter.Market != "" {
		and("market = ?", filter.Market)
	}
	if filter.ClaimedBy != "" {
		and("claimed_by = ?", filter.ClaimedBy)
	}
	if filter.DueBefore != 0 {
		and("due_at < ?", filter.DueBefore)
	}
	if filter.Risk != "" {
		and(riskOrder+" = ?", riskPlace(filter.Risk))
	}
	if filter.Proposed {
		and("proposed_by IS NOT NULL")
	}
	if len(filter.Within) > 0 {
		condition, values := within(filter.Within)
		and(condition, values...)
	}
	return many[kyc.Case](ctx, s.of(tenant), "cases", cases.selects("WHERE "+strings.Join(where, " AND ")+
		" ORDER BY "+order+" LIMIT ?"), append(args, page(limit))...)
}

// riskOrder is a case's place among the risks, the highest first: what is neither
// low nor medium counts as high. The index cases_by_risk has it word by word.
const riskOrder = "(CASE risk WHEN 'low' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END)"

func riskPlace(risk string) int {
	return 2 - slices.Index(kyc.Risks(), kyc.RiskOf(risk))
}

// within is the condition of being in one of the scopes.
func within(scopes []kyc.CaseScope) (condition string, args []any) {
	var any []string
	for _, scope := range scopes {
		markets, values := among("market", scope.Markets)
		risks, more := among("risk", scope.Risks)
		if slices.Contains(scope.Risks, "high") {
			risks = "(" + risks + " OR risk NOT IN ('low', 'medium'))"
		}
		any, args = append(any, "("+markets+" AND "+risks+")"), append(append(args, values...), more...)
	}
	return "(" + strings.Join(any, " OR ") + ")", args
}

// among is the condition that a column has one of the values.
func among(column string, values []string) (condition string, args []any) {
	switch {
	case slices.Contains(values, kyc.AnyValue):
		return "1 = 1", nil
	case len(values) == 0:
		return "1 = 0", nil
	}
	for _, v := range values {
		args = append(args, v)
	}
	return column + " IN (?" + strings.Repeat(", ?", len(values)-1) + ")", args
}

// Decisions lists the decisions about an application, oldest first.
func (s *Store) Decisions(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Decision, error) {
	return many[kyc.Decision](ctx, s.of(tenant), "decisions",
		decisions.selects("WHERE tenant_id = ? AND application_id = ? ORDER BY created_at, decision_id"), tenant, id)
}
