package pipeline

import "github.com/paifang/paifang/core/kyc"

// View is an application as its applicant sees it. It holds message keys, not
// sentences: the doors speak the person's language.
type View struct {
	ID      kyc.ApplicationID
	Tenant  kyc.TenantID
	Market  kyc.MarketID
	Title   string    // message key
	Way     string    // into the market; "" when it has but one
	Ways    []kyc.Way // that may be taken instead, while they may
	Locale  kyc.Locale
	State   kyc.State
	Version int64
	Steps   []StepView
	Next    Next
	Result  *Result // once activated
	// Short is what the request fell short of that this view answers; none: it was
	// done, or nothing was asked. Next.Problems may be of an earlier one.
	Short    []kyc.Problem
	Messages []Delivery
	Created  kyc.Millis
	Updated  kyc.Millis
	Expires  kyc.Millis
}

// StepView is a step in the list "where I am".
type StepView struct {
	ID       kyc.StepID
	Kind     kyc.StepKind
	Title    string
	State    string // done, current, todo, again, aside
	Editable bool   // may be opened and submitted again
}

// NextKind says what the applicant can do now.
type NextKind string

const (
	NextForm      NextKind = "form"      // submit Fields of Step
	NextChallenge NextKind = "challenge" // answer Challenge
	NextDocuments NextKind = "documents" // upload Documents, then submit Step
	NextWait      NextKind = "wait"      // nothing: checks or a reviewer are at work
	NextDone      NextKind = "done"      // activated; see Result
	NextClosed    NextKind = "closed"    // rejected, withdrawn or expired, see Reasons; or a recovery that has done its work
)

// Next is what the applicant can do now, complete enough for a client that
// knows nothing of the market.
type Next struct {
	Kind      NextKind
	Step      kyc.StepID
	Title     string
	Intro     string
	Fields    []FieldView
	Consents  []ConsentView
	Challenge *ChallengeView
	Documents []DocumentView
	Problems  []kyc.Problem // of the last attempt at this step
	Reasons   []kyc.Reason  // public: why something is asked again, or why it ended
	Note      string        // the reviewer's own words to the applicant
	Derived   []DerivedView // told from the previous step's answers
	Instead   *InsteadView  // another contact to switch to; nil for none
}

// FieldView is a field with the value typed so far (never of secret fields).
type FieldView struct {
	kyc.Field
	Values kyc.Values // by field name; groups have dotted names
	// Applies tells whether the condition holds for the values of the form as it is
	// shown. What does not apply may once something else is typed.
	Applies bool
}

// Value is the value of a plain field.
func (f FieldView) Value() string { return f.Values[f.Name] }

// DerivedView is a value that was told from an answer.
type DerivedView struct {
	Label   string // message key
	Name    string
	Value   string
	Type    kyc.FieldType
	Options []kyc.Option
}

// ConsentView is a legal document to agree to.
type ConsentView struct {
	Document string
	Version  string
	Locale   kyc.Locale // that the text is in: the applicant's, or the nearest there is
	Title    string     // in that language
}

// ChallengeView is a code (and for e-mail a link) on its way.
type ChallengeView struct {
	ID        kyc.ChallengeID
	Channel   kyc.ContactKind
	To        string // masked
	Digits    int    // length of the code
	Link      bool
	TriesLeft int
	Expires   kyc.Millis
	ResendAt  kyc.Millis
	Delivery  kyc.MessageState
	Human     bool // another code is sent only with a human test
}

// DocumentView is a document asked for.
type DocumentView struct {
	kyc.Requirement
	Files   map[string]kyc.File // by side; only what is current
	Reasons []kyc.Reason        // why it is asked again
}

// Delivery is the state of a message sent to the applicant.
type Delivery struct {
	Channel  kyc.ContactKind
	Template string
	State    kyc.MessageState
	Failure  string
	At       kyc.Millis
}

// Result is what an activated applicant has.
type Result struct {
	Account  kyc.AccountID
	Tier     kyc.Tier
	Logins   []string // masked login names
	Balances []kyc.Balance
}
