package wire

// What both ends say of traces, beside the messages. The host puts the W3C
// traceparent of its call into the metadata, of recorded calls only. A provider may
// answer with what it did, as JSON of a Spans in the trailer; without it the call's own
// span is all that a trace shows.
const (
	TraceParent  = "traceparent"
	SpansTrailer = "paifang-spans"

	// MaxSpans and MaxSpansBytes bound that answer; the host drops it when it is larger.
	MaxSpans      = 32
	MaxSpansBytes = 8 << 10
)

// Spans are what a provider did in a call. Times are microseconds since the call
// began, so that no clock can put it elsewhere.
type Spans struct {
	Took  int64  `json:"took_us"` // the whole call, in the provider
	Spans []Span `json:"spans,omitempty"`
}

// Span is a part of it.
type Span struct {
	Code   string `json:"code"`         // a-z, 0-9, "_" and ".", at most 64
	At     int64  `json:"at_us"`        // when it began
	Took   int64  `json:"took_us"`      // how long it lasted
	In     int    `json:"in,omitempty"` // number of the earlier span that it is part of, from 1; 0: the call
	Failed bool   `json:"failed,omitempty"`
}
