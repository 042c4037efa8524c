package sdk

import (
	"io"
	"time"
)

// Verification is a question to an outside source.
type Verification struct {
	RequestID  string
	Tenant     string
	Key        string // idempotency key
	Capability string
	Fields     map[string]string
	Locale     string
	TestMode   bool
	Now        time.Time
	Files      []FileInfo

	// NextFile gives the declared files in their order and io.EOF after the
	// last. Size and digest are checked: reading a file that does not keep to
	// its declaration fails.
	NextFile func() (FileInfo, io.Reader, error)
}

// FileInfo declares a file before its content comes.
type FileInfo struct {
	Name      string // "passport/data_page"
	MediaType string
	Size      int64
	SHA256    []byte
}

// Result is what a source says. No record is not a mismatch.
type Result int

const (
	Pass        Result = iota + 1
	Fail               // see Reasons
	Refer              // a person should look; see Reasons
	Unavailable        // the source could not tell
)

// Verdict is a source's answer.
type Verdict struct {
	Result    Result
	Reasons   []Reason
	Evidence  map[string]string // what the source said; may hold personal data
	Source    string            // name of the source for the record
	Reference string            // the source's reference of this look-up
}
