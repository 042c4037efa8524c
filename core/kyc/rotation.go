package kyc

// Rotation is how far the keys of a level have been rotated in a tenant.
type Rotation struct {
	Tenant  TenantID `db:"tenant_id"`
	Level   string   `db:"level"`      // master, tenant, index
	Cursor  string   `db:"cursor_id"`  // up to whom it is done; for the level tenant an ApplicantID, for index an IdentifierID
	Done    int64    `db:"done"`       // keys wrapped and values sealed anew
	Started Millis   `db:"started_at"` //
	Ended   Millis   `db:"ended_at"`   // 0: under way
	Retired Millis   `db:"retired_at"` // when the older keys were destroyed; 0: not yet
}

// RotationDropped is the cursor of a rotation whose older key is destroyed while what
// was made with it is not cleared for good: other processes may still write it.
const RotationDropped = "dropped"

// Dropped tells whether a rotation stands there.
func (x Rotation) Dropped() bool { return x.Cursor == RotationDropped && x.Retired == 0 }

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
	// Reindex replaces the blind index of an identifier while it is still Was. When it
	// is not, somebody else has replaced or erased it, and nothing is done.
	Reindex struct {
		Tenant     TenantID
		ID         IdentifierID
		Was, Index []byte
	}
	// SaveRotation inserts or replaces.
	SaveRotation struct{ Rotation }
)

func (ReplaceTenantKeys) write()   {}
func (ReplaceApplicantKey) write() {}
func (Reindex) write()             {}
func (SaveRotation) write()        {}
