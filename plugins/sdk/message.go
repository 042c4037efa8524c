package sdk

import "time"

// Message is a rendered message to be sent.
type Message struct {
	RequestID string
	Tenant    string
	Key       string // idempotency key
	Channel   string // PhoneChannel or EmailChannel
	To        string // E.164 or e-mail address
	Sender    string // the tenant's name as the person should see it
	Subject   string // e-mail
	Text      string
	HTML      string // e-mail, optional
	Locale    string
	Now       time.Time

	// Again tells that the vendor may have this key already: an earlier try had
	// no clear end. Where the vendor knows no idempotency keys, look there first.
	Again bool
}

// DeliveryState is where a message stands.
type DeliveryState int

const (
	Sent      DeliveryState = iota + 1 // the vendor took it
	Delivered                          // it has arrived
	Failed                             // it will not arrive; see Failure
	Deferred                           // not taken now: try again with the same key
)

// Receipt is what the vendor said.
type Receipt struct {
	State      DeliveryState
	Reference  string // the vendor's
	Failure    string // code when failed or deferred: address_refused, blocked, unreachable, …
	RetryAfter time.Duration

	// What the vendor charges, if it tells at once; the gateway puts its budgets
	// right with it. Segments of a text message, 0 when it does not say; the price in
	// thousandths of the minor unit of Currency (ISO 4217, "" when it does not say).
	Segments    int
	Currency    string
	Thousandths int64
}

// Callback is a delivery report as the vendor posted it.
type Callback struct {
	Method  string
	Target  string // path and query
	Headers map[string]string
	Body    []byte
	Now     time.Time
}

// CallbackAnswer is what a callback says and what to reply. Authentic is false
// when it does not come from the vendor.
type CallbackAnswer struct {
	Authentic bool
	Reports   []DeliveryReport
	Status    int
	Body      []byte
	Type      string // media type of Body
}

// DeliveryReport is the state of one earlier message.
type DeliveryReport struct {
	Reference string
	State     DeliveryState
	Failure   string
	Time      time.Time
}
