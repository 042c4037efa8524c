package kyc

// Rotation is how far the keys of a level have been rotated in a tenant.
type Rotation struct {
	Tenant  TenantID `db:"tenant_id"`
	Level   string   `db:"level"`      // master, tenant
	Cursor  string   `db:"cursor_id"`  // up to whom it is done; for the level tenant an ApplicantID
	Done    int64    `db:"done"`       // keys wrapped anew
	Started Millis   `db:"started_at"` //
	Ended   Millis   `db:"ended_at"`   // 0: under way
	Retired Millis   `db:"retired_at"` // when the older keys were destroyed; 0: not yet
}

// WrappedKey is an applicant's key as it is stored.
type WrappedKey struct {
	Applicant ApplicantID `db:"applicant_id"`
	Wrapped   []byte      `db:"key_wrapped"`
}

type (
	// ReplaceTenantKeys replaces a tenant's keys while they are still those of Was,
	// else Conflict ("error.conflict").
	ReplaceTenantKeys struct {
		TenantKeys
		Was TenantKeys
	}
	// ReplaceApplicantKey replaces a wrapped key while it is still Was. When it is
	// not, somebody else has replaced or destroyed it, and nothing is done.
	ReplaceApplicantKey struct {
		Tenant       TenantID
		ID           ApplicantID
		Was, Wrapped []byte
	}
	// SaveRotation inserts or replaces.
	SaveRotation struct{ Rotation }
)

func (ReplaceTenantKeys) write()   {}
func (ReplaceApplicantKey) write() {}
func (SaveRotation) write()        {}
