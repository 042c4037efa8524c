package store

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// identifierRow is how an identifier is kept: each slot of its index in a column.
// The first one is not nullable: the row's own id stands for an empty slot.
type identifierRow struct {
	kyc.Identifier
	Second []byte `db:"second_index"`
}

// What an identifier says never changes, and whoever saves one may have read it before
// another one gave it the index of a new key.
var identifiers = newTable[identifierRow]("identifiers", "tenant_id identifier_id", "account_id").
	keeping("applicant_id application_id step_id kind value_index second_index")

func identifierColumns(id kyc.IdentifierID, index []byte) (first, second []byte) {
	first, second = kyc.Slots(index)
	if first == nil {
		first = []byte(id)
	}
	return first, second
}

func (r identifierRow) whole() kyc.Identifier {
	id, first := r.Identifier, r.Index
	if string(first) == string(r.ID) {
		first = nil
	}
	id.Index = kyc.JoinSlots(first, r.Second)
	return id
}

func (from scope) identifiers(ctx context.Context, what, query string, args ...any) ([]kyc.Identifier, error) {
	rows, err := many[identifierRow](ctx, from, what, identifiers.selects(query), args...)
	var list []kyc.Identifier
	for _, r := range rows {
		list = append(list, r.whole())
	}
	return list, err
}

// ofIndex is the condition that an index has one of these slots.
func ofIndex(index []byte) (condition string, args []any) {
	first, second := kyc.Slots(index)
	switch {
	case second == nil:
		return "value_index = ?", []any{first}
	case first == nil:
		return "second_index = ?", []any{second}
	}
	return "(value_index = ? OR second_index = ?)", []any{first, second}
}

const keyTaken = "error.identifier_taken"

func (t *tx) saveIdentifier(w kyc.SaveIdentifier) error {
	row := identifierRow{Identifier: w.Identifier}
	row.Index, row.Second = identifierColumns(w.ID, w.Index)
	return t.exec(takes(keyTaken, "another application or account has this identifier"), identifiers.upsert, identifiers.values(row)...)
}

func (t *tx) reindex(w kyc.Reindex) error {
	was, wasSecond := identifierColumns(w.ID, w.Was)
	first, second := identifierColumns(w.ID, w.Index)
	condition, args := "second_index IS NULL", []any{first, second, w.Tenant, w.ID, was}
	if wasSecond != nil {
		condition, args = "second_index = ?", append(args, wasSecond)
	}
	return t.exec(takes(keyTaken, "two identifiers of one value"),
		"UPDATE identifiers SET value_index = ?, second_index = ? WHERE tenant_id = ? AND identifier_id = ? AND value_index = ? AND "+condition, args...)
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
	return s.of(tenant).identifiers(ctx, "identifiers", "WHERE tenant_id = ? AND application_id = ? ORDER BY identifier_id", tenant, id)
}

// IdentifierTaken tells whether an application other than the given one, or its
// account, has the identifier for itself, as a login name.
func (s *Store) IdentifierTaken(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicationID) (bool, error) {
	condition, args := ofIndex(index)
	return one[bool](ctx, s.of(tenant), "identifier", `SELECT EXISTS (SELECT 1 FROM identifiers
		WHERE tenant_id = ? AND kind = ? AND `+condition+`
		AND state IN ('reserved', 'bound') AND login AND application_id <> ?)`, slices.Concat([]any{tenant, kind}, args, []any{except})...)
}

// BoundIdentifier finds the login name of an account.
func (s *Store) BoundIdentifier(ctx context.Context, tenant kyc.TenantID, kind string, index []byte) (kyc.Identifier, error) {
	condition, args := ofIndex(index)
	row, err := one[identifierRow](ctx, s.of(tenant), "login name",
		identifiers.selects(`WHERE tenant_id = ? AND kind = ? AND `+condition+` AND state = 'bound' AND login
		AND account_id IS NOT NULL ORDER BY identifier_id LIMIT 1`), slices.Concat([]any{tenant, kind}, args)...)
	return row.whole(), err
}

// AccountIdentifiers lists the identifiers bound to an account.
func (s *Store) AccountIdentifiers(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Identifier, error) {
	return s.of(tenant).identifiers(ctx, "identifiers of account", "WHERE tenant_id = ? AND account_id = ? AND state = 'bound' ORDER BY identifier_id", tenant, id)
}

// CountIdentity counts other applicants of the tenant who have submitted the
// same identifier, bounded at 100: it is for finding duplicate persons. What
// stands in an application that was not submitted proves nothing: it may be the
// same person's first try, or anybody's guess.
func (s *Store) CountIdentity(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicantID) (int, error) {
	condition, args := ofIndex(index)
	return one[int](ctx, s.of(tenant), "identity", `SELECT COUNT(*) FROM (SELECT DISTINCT applicant_id FROM identifiers
		WHERE tenant_id = ? AND kind = ? AND `+condition+` AND state IN ('reserved', 'bound') AND applicant_id <> ?
		LIMIT 100) AS others`, slices.Concat([]any{tenant, kind}, args, []any{except})...)
}

// SameIdentity lists identifiers of other applicants of the tenant with the
// same kind and index that were submitted, newest first.
func (s *Store) SameIdentity(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, except kyc.ApplicantID, limit int) ([]kyc.Identifier, error) {
	condition, args := ofIndex(index)
	return s.of(tenant).identifiers(ctx, "identity", `WHERE tenant_id = ? AND kind = ? AND `+condition+` AND state IN ('reserved', 'bound')
		AND applicant_id <> ? ORDER BY identifier_id DESC LIMIT ?`, slices.Concat([]any{tenant, kind}, args, []any{except, page(limit)})...)
}

// IndexedIdentifiers lists a page of the identifiers of a tenant that have an index,
// by id, after the given one; those of who was erased have none. At most 500.
func (s *Store) IndexedIdentifiers(ctx context.Context, tenant kyc.TenantID, after kyc.IdentifierID, limit int) ([]kyc.Identifier, error) {
	return s.of(tenant).identifiers(ctx, "indexed identifiers", `WHERE tenant_id = ? AND identifier_id > ? AND (value_sealed IS NOT NULL OR second_index IS NOT NULL)
		ORDER BY identifier_id LIMIT ?`, tenant, after, page(limit))
}

// ApplicationsByContact lists the applications that ever claimed a contact, those
// that gave it up too, newest first. Of the newest 200 claims: one application
// claims few.
func (s *Store) ApplicationsByContact(ctx context.Context, tenant kyc.TenantID, kind string, index []byte, limit int) ([]kyc.ApplicationID, error) {
	condition, args := ofIndex(index)
	claims, err := many[kyc.ApplicationID](ctx, s.of(tenant), "applications of a contact", `SELECT application_id FROM identifiers
		WHERE tenant_id = ? AND kind = ? AND `+condition+` ORDER BY identifier_id DESC LIMIT 200`, slices.Concat([]any{tenant, kind}, args)...)
	var list []kyc.ApplicationID
	for _, id := range claims {
		if !slices.Contains(list, id) && len(list) < page(limit) {
			list = append(list, id)
		}
	}
	return list, err
}
