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

func (t *tx) endSessions(w kyc.EndSessions) error {
	return t.exec(plainly, `DELETE FROM sessions WHERE tenant_id = ? AND kind = ? AND subject_id = ?`, w.Tenant, w.Kind, w.Subject)
}

// Session finds a session of the given kind ("account", "staff") by the hash
// of its token. Whether it has expired is for the caller to see.
func (s *Store) Session(ctx context.Context, tenant kyc.TenantID, hash []byte, kind string) (kyc.Session, error) {
	return one[kyc.Session](ctx, s, "session",
		sessions.selects("WHERE tenant_id = ? AND token_hash = ? AND kind = ?"), tenant, hash, kind)
}
