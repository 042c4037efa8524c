package store

import (
	"context"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

var (
	auditLogs        = newTable[kyc.AuditLog]("audit_logs", "tenant_id")
	auditKeys        = newTable[kyc.AuditKey]("audit_keys", "tenant_id key_id")
	auditTiles       = newTable[kyc.AuditTile]("audit_tiles", "tenant_id level n")
	auditCheckpoints = newTable[kyc.AuditCheckpoint]("audit_checkpoints", "tenant_id size")
)

const sealedKey = "error.sealed"

func (t *tx) beginLog(w kyc.BeginLog) error {
	w.First.Tenant = w.Tenant
	if err := t.insert(auditLogs, w.AuditLog, takes(sealedKey, "the log of the tenant is there already")); err != nil {
		return err
	}
	return t.insert(auditKeys, w.First, plainly)
}

// sealLines comes after the lines of the same change are inserted.
func (t *tx) sealLines(w kyc.SealLines) error {
	w.Head.Tenant, w.Next.Tenant = w.Tenant, w.Tenant
	err := t.replace(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, sealedKey, "the log is not at %d lines", w.From)
		}
		return err
	}, auditLogs, w.Head, "size = ?", w.From)
	if err != nil {
		return err
	}
	if err := t.number(w); err != nil {
		return err
	}
	for _, tile := range w.Tiles {
		tile.Tenant = w.Tenant
		if err := t.put(auditTiles, tile, plainly); err != nil {
			return err
		}
	}
	if w.Keep {
		kept := kyc.AuditCheckpoint{Tenant: w.Tenant, Size: w.Head.Size, At: w.Head.Kept, Note: w.Head.Checkpoint}
		if err := t.insert(auditCheckpoints, kept, plainly); err != nil {
			return err
		}
	}
	if w.Next.ID == "" {
		return nil
	}
	err = t.exec(plainly, `UPDATE audit_keys SET private_sealed = ?, retired_at = ? WHERE tenant_id = ? AND retired_at = 0`,
		[]byte{}, w.Next.Created, w.Tenant)
	if err != nil {
		return err
	}
	return t.insert(auditKeys, w.Next, plainly)
}

// number gives the lines their places, with one statement.
func (t *tx) number(w kyc.SealLines) error {
	if len(w.Lines) == 0 {
		return nil
	}
	var args []any
	for i, id := range w.Lines {
		args = append(args, id, w.From+1+int64(i))
	}
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows != int64(len(w.Lines)) {
			return kyc.EKey(kyc.Conflict, sealedKey, "of %d lines %d have no place yet", len(w.Lines), rows)
		}
		return err
	}, `UPDATE audit_lines SET seq = places.column2 FROM (VALUES (?, CAST(? AS BIGINT))`+strings.Repeat(", (?, CAST(? AS BIGINT))", len(w.Lines)-1)+`) AS places
		WHERE tenant_id = ? AND audit_id = places.column1 AND seq IS NULL`, append(args, w.Tenant)...)
}

// OnRecord asks for f to be called after each change that appends audit lines
// has been committed by this process. f must return at once.
func (s *Store) OnRecord(f func()) {
	s.wake.mu.Lock()
	defer s.wake.mu.Unlock()
	s.wake.record = append(s.wake.record, f)
}

// recorded tells those who asked, if a change appends audit lines.
func (w *wakers) recorded(change kyc.Change) {
	if !slices.ContainsFunc(change, func(w kyc.Write) bool { _, is := w.(kyc.AppendAudit); return is }) {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, f := range w.record {
		f()
	}
}

// AuditLog is the head of a tenant's log.
func (s *Store) AuditLog(ctx context.Context, tenant kyc.TenantID) (kyc.AuditLog, error) {
	return one[kyc.AuditLog](ctx, s.of(tenant), "log of tenant", auditLogs.selects("WHERE tenant_id = ?"), tenant)
}

// AuditKeys lists the keys that sign, or have signed, a tenant's log, the first
// first.
func (s *Store) AuditKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.AuditKey, error) {
	return many[kyc.AuditKey](ctx, s.of(tenant), "keys of log", auditKeys.selects("WHERE tenant_id = ? ORDER BY created_at, retired_at = 0"), tenant)
}

// AuditTiles reads the tiles of the given levels and places that are there, in no
// order.
func (s *Store) AuditTiles(ctx context.Context, tenant kyc.TenantID, at []kyc.AuditTile) ([]kyc.AuditTile, error) {
	if len(at) == 0 {
		return nil, nil
	}
	args := []any{tenant}
	for _, tile := range at {
		args = append(args, tile.Level, tile.N, tenant)
	}
	const place = "tenant_id = ? AND level = ? AND n = ?"
	return many[kyc.AuditTile](ctx, s.of(tenant), "tiles", auditTiles.selects("WHERE "+place+strings.Repeat(" OR "+place, len(at)-1)), args[:len(args)-1]...)
}

// AuditCheckpoints lists the checkpoints that are kept for good, of more lines
// than the given size, by their sizes. At most 500, which is also what limit 0
// means.
func (s *Store) AuditCheckpoints(ctx context.Context, tenant kyc.TenantID, after int64, limit int) ([]kyc.AuditCheckpoint, error) {
	return many[kyc.AuditCheckpoint](ctx, s.of(tenant), "checkpoints",
		auditCheckpoints.selects("WHERE tenant_id = ? AND size > ? ORDER BY size LIMIT ?"), tenant, after, page(limit))
}

// SealedLines lists lines by their places in the log, after the given one. What
// somebody wrote into a row that cannot be read comes as it is, under the name "".
// At most 500, which is also what limit 0 means.
func (s *Store) SealedLines(ctx context.Context, tenant kyc.TenantID, after int64, limit int) ([]kyc.AuditLine, error) {
	rows, err := many[auditRead](ctx, s.of(tenant), "sealed lines",
		readLines("WHERE tenant_id = ? AND seq IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?"), tenant, after, page(limit))
	return asRecorded(rows), err
}

// UnsealedLines lists lines that have no place in the log yet, by id. At most
// 500, which is also what limit 0 means.
func (s *Store) UnsealedLines(ctx context.Context, tenant kyc.TenantID, limit int) ([]kyc.AuditLine, error) {
	rows, err := many[auditRead](ctx, s.of(tenant), "unsealed lines",
		readLines("WHERE tenant_id = ? AND seq IS NULL ORDER BY audit_id LIMIT ?"), tenant, page(limit))
	return asRecorded(rows), err
}

// UnsealedTenants lists the tenants that have such lines. At most 500.
func (s *Store) UnsealedTenants(ctx context.Context) ([]kyc.TenantID, error) {
	return many[kyc.TenantID](ctx, s.across(sealing), "tenants with unsealed lines",
		"SELECT DISTINCT tenant_id FROM audit_lines WHERE seq IS NULL ORDER BY tenant_id LIMIT 500")
}
