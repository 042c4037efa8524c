package kyc

import "context"

// Outgoing is a rendered message for a messenger.
type Outgoing struct {
	Tenant  TenantID
	ID      MessageID // idempotency key: the same id is never sent twice
	Channel ContactKind
	To      string // E.164 or e-mail address
	Sender  string // the tenant's name as the person should see it
	Subject string // e-mail
	Text    string
	HTML    string // e-mail, optional
	Locale  Locale

	// Unsettled is the messenger that may have taken the message already: it is
	// asked first, and nobody else until it tells. GivenUp lets the others have
	// it all the same, and asks that one last.
	Unsettled string
	GivenUp   bool

	// Again tells that an earlier try may have handed it over.
	Again bool

	// Asking is told which of several messengers is asked next, before it is: a
	// sudden death must not forget who may have the message. With an error nobody
	// is asked. nil: nobody wants to know.
	Asking func(ctx context.Context, messenger string) error
}

// UnsettledError says that a messenger may or may not have taken a message: it
// did not answer in time, its process ended, or its answer made no sense.
type UnsettledError struct {
	Messenger string
	Err       error
}

func (e *UnsettledError) Error() string { return e.Err.Error() }
func (e *UnsettledError) Unwrap() error { return e.Err }

// Receipt is what a messenger said about a message it was given.
type Receipt struct {
	Messenger string // provider name
	Reference string // the vendor's
	State     MessageState
	Failure   string // code when State is failed: address_refused, blocked, …
	Cost      Cost   // what it says that the message took
}

// Callback is a delivery report as a messenger's vendor posted it, not yet
// known to be the vendor's.
type Callback struct {
	Tenant    TenantID
	Messenger string            // provider name
	Target    string            // path and query as received
	Headers   map[string]string // names in lower case
	Body      []byte
}

// CallbackAnswer is what a callback said, and what the vendor expects to hear.
type CallbackAnswer struct {
	Authentic bool // false: it does not come from the vendor, and says nothing
	Reports   []DeliveryReport
	Status    int
	Body      []byte
	Type      string // media type of Body
}

// DeliveryReport tells what became of a message that a vendor took.
type DeliveryReport struct {
	Reference string       // as in Receipt
	State     MessageState // sent, delivered or failed
	Failure   string       // code when State is failed
}

// Verification asks a verifier about data or documents of a person.
type Verification struct {
	Tenant     TenantID
	ID         CheckID // idempotency key
	Capability string  // "registry.resident_id", "bank.card", …
	Fields     Values
	Locale     Locale
	TestMode   bool
}

// Verdict is what a verifier answered. No record is not a mismatch.
type Verdict struct {
	Result   CheckResult
	Reasons  []Reason
	Evidence Values // what the source said; sealed when kept
	Source   Source
}
