package sdk

import "context"

// Provider is anything that can be served. What it can do besides is told by
// the interfaces it implements: Market, Messenger or Verifier, and optionally
// Configurer, TenantValidator, HealthReporter, Drainer, ReceiptParser.
type Provider interface {
	// Describe says what the provider is. It is called once and must be constant.
	Describe() Description
}

// Market holds the rules of one or more markets.
type Market interface {
	Provider
	// Evaluate judges the answers to one step of a flow that Describe declares;
	// other steps never arrive. An error means that the market could not tell.
	Evaluate(ctx context.Context, q *Question) (*Finding, error)
}

// Messenger sends SMS or e-mail.
type Messenger interface {
	Provider
	// Send hands a message to the vendor. A refusal is a Receipt with state
	// Failed, a passing trouble one with state Deferred; an error means that
	// it is unknown whether the message was taken.
	Send(ctx context.Context, m *Message) (*Receipt, error)
}

// Verifier asks the outside about a person's data or documents.
type Verifier interface {
	Provider
	// Verify answers with what the source says. Files are read in order
	// through v.NextFile; what is not read is discarded.
	Verify(ctx context.Context, v *Verification) (*Verdict, error)
}

// Configurer takes the operator's configuration, once, before any other call.
// A provider that does not implement it accepts no configuration.
type Configurer interface {
	// ValidateConfig judges a configuration (JSON, nil when there is none) and
	// changes nothing.
	ValidateConfig(config []byte) []Diagnostic
	// Configure applies a configuration that ValidateConfig has found good.
	Configure(ctx context.Context, config []byte) error
}

// TenantValidator judges the configuration that a tenant gives a market,
// beyond its JSON Schema.
type TenantValidator interface {
	ValidateTenantConfig(config []byte) []Diagnostic
}

// HealthReporter says whether the provider can work now. It must answer at
// once: a probe of the vendor belongs in the background. The error's text must
// be a code such as "vendor_unreachable".
type HealthReporter interface {
	Health(ctx context.Context) error
}

// Drainer is told that no further calls will come.
type Drainer interface {
	Drain(ctx context.Context) error
}

// ReceiptParser reads the delivery reports of a messenger's vendor.
type ReceiptParser interface {
	ParseReceipt(ctx context.Context, c *Callback) (*CallbackAnswer, error)
}

// Description is what a provider tells about itself.
type Description struct {
	ID           string   // slug; also the name of the program
	Version      string   // semantic version: "1.4.0"
	Capabilities []string // of messengers "channel.phone", "channel.email"; of verifiers "registry.resident_id"
	ConfigSchema []byte   // JSON Schema of the operator's configuration
	TenantSchema []byte   // JSON Schema of a tenant's configuration of the markets
	Flows        []Flow   // of markets
	Messages     Messages
	OwnCodes     map[string]string // "x.<id>.<code>" -> the common code it is a case of
}

// Diagnostic says what is wrong with a configuration.
type Diagnostic struct {
	Code   string // "config.required"
	Key    string // message key
	Params map[string]string
	Path   string // of the field
}
