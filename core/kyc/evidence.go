package kyc

// FileState is where an uploaded file stands.
type FileState string

const (
	FileCurrent  FileState = "current"
	FileReplaced FileState = "replaced" // the applicant uploaded another one
	FileRefused  FileState = "refused"  // asked again by a reviewer
)

// File is one side of a document: the sealed original and a safe rendition.
type File struct {
	Tenant      TenantID      `db:"tenant_id"`
	ID          FileID        `db:"file_id"`
	Application ApplicationID `db:"application_id"`
	Applicant   ApplicantID   `db:"applicant_id"`
	Requirement string        `db:"requirement"`
	Side        string        `db:"side"`
	State       FileState     `db:"state"`
	MediaType   string        `db:"media_type"` // by content
	Size        int64         `db:"size"`       // bytes of the original
	Width       int           `db:"width"`      // pixels of the rendition, upright
	Height      int           `db:"height"`
	Digest      []byte        `db:"digest"`       // SHA-256 of the original, keyed by tenant (blind index)
	Original    string        `db:"original_ref"` // blob names; the blobs are sealed
	Rendition   string        `db:"rendition_ref"`
	Key         []byte        `db:"key_sealed"` // the file's own key, sealed under the applicant's
	Created     Millis        `db:"created_at"`
}

// CheckResult is what an automated verification found.
type CheckResult string

const (
	Pass         CheckResult = "pass"
	Fail         CheckResult = "fail"
	Refer        CheckResult = "refer"       // a person should look
	Inconclusive CheckResult = "unavailable" // we could not tell
)

// Check is one automated verification of an application's data.
type Check struct {
	Tenant       TenantID      `db:"tenant_id"`
	ID           CheckID       `db:"check_id"`
	Application  ApplicationID `db:"application_id"`
	Name         string        `db:"name"`
	CheckVersion string        `db:"check_version"`
	Inputs       []byte        `db:"input_digest"` // keyed; a check whose inputs changed is void
	Result       CheckResult   `db:"result"`
	Reasons      ReasonList    `db:"reasons"`
	Evidence     []byte        `db:"evidence_sealed"`
	Source       string        `db:"source"` // "automatic" or provider name and version
	Duration     int64         `db:"duration_us"`
	At           Millis        `db:"created_at"`
}
