package store

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

var (
	erasures   = newTable[kyc.Erasure]("erasures", "tenant_id applicant_id")
	retentions = newTable[kyc.Retention]("retentions", "tenant_id state")
)

// Conditions on the rows of a person, each with the tenant and the applicant as
// parameters.
const (
	ofPerson       = ` WHERE tenant_id = ? AND applicant_id = ?`
	ofApplications = ` WHERE tenant_id = ? AND application_id IN (SELECT a.application_id FROM applications a WHERE a.tenant_id = ? AND a.applicant_id = ?)`
	ofExports      = ` WHERE tenant_id = ? AND export_id IN (SELECT e.export_id FROM exports e WHERE e.tenant_id = ? AND e.applicant_id = ?)`
	ofSubjects     = ` WHERE tenant_id = ? AND subject_kind = 'account' AND subject_id IN (SELECT a.account_id FROM accounts a WHERE a.tenant_id = ? AND a.applicant_id = ?)`
	ofCodes        = ` WHERE tenant_id = ? AND account_id IN (SELECT a.account_id FROM accounts a WHERE a.tenant_id = ? AND a.applicant_id = ?)`
	ofAccounts     = ` WHERE tenant_id = ? AND kind = 'account' AND subject_id IN (SELECT a.account_id FROM accounts a WHERE a.tenant_id = ? AND a.applicant_id = ?)`
)

// erasing are the statements that erase a person; a test holds them against the
// columns that there are. Indexes and digests go too: whoever has the tenant's
// index key could try numbers against them. Times and states stay, for the record.
var erasing = [...]struct{ what, rows string }{
	{"UPDATE steps SET values_sealed = NULL, derived_sealed = NULL, draft_sealed = NULL, problems = '[]'", ofApplications},
	{"UPDATE consents SET address_sealed = NULL", ofApplications},
	{"UPDATE checks SET evidence_sealed = NULL, input_digest = {bytes of check_id}", ofApplications},
	{"UPDATE decisions SET note_sealed = NULL, evidence_digest = NULL", ofApplications},
	{"UPDATE recoveries SET number = ''", ofApplications},
	{"UPDATE proposals SET note_sealed = NULL, answer_sealed = NULL, evidence_digest = NULL, state = CASE state WHEN 'waits' THEN 'void' ELSE state END", ofApplications},
	{"DELETE FROM holders", ofApplications},
	{"DELETE FROM replays", ofApplications},
	{"UPDATE identifiers SET value_sealed = NULL, value_index = {bytes of identifier_id}, second_index = NULL, state = 'released'", ofApplications},
	{"UPDATE challenges SET code_hash = NULL, link_hash = NULL, state = CASE state WHEN 'pending' THEN 'dead' ELSE state END", ofApplications},
	{"UPDATE messages SET body_sealed = NULL, reference = '', state = CASE state WHEN 'queued' THEN 'failed' ELSE state END", ofApplications},
	{"UPDATE files SET key_sealed = NULL, digest = NULL, size = 0", ofApplications},
	{"UPDATE exports SET key_sealed = NULL, size = 0, state = 'expired'", ofPerson},
	{"DELETE FROM credentials", ofPerson},
	{"DELETE FROM sessions", ofAccounts},
	{"DELETE FROM factors", ofSubjects},
	{"DELETE FROM signin_codes", ofCodes},
	{"UPDATE accounts SET state = 'erased'", ofPerson},
	{"UPDATE cases SET state = 'decided', claimed_by = NULL, claim_until = 0, proposed_by = NULL, version = version + 1", ofApplications + " AND state <> 'decided'"},
	{`UPDATE applications SET subject = '', version = version + 1,
		state = CASE WHEN state IN ('activated', 'rejected', 'withdrawn', 'expired') THEN state ELSE 'withdrawn' END`, ofPerson},
}

// erasePerson destroys the key first: who was erased before is NotFound.
func (t *tx) erasePerson(w kyc.ErasePerson) error {
	err := t.exec(nobody, "UPDATE applicants SET key_wrapped = ?"+ofPerson+" AND length(key_wrapped) > 0", []byte{}, w.Tenant, w.Applicant)
	if err != nil {
		return err
	}
	for _, e := range erasing {
		args := []any{w.Tenant, w.Applicant}
		if strings.Contains(e.rows, "SELECT") {
			args = []any{w.Tenant, w.Tenant, w.Applicant}
		}
		if err := t.exec(plainly, t.store.ownBytes(e.what)+e.rows, args...); err != nil {
			return err
		}
	}
	return nil
}

// ownBytes writes "{bytes of COLUMN}" as the dialect has it: where a value must be
// unique, what stands in for the erased one is the row's own id.
func (s *Store) ownBytes(query string) string {
	if s.dialect == postgresDialect {
		return strings.NewReplacer("{bytes of ", "convert_to(", "}", ", 'UTF8')").Replace(query)
	}
	return strings.NewReplacer("{bytes of ", "CAST(", "}", " AS BLOB)").Replace(query)
}

func nobody(rows int64, err error) error {
	if err == nil && rows == 0 {
		err = kyc.EKey(kyc.NotFound, "error.not_found", "there is no such person, or there is none any more")
	}
	return err
}

func (t *tx) refuseErasure(w kyc.RefuseErasure) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			err = kyc.EKey(kyc.Conflict, "error.erase_not_asked", "nobody asks for this erasure any more")
		}
		return err
	}, "UPDATE erasures SET state = 'refused', reason = ?, actor_kind = ?, actor_id = ?, keep_until = ?, proposed_by = ''"+ofPerson+" AND state = 'asked'",
		w.Reason, w.By.Kind, w.By.ID, w.Until, w.Tenant, w.Applicant)
}

// moveErasure inserts what was not there, and replaces what is as it was.
func (t *tx) moveErasure(w kyc.MoveErasure) error {
	return t.exec(conflicting, erasures.upsert+" WHERE erasures.state = ? AND erasures.proposed_at = ?", append(erasures.values(w.Erasure), w.From, w.Before)...)
}

// conflicting wants a row to be as it was seen.
func conflicting(rows int64, err error) error {
	if err == nil && rows == 0 {
		err = kyc.EKey(kyc.Conflict, "error.conflict", "the row has changed meanwhile")
	}
	return err
}

// dropFiles forgets where the blobs were; before, they are found by it.
func (t *tx) dropFiles(w kyc.DropFiles) error {
	return t.exec(plainly, "UPDATE files SET original_ref = '', rendition_ref = ''"+ofApplications+" AND key_sealed IS NULL", w.Tenant, w.Tenant, w.Applicant)
}

// Erasure tells where the erasure of a person stands; NotFound: nobody asked.
func (s *Store) Erasure(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) (kyc.Erasure, error) {
	return one[kyc.Erasure](ctx, s.of(tenant), "erasure", erasures.selects(ofPerson), tenant, id)
}

// AskedErasures lists the erasures that wait: for staff to decide, for another one of
// them, or for their day; the oldest first, at most 500.
func (s *Store) AskedErasures(ctx context.Context, tenant kyc.TenantID, limit int) ([]kyc.Erasure, error) {
	return many[kyc.Erasure](ctx, s.of(tenant), "erasures",
		erasures.selects("WHERE tenant_id = ? AND state IN ('asked', 'proposed', 'granted') ORDER BY asked_at, applicant_id LIMIT ?"), tenant, page(limit))
}

// DueErasures lists the erasures that were granted and whose day has come; at most 500.
func (s *Store) DueErasures(ctx context.Context, tenant kyc.TenantID, now kyc.Millis) ([]kyc.Erasure, error) {
	return many[kyc.Erasure](ctx, s.of(tenant), "erasures", // the states are as the index erasures_asked has them
		erasures.selects("WHERE tenant_id = ? AND asked_at <= ? AND state IN ('asked', 'proposed', 'granted') AND state = 'granted' AND due_at <= ? ORDER BY asked_at, applicant_id LIMIT ?"), tenant, now, now, page(0))
}

// KeptErasures lists the erasures that were refused until a day which has come.
func (s *Store) KeptErasures(ctx context.Context, tenant kyc.TenantID, now kyc.Millis) ([]kyc.Erasure, error) {
	return many[kyc.Erasure](ctx, s.of(tenant), "erasures",
		erasures.selects("WHERE tenant_id = ? AND state = 'refused' AND keep_until > 0 AND keep_until <= ? ORDER BY keep_until LIMIT ?"), tenant, now, page(0))
}

// Retentions lists what a tenant has set for how long applications are kept.
func (s *Store) Retentions(ctx context.Context, tenant kyc.TenantID) ([]kyc.Retention, error) {
	return many[kyc.Retention](ctx, s.of(tenant), "retentions", retentions.selects("WHERE tenant_id = ? ORDER BY state"), tenant)
}

// EndedPersons lists applicants who have not been erased and have no account, all
// of whose applications have been kept long enough. At most 500.
func (s *Store) EndedPersons(ctx context.Context, tenant kyc.TenantID, before kyc.Ended, limit int) ([]kyc.ApplicantID, error) {
	const kept = `NOT (o.state = 'expired' AND o.updated_at < ? OR o.state = 'withdrawn' AND o.updated_at < ? OR o.state = 'rejected' AND o.updated_at < ?)`
	var arms []string
	var args []any
	for _, state := range []kyc.State{kyc.Expired, kyc.Withdrawn, kyc.Rejected} {
		arms = append(arms, `SELECT x.applicant_id FROM applications x
			JOIN applicants p ON p.tenant_id = x.tenant_id AND p.applicant_id = x.applicant_id AND length(p.key_wrapped) > 0
			WHERE x.tenant_id = ? AND x.state IN ('rejected', 'withdrawn', 'expired') AND x.state = '`+string(state)+`' AND x.updated_at < ?
			AND NOT EXISTS (SELECT 1 FROM applications o WHERE o.tenant_id = x.tenant_id AND o.applicant_id = x.applicant_id AND `+kept+`)
			AND NOT EXISTS (SELECT 1 FROM accounts c WHERE c.tenant_id = x.tenant_id AND c.applicant_id = x.applicant_id)`)
		args = append(args, tenant, before[state], before[kyc.Expired], before[kyc.Withdrawn], before[kyc.Rejected])
	}
	// Without an order: SQLite would go through all that a tenant has in it.
	ids, err := many[kyc.ApplicantID](ctx, s.of(tenant), "ended applications", strings.Join(arms, " UNION ALL ")+" LIMIT ?", append(args, page(limit))...)
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// PersonApplications lists a person's applications, the oldest first.
func (s *Store) PersonApplications(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Application, error) {
	return many[kyc.Application](ctx, s.of(tenant), "applications of a person", applications.selects(ofPerson+" ORDER BY application_id"), tenant, id)
}

// PersonAccounts lists a person's accounts, the oldest first.
func (s *Store) PersonAccounts(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Account, error) {
	return many[kyc.Account](ctx, s.of(tenant), "accounts of a person", accounts.selects(ofPerson+" ORDER BY account_id"), tenant, id)
}

// PersonFiles lists a person's files in whatever state.
func (s *Store) PersonFiles(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.File, error) {
	return many[kyc.File](ctx, s.of(tenant), "files of a person", files.selects(ofApplications+" ORDER BY created_at, file_id"), tenant, tenant, id)
}
