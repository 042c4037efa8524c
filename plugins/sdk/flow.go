package sdk

import "time"

// Kinds of steps.
const (
	FederatedStep   = "federated"   // a signed assertion says who the person is
	ContactStep     = "contact"     // claim and prove a phone number or an e-mail address
	ProfileStep     = "profile"     // data about the person
	CredentialsStep = "credentials" // passwords and security questions
	DocumentsStep   = "documents"   // files
)

// Types of fields.
const (
	TextField      = "text"
	NameField      = "name"               // a person's name in any script
	DateField      = "date"               // YYYY-MM-DD
	SelectField    = "select"             // one of Options
	CountryField   = "country"            // ISO 3166-1 alpha-2
	PhoneField     = "phone"              // E.164
	EmailField     = "email"              // lower-case, IDNA domain
	NumberField    = "identity_number"    // a document's or person's number
	MRZField       = "mrz"                // machine-readable lines, separated by a line feed
	PasswordField  = "password"           // its value never arrives
	PINField       = "pin"                // six digits; its value never arrives
	CheckboxField  = "checkbox"           // "true" or "false"
	ConsentField   = "consent"            // must be "true"
	AddressField   = "address"            // group: "<name>.country", "<name>.line1", …
	QuestionField  = "security_questions" // group: "<name>.1.question", "<name>.1.answer", …
	HumanField     = "human_test"         // a solved human test
	AssertionField = "assertion"          // signed JWT of the marketplace
	ListField      = "list"               // rows of Fields: "<name>.1.<member>", "<name>.2.<member>", … without gaps
)

// PII classes; what is not declared counts as sensitive.
const (
	PIINone      = "none"
	PIIContact   = "contact"
	PIIIdentity  = "identity"
	PIISensitive = "sensitive"
	PIISecret    = "secret"
)

// When a person reviews an application.
const (
	ReviewAlways     = "always"
	ReviewOnReferral = "on_referral"
)

// Channels of contact.
const (
	PhoneChannel = "phone"
	EmailChannel = "email"
)

// Flow is one market: what is asked of whom, in what order.
type Flow struct {
	Market         string // slug
	Title          string // message key
	Summary        string // message key
	Steps          []Step
	Checks         []string // names of checks to run after submission
	Review         string   // ReviewAlways or ReviewOnReferral
	Tiers          []Tier
	Currencies     []string      // ISO 4217: balances of a new account
	Lifetime       time.Duration // of an open application; 0: the core's default
	Equivalences   []Equivalence
	ContactRegions []string // accepted phone regions; empty: any
	// Ways into the market, of which the person takes one; the first is the
	// default. Conditions know the one taken as "start.way". Empty: there is one.
	Ways []Way
}

// Way is a way into a market. Title is what somebody on another way is offered:
// "Register by e-mail".
type Way struct {
	ID    string
	Title string // message key
}

// Step is one stage of a flow.
type Step struct {
	ID        string
	Kind      string
	Title     string // message key
	Intro     string // message key or ""
	Fields    []Field
	Proof     *Proof        // contact steps
	Documents []Requirement // documents steps
	Consents  []string      // legal documents agreed to in this step: "terms", "privacy"
	Immutable bool          // cannot be changed once done
	OnDemand  bool          // only when an evaluation requests it
	When      Condition
}

// Field is one thing asked for. Label, Help and Why are message keys.
type Field struct {
	Name         string
	Type         string
	Required     bool
	MinLen       int // characters; 0: no lower bound
	MaxLen       int // characters; 0: the type's own bound
	Options      []Option
	Script       string   // "": any; "latin": Latin letters only
	Regions      []string // phones: accepted regions (ISO 3166-1); empty: any
	Count        int      // security questions: how many
	Pattern      string   // RE2 that the whole value must match; "": none
	Autocomplete string   // HTML autofill token
	PII          string
	Label        string
	Help         string
	Why          string
	Default      string
	Immutable    bool // cannot be changed once its step is done
	When         Condition

	// Lists: the members of each row (text, name, date, select, country,
	// identity_number, checkbox or address), whose conditions ask about other
	// members of the row, and how many rows there are; MaxRows is 1 to 20.
	Fields  []Field
	MinRows int
	MaxRows int
}

// Option is a choice of a select field.
type Option struct {
	Value string
	Label string // message key
}

// Condition is true when the named value is one of In, or with Same when it is
// the contact that another step has proved. Field is "step.field" or, within the
// same step, "field"; "start.way" is the way taken. The zero Condition is always
// true.
type Condition struct {
	Field string
	In    []string
	Same  string // "step.field" of a proved contact; In is empty then
}

// Proof says how a contact step proves its contact.
type Proof struct {
	Channel string        // PhoneChannel or EmailChannel
	Field   string        // the field with the contact; "" with Of
	Link    bool          // e-mail: send a link beside the code
	TTL     time.Duration // how long code and link live
	Login   bool          // the proved contact becomes a login name
	// Of is the "step.field" of an earlier step in which the contact was typed:
	// that step claims it, this one proves it without asking again.
	Of string
	// LoginWhen makes it a login name only when it holds. It is on a field of a
	// later step; whether somebody else has the login name is asked then.
	LoginWhen Condition
	// Instead is what somebody may prove first whose message does not arrive; nil: nothing.
	Instead *Instead
}

// Instead is the contact that a person may switch to.
type Instead struct {
	// Step is another contact step, which has a field of its own, no LoginWhen, and is
	// asked of everybody whom this one is asked of. One that comes before, and is
	// proved by then, may have a LoginWhen, and this one be Of another step.
	Step string
	// Later asks for this contact again when everything else is done. Otherwise it
	// is left unproved; the other then takes its place as login name if this one
	// would have become one.
	Later bool
}

// Requirement is a document that a documents step asks for.
type Requirement struct {
	ID    string
	Kind  string // passport, resident_id, driving_licence, national_id, …
	Sides []Side
	Label string // message key
	Help  string // message key
	When  Condition
}

// Side is one file of a requirement: "front", "back", "data_page".
type Side struct {
	Name  string
	Label string // message key
}

// Equivalence declares that identifiers of several classes are one: whoever
// registered with one cannot register again with another.
type Equivalence struct {
	ID      string
	Members []EquivalenceMember
}

// EquivalenceMember maps identifiers of a class to a common value: the first
// group of Pattern (RE2) is the value, such as `^(\d+)@qq\.com$`.
type EquivalenceMember struct {
	Class   string // phone, email, or an identity class
	Pattern string
}

// Tier is what an account may do until it proves more. All but ID are message keys.
type Tier struct {
	ID     string
	Label  string
	Allows []string
	Denies []string
	Next   string // how to get further; "" at the top
	Limits []Limit
}

// Limit bounds an operation per period in minor units of a currency.
type Limit struct {
	Operation string // receive, pay, withdraw
	Currency  string // ISO 4217
	Minor     int64
	Period    string // day, year, lifetime
}
