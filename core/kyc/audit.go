package kyc

// Actor is who did something.
type Actor struct {
	Kind string `json:"kind"` // applicant, staff, system, marketplace
	ID   string `json:"id"`
}

// AuditLine is one line of the append-only record. Detail holds codes, ids and
// versions, never personal data.
type AuditLine struct {
	Tenant     TenantID          `json:"tenant"`
	ID         AuditID           `json:"id"`
	At         Millis            `json:"at"`
	Actor      Actor             `json:"actor"`
	Action     string            `json:"action"` // application.started, step.submitted, document.viewed, …
	ObjectKind string            `json:"object_kind"`
	ObjectID   string            `json:"object_id"`
	Detail     map[string]string `json:"detail,omitempty"`
	Seq        int64             `json:"seq,omitempty"` // place in the tenant's log, from 1; 0: not sealed yet
}

// Job is work to be done after the transaction that asks for it.
type Job struct {
	Tenant TenantID `json:"tenant"`
	Kind   string   `json:"kind"`         // message.send, check.run, case.due, …
	Ref    string   `json:"ref"`          // id of what it is about; no personal data
	At     Millis   `json:"at,omitempty"` // not before; 0: at once
}

// Job kinds.
const (
	JobSend    = "message.send"       // Ref: MessageID
	JobVerify  = "application.verify" // Ref: ApplicationID
	JobCode    = "signin.code"        // Ref: id of a SignInCode
	JobRecover = "recovery.open"      // Ref: ApplicationID; the waiting time of a granted recovery is over
	JobErase   = "person.erase"       // Ref: ApplicantID; the files of an erased person are deleted, the leaf destroyed
	JobExport  = "person.export"      // Ref: export; the archive that somebody asked for is made
	JobRetain  = "retain"             // without tenant and ref: what has been kept long enough is erased
	JobDue     = "application.due"    // without tenant and ref: applications are reminded of and expire
	JobSweep   = "sweep"              // without tenant and ref: what has expired is deleted
	JobOrphan  = "sweep.blobs"        // without tenant and ref: blobs that no row names are deleted
)
