package kyc

// ExportState is where a copy of what is held about a person stands.
type ExportState string

const (
	ExportAsked   ExportState = "asked"
	ExportMaking  ExportState = "making"
	ExportReady   ExportState = "ready"
	ExportFailed  ExportState = "failed"  // it can be asked for again
	ExportExpired ExportState = "expired" // the archive is gone
)

// Export is a copy of everything held about a person that the person asked for: an
// archive, sealed like the files that the person uploaded.
type Export struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          string        `db:"export_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Application ApplicationID `db:"application_id"` // of the account; the archive lies beside its files
	Account     AccountID     `db:"account_id"`     // that asked
	State       ExportState   `db:"state"`
	Done        int           `db:"done"` // files that are in the archive, of Total
	Total       int           `db:"total"`
	Size        int64         `db:"size"` // of the archive in bytes, once it is ready
	Original    string        `db:"original_ref"`
	Key         []byte        `db:"key_sealed"` // in the form of File.Key
	Asked       Millis        `db:"asked_at"`
	Ready       Millis        `db:"ready_at"`
	Expires     Millis        `db:"expires_at"` // when the archive is deleted
}

// ExportKeys is the place of the keys of archives, sealed as FileKeys are.
const ExportKeys = "exports.key_sealed"

// File is the archive as a file.
func (e Export) File() File {
	return File{Tenant: e.Tenant, ID: FileID(e.ID), Application: e.Application, Applicant: e.Applicant, MediaType: "application/zip",
		Size: e.Size, Original: e.Original, Key: e.Key, Created: e.Ready}
}

type (
	// SaveExport inserts or replaces.
	SaveExport struct{ Export }
	// UpdateExport replaces one that is in a state; Conflict ("error.conflict") when it
	// is in another, as that of a person who was erased meanwhile.
	UpdateExport struct {
		Export
		Expect ExportState
	}
)

func (SaveExport) write()   {}
func (UpdateExport) write() {}
