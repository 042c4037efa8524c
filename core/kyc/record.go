package kyc

// AuditLog is the head of a tenant's transparency log: how far its lines are
// sealed, and the newest checkpoint, which says so with a signature. Lines are
// numbered from 1; the log of Size n holds those from 1 to n.
type AuditLog struct {
	Tenant     TenantID `db:"tenant_id"`
	Origin     string   `db:"origin"`     // the log's name in its checkpoints; never changes
	Size       int64    `db:"size"`       // lines that are sealed
	Checkpoint string   `db:"checkpoint"` // signed note of this Size; "" before the first
	Kept       Millis   `db:"kept_at"`    // when a checkpoint was last kept for good
	Key        string   `db:"key_id"`     // that signs the next one
}

// AuditKey is a key that signs, or has signed, a tenant's checkpoints.
type AuditKey struct {
	Tenant   TenantID `db:"tenant_id"`
	ID       string   `db:"key_id"`         // its hash in signed notes, eight hexadecimal digits
	Verifier string   `db:"verifier"`       // public; in the form of signed notes
	Sealed   []byte   `db:"private_sealed"` // under the tenant's key; empty once it has been retired
	Created  Millis   `db:"created_at"`
	Retired  Millis   `db:"retired_at"`
}

// AuditTile is a piece of the tree over a tenant's lines: up to 256 hashes of one
// level, in the numbering of golang.org/x/mod/sumdb/tlog with tiles of height 8.
type AuditTile struct {
	Tenant TenantID `db:"tenant_id"`
	Level  int      `db:"level"`
	N      int64    `db:"n"`
	Hashes []byte   `db:"hashes"` // 32 bytes each
}

// AuditCheckpoint is a checkpoint that is kept for good, so that a fork of the
// log shows.
type AuditCheckpoint struct {
	Tenant TenantID `db:"tenant_id"`
	Size   int64    `db:"size"`
	At     Millis   `db:"at"`
	Note   string   `db:"note"` // signed
}

type (
	// BeginLog makes the log of a tenant with its first key; Conflict
	// ("error.sealed") when there is one.
	BeginLog struct {
		AuditLog
		First AuditKey
	}
	// SealLines numbers Lines, which have no number yet, in this order, the first
	// with From+1, keeps Tiles, and replaces the head of the log, which must be of
	// size From (else Conflict "error.sealed": somebody else was quicker). Lines
	// that the same change appends can be among them. Keep keeps the checkpoint
	// for good. With Next the key that signed until now is retired, and its
	// private half destroyed.
	SealLines struct {
		Tenant TenantID
		From   int64
		Head   AuditLog
		Lines  []AuditID
		Tiles  []AuditTile
		Keep   bool
		Next   AuditKey
	}
)

func (BeginLog) write()  {}
func (SealLines) write() {}
