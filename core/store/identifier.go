package store

import (
	"context"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

var identifiers = newTable[kyc.Identifier]("identifiers", "tenant_id identifier_id", "account_id")

const keyTaken = "error.identifier_taken"

func (t *tx) saveIdentifier(w kyc.SaveIdentifier) error {
	return t.put(identifiers, w.Identifier, takes(keyTaken, "another application or account has this identifier"))
}

func (t *tx) setIdentifiers(w kyc.SetIdentifiers) error {
	if len(w.From) == 0 {
		return nil
	}
	args := []any{w.To, w.Account, w.At, w.Tenant, w.Application}
	for _, state := range w.From {
		args = append(args, state)
	}
	return t.exec(takes(keyTaken, "another application or account has one of these identifiers"), `UPDATE identifiers
		SET state = ?, account_id = COALESCE(NULLIF(?, ''), account_id), updated_at = ?
		WHERE tenant_id = ? AND application_id = ? AND state IN (?`+strings.Repeat(", ?", len(w.From)-1)+`)`, args...)
}

// Identifiers lists the identifiers of an application, released ones too.
func (s *Store) Identifiers(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.Identifier, error) {
	return many[kyc.Identifier](ctx, s, "identifiers",
		identifiers.selects("WHERE tenant_id = ? AND application_id = ? ORDER BY identifier_id"), tenant, id)
}

// IdentifierTaken tells whether an application other than the given one, or its
// account, has the identifier for itself, as a login name.
func (s *Store) IdentifierTaken(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicationID) (bool, error) {
	return one[bool](ctx, s, "identifier", `SELECT EXISTS (SELECT 1 FROM identifiers
		WHERE tenant_id = ? AND kind = ? AND value_index = ?
		AND state IN ('reserved', 'bound') AND login AND application_id <> ?)`, tenant, kind, index, except)
}

// BoundIdentifier finds the login name of an account.
func (s *Store) BoundIdentifier(ctx context.Context, tenant kyc.TenantID, kind string, index []byte) (kyc.Identifier, error) {
	return one[kyc.Identifier](ctx, s, "login name",
		identifiers.selects(`WHERE tenant_id = ? AND kind = ? AND value_index = ? AND state = 'bound' AND login
		AND account_id IS NOT NULL ORDER BY identifier_id LIMIT 1`), tenant, kind, index)
}

// AccountIdentifiers lists the identifiers bound to an account.
func (s *Store) AccountIdentifiers(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Identifier, error) {
	return many[kyc.Identifier](ctx, s, "identifiers of account",
		identifiers.selects("WHERE tenant_id = ? AND account_id = ? AND state = 'bound' ORDER BY identifier_id"), tenant, id)
}

// CountIdentity counts other applicants of the tenant who have submitted the
// same identifier, bounded at 100: it is for finding duplicate persons. What
// stands in an application that was not submitted proves nothing: it may be the
// same person's first try, or anybody's guess.
func (s *Store) CountIdentity(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicantID) (int, error) {
	return one[int](ctx, s, "identity", `SELECT COUNT(*) FROM (SELECT DISTINCT applicant_id FROM identifiers
		WHERE tenant_id = ? AND kind = ? AND value_index = ? AND state IN ('reserved', 'bound') AND applicant_id <> ?
		LIMIT 100) AS others`, tenant, kind, index, except)
}

// SameIdentity lists identifiers of other applicants of the tenant with the
// same kind and index that were submitted, newest first.
func (s *Store) SameIdentity(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicantID, limit int) ([]kyc.Identifier, error) {
	return many[kyc.Identifier](ctx, s, "identity",
		identifiers.selects(`WHERE tenant_id = ? AND kind = ? AND value_index = ? AND state IN ('reserved', 'bound')
		AND applicant_id <> ? ORDER BY identifier_id DESC LIMIT ?`), tenant, kind, index, except, page(limit))
}
