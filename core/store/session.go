package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var sessions = newTable[kyc.Session]("sessions", "tenant_id token_hash")

func (t *tx) saveSession(w kyc.SaveSession) error { return t.insert(sessions, w.Session, plainly) }

func (t *tx) touchSession(w kyc.TouchSession) error {
	return t.exec(plainly, `UPDATE sessions SET seen_at = ? WHERE tenant_id = ? AND token_hash = ?`, w.Seen, w.Tenant, w.Hash)
}

func (t *tx) dropSession(w kyc.DropSession) error {
	return t.exec(plainly, `DELETE FROM sessions WHERE tenant_id = ? AND token_hash = ?`, w.Tenant, w.Hash)
}

func (t *tx) freshenSession(w kyc.FreshenSession) error {
	return t.exec(plainly, `UPDATE sessions SET freshened_at = ?, proved_at = CASE WHEN ? > proved_at THEN ? ELSE proved_at END,
		methods = COALESCE(NULLIF(?, ''), methods) WHERE tenant_id = ? AND token_hash = ?`, w.Fresh, w.Proved, w.Proved, w.Methods, w.Tenant, w.Hash)
}

func (t *tx) dropSessions(w kyc.DropSessions) error {
	for _, kind := range w.Kinds {
		query := `DELETE FROM sessions WHERE tenant_id = ? AND kind = ? AND subject_id = ?`
		args := []any{w.Tenant, kind, w.Subject}
		if w.ID != "" {
			query, args = query+` AND session_id = ?`, append(args, w.ID)
		}
		if len(w.Except) > 0 {
			query, args = query+` AND token_hash <> ?`, append(args, w.Except)
		}
		if err := t.exec(plainly, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// SessionsOf lists the sessions of a subject, last seen first, those that have
// ended too; at most 100.
func (s *Store) SessionsOf(ctx context.Context, tenant kyc.TenantID, kind, subject string) ([]kyc.Session, error) {
	return many[kyc.Session](ctx, s.of(tenant), "sessions",
		sessions.selects("WHERE tenant_id = ? AND kind = ? AND subject_id = ? ORDER BY seen_at DESC, token_hash LIMIT 100"), tenant, kind, subject)
}

// Session finds a session of the given kind ("account", "staff") by the hash
// of its token. Whether it has expired is for the caller to see.
func (s *Store) Session(ctx context.Context, tenant kyc.TenantID, hash []byte, kind string) (kyc.Session, error) {
	return one[kyc.Session](ctx, s.of(tenant), "session",
		sessions.selects("WHERE tenant_id = ? AND token_hash = ? AND kind = ?"), tenant, hash, kind)
}
