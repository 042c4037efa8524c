package review

import "github.com/paifang/paifang/core/kyc"

// View is a case as a reviewer sees it. Labels are message keys; values are
// masked unless their class is open or they have been revealed.
type View struct {
	Item
	Application kyc.Application
	Title       string // message key of the market; "" when the market is not there to tell
	Steps       []StepData
	Documents   []DocumentData
	Account     *AccountData // that a recovery request is about; nil for none
	Checks      []CheckData  // of the latest submission
	Earlier     []CheckData  // of earlier ones, about data and files that may have changed since
	Duplicates  []Duplicate
	TakesTwo    bool           // to approve or reject it
	Proposal    *ProposalData  // that waits for a second person; nil for none
	Proposals   []ProposalData // that came to an end, newest first
	Decisions   []DecisionData // newest first
	History     []Event        // newest first
	Messages    []kyc.Message  // states of delivery; bodies stay sealed
	Digest      string         // of the evidence, to be given back with the decision
	Revealed    Revealed
	May         Ability
}

// StepData is what was answered in one step.
type StepData struct {
	ID       kyc.StepID
	Kind     kyc.StepKind
	Title    string
	State    kyc.StepState
	Askable  bool // its data can be asked again
	Revealed bool
	Provider string // version that evaluated it
	Reasons  []kyc.Reason
	Data     []Datum
}

// Agreement says how a typed value compares with the document's.
type Agreement string

const (
	Agrees  Agreement = "agrees"
	Differs Agreement = "differs"
)

// Datum is one value: what was typed, and what a document says about it.
type Datum struct {
	Name      string
	Label     string // message key; "" when the market is not there to tell
	Side      string // message key of a document's side, where the datum is about one
	Type      kyc.FieldType
	Options   []kyc.Option
	Value     string
	Document  string    // what the document says; "" for nothing
	Agreement Agreement // "" when there is nothing to compare with
	Masked    bool
	Derived   bool   // told from another answer
	List      string // message key of the list that it is of
	Row       int    // its row in the list, from 1; 0: in none
}

// DocumentData is a document that was asked for, with its files.
type DocumentData struct {
	Requirement string
	Label       string
	Sides       []SideData
	Earlier     []kyc.File // replaced or refused
	View        bool       // who asks may open them now
}

// SideData is one side of a document.
type SideData struct {
	Name  string
	Label string
	File  kyc.File // zero when it is not there
}

// CheckData is what an automated check found.
type CheckData struct {
	kyc.Check
	Evidence []Datum
}

// Duplicate is another application that seems to be the same person's.
type Duplicate struct {
	Kind        string // what is the same: "phone", "id:resident_id", …
	Application kyc.ApplicationID
	Case        kyc.CaseID // "" when it never needed a person
}

// DecisionData is an earlier decision.
type DecisionData struct {
	kyc.Decision
	By         string // name
	ProposedBy string // name of the first of two people; "" when it took one
	Note       string // to the applicant
}

// Event is an audit line with the actor's name.
type Event struct {
	kyc.AuditLine
	By string
}

// Document finds a document by its requirement.
func (v *View) Document(requirement string) (DocumentData, bool) {
	for _, d := range v.Documents {
		if d.Requirement == requirement {
			return d, true
		}
	}
	return DocumentData{}, false
}
