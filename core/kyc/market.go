package kyc

import (
	"strings"
	"time"
)

// StepKind is a kind of step that the core implements once for all markets.
type StepKind string

const (
	FederatedStep   StepKind = "federated"   // a signed assertion says who the person is
	ContactStep     StepKind = "contact"     // claim and prove a phone number or an e-mail address
	ProfileStep     StepKind = "profile"     // data about the person
	CredentialsStep StepKind = "credentials" // passwords and security questions
	DocumentsStep   StepKind = "documents"   // files
)

// FieldType says how a field's value is written, checked and asked for.
// Every value is text in NFC; the formats are given here.
type FieldType string

const (
	TextField      FieldType = "text"
	NameField      FieldType = "name"               // a person's name in any script
	DateField      FieldType = "date"               // YYYY-MM-DD
	SelectField    FieldType = "select"             // one of Options
	CountryField   FieldType = "country"            // ISO 3166-1 alpha-2
	PhoneField     FieldType = "phone"              // stored as E.164
	EmailField     FieldType = "email"              // stored lower-case, IDNA domain
	NumberField    FieldType = "identity_number"    // a document's or person's number
	MRZField       FieldType = "mrz"                // machine-readable lines, separated by a line feed
	PasswordField  FieldType = "password"           // never stored, never echoed
	PINField       FieldType = "pin"                // exactly six digits; never stored, never echoed
	CheckboxField  FieldType = "checkbox"           // "true" or "false"
	ConsentField   FieldType = "consent"            // must be "true"; Consents lists what is agreed to
	AddressField   FieldType = "address"            // group: see AddressParts
	QuestionField  FieldType = "security_questions" // group: <name>.1.question, <name>.1.answer, …
	HumanField     FieldType = "human_test"         // token of a solved human test
	AssertionField FieldType = "assertion"          // signed JWT of the marketplace
	ListField      FieldType = "list"               // rows of Fields: see MemberName
)

// AddressParts are the members of an address field: "<name>.country" and so on.
// Which of them a country uses, requires, and in what order, is data of the
// locales package.
var AddressParts = []string{"country", "admin_area", "locality", "dependent_locality", "postal_code", "line1", "line2"}

// PII classes of fields; what is not declared is sensitive.
const (
	PIINone      = "none"
	PIIContact   = "contact"
	PIIIdentity  = "identity"
	PIISensitive = "sensitive"
	PIISecret    = "secret" // hashed or compared, never kept
)

// Condition is true when the named value is one of In, or with Same when it is
// the contact of that name. Field is "step.field" or, within the same step,
// "field". The zero Condition is always true.
type Condition struct {
	Field string   `json:"field,omitempty"`
	In    []string `json:"in,omitempty"`
	Same  string   `json:"same,omitempty"` // "step.field" of a contact that an earlier step proves
}

// StartStep and WayField are the name under which conditions know the way into
// the market that the person took: "start.way". No step has this id.
const (
	StartStep StepID = "start"
	WayField  string = "way"
)

// Way is a way into a market: by phone, by e-mail.
type Way struct {
	ID    string
	Title string // message key: what somebody on another way is offered
}

// Option is a choice of a select field.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"` // message key
}

// Field is one thing asked for in a step. Label, Help and Why are message
// keys; Help and Why may be empty.
type Field struct {
	Name         string
	Type         FieldType
	Required     bool
	MinLen       int // characters; 0: no lower bound
	MaxLen       int // characters; 0: the type's own bound
	Options      []Option
	Script       string   // "": any; "latin": Latin letters only
	Regions      []string // phones: accepted regions (ISO 3166-1); empty: any
	Count        int      // security questions: how many
	Autocomplete string   // HTML autofill token
	PII          string
	Label        string
	Help         string
	Why          string
	Default      string
	When         Condition

	// Of lists: the members of each row, whose conditions ask about other
	// members of the row, and how many rows there are, at most 20.
	Fields  []Field
	MinRows int
	MaxRows int
}

// Side is a file of a document requirement: "front", "back", "data_page".
type Side struct {
	Name  string
	Label string // message key
}

// Requirement is a document that a documents step asks for.
type Requirement struct {
	ID    string
	Kind  string // passport, resident_id, driving_licence, national_id, …
	Sides []Side
	Label string
	Help  string
	When  Condition
}

// Proof says how a contact step proves its contact.
type Proof struct {
	Channel string        // "phone" or "email"
	Field   string        // the field with the contact; "" with Of
	Of      string        // "step.field" of an earlier step, which claims the contact
	Link    bool          // e-mail: send a link beside the code
	TTL     time.Duration // how long code and link live
	Login   bool          // the proved contact becomes a login name
	// LoginWhen makes it a login name only when it holds, which a later step's
	// answer decides.
	LoginWhen Condition
	Instead   Instead // the zero value: nothing may be proved in its place
}

// Instead is the contact that a person may switch to when what was sent to the
// first does not arrive.
type Instead struct {
	Step StepID // another contact step
	// Later asks for the first again when everything else is done. Otherwise it is
	// left unproved, and the other becomes the login name that it would have been.
	Later bool
}

// Step is one stage of a market's flow.
type Step struct {
	ID        StepID
	Kind      StepKind
	Title     string // message key
	Intro     string // message key or ""
	Fields    []Field
	Proof     *Proof        // contact steps
	Documents []Requirement // documents steps
	Consents  []string      // legal documents agreed to in this step: "terms", "privacy"
	Immutable bool          // cannot be changed once done
	OnDemand  bool          // only when the market asks for it (Finding.Request)
	When      Condition
}

// Tier is what an account may do until it proves more.
type Tier struct {
	ID     string
	Label  string
	Allows []string // message keys
	Denies []string // message keys
	Next   string   // message key: how to get further; "" at the top
	Limits []Limit
}

// Limit bounds an operation per period in minor units of a currency.
type Limit struct {
	Operation string // receive, pay, withdraw
	Currency  string // ISO 4217
	Minor     int64
	Period    string // year, day, lifetime
}

// Flow is a market as its provider describes it.
type Flow struct {
	Market     MarketID
	Provider   string // provider name
	Version    string // semantic version of the provider
	Title      string // message key
	Summary    string // message key
	Steps      []Step
	Checks     []string // names of checks to run after submission
	Review     string   // "always" or "on_referral"; anything else counts as always
	Tiers      []Tier
	Currencies []string      // balances of a new account
	Lifetime   time.Duration // of an open application; 0: 30 days
	Ways       []Way         // the first is the default; empty: there is one way
}

// Way finds a way into the market; "" is the default, and the only one of a
// market that names none.
func (f *Flow) Way(id string) (string, bool) {
	if id == "" && len(f.Ways) > 0 {
		return f.Ways[0].ID, true
	}
	for _, w := range f.Ways {
		if w.ID == id {
			return id, true
		}
	}
	return "", id == ""
}

// Step finds a step.
func (f *Flow) Step(id StepID) (*Step, bool) {
	for i := range f.Steps {
		if f.Steps[i].ID == id {
			return &f.Steps[i], true
		}
	}
	return nil, false
}

// Tier finds a tier.
func (f *Flow) Tier(id string) (*Tier, bool) {
	for i := range f.Tiers {
		if f.Tiers[i].ID == id {
			return &f.Tiers[i], true
		}
	}
	return nil, false
}

// Values are the answers of one step by field name.
type Values map[string]string

// Answers are the values of all steps done so far, by step.
type Answers map[StepID]Values

// At finds a value by "step.field"; "" when there is none.
func (a Answers) At(name string) string {
	step, field, _ := strings.Cut(name, ".")
	return a[StepID(step)][field]
}

// Holds evaluates the condition with step's values first for bare names. Values
// are canonical.
func (c Condition) Holds(step Values, all Answers) bool {
	if c.Field == "" {
		return true
	}
	value, ok := step[c.Field]
	if !ok {
		value = all.At(c.Field)
	}
	if c.Same != "" {
		return value != "" && value == all.At(c.Same)
	}
	for _, v := range c.In {
		if v == value {
			return true
		}
	}
	return false
}

// Finding is what a market says about one submitted step. Markets find, the
// core decides.
type Finding struct {
	Problems   []Problem  // not empty: the step is not accepted
	Normalized Values     // replaces the submitted values, field by field
	Derived    Values     // values told from the answers, shown to the applicant
	Request    []StepID   // on-demand steps to add
	Tier       string     // proposal; "" for none
	Reasons    []Reason   // accepted, but a person should know
	Identities []Identity // numbers that identify the person, for duplicate search
	Provider   Source     // filled in by the host
}

// Identity is a number that identifies a person within its class.
type Identity struct {
	Class string // "resident_id", "passport:DE", …
	Value string // canonical form
}

// Question is what the core asks a market about one step.
type Question struct {
	Tenant  TenantID
	Market  MarketID
	Version string // provider version that the application is bound to; "" for the current one
	Step    StepID
	Values  Values
	Answers Answers // earlier steps
	Facts   Values  // proved contacts ("contact.phone" = region only), claims of an assertion ("claim.site"), …
	Locale  Locale
	Now     time.Time
	Config  []byte // the tenant's configuration of the market, JSON
}
