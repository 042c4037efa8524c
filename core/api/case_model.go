package api

// Case is a case with everything that a decision can rest on. Personal data is
// masked until it is revealed.
type Case struct {
	CaseItem
	ApplicationState string         `json:"application_state" enum:"open,submitted,verifying,in_review,needs_applicant,approved,activated,rejected,withdrawn,expired"`
	Version          int64          `json:"version" doc:"Of the application; give it back with the decision"`
	Evidence         string         `json:"evidence" doc:"Digest of everything a decision rests on; give it back with the decision"`
	Provider         string         `json:"provider,omitempty" doc:"Version of the market's rules that the application runs under"`
	Actions          []CaseAction   `json:"actions" doc:"What you may do with this case now"`
	Documents        []CaseDocument `json:"documents"`
	Steps            []CaseStep     `json:"steps" doc:"What was answered"`
	Recovery         *CaseRecovery  `json:"recovery,omitempty" doc:"Of a request of somebody who cannot get into an account: what to compare it with"`
	Checks           []Check        `json:"checks" doc:"Of the latest submission"`
	EarlierChecks    []Check        `json:"earlier_checks" doc:"Of earlier submissions, about data and files that may have changed since"`
	RiskReasons      []RiskReason   `json:"risk_reasons" doc:"What makes the risk what it is, the worst first; rated anew whenever checks ran"`
	TakesTwo         bool           `json:"takes_two" doc:"To approve or to reject: the decision of the first person is a proposal, which another has to confirm"`
	Proposal         *Proposal      `json:"proposal,omitempty" doc:"That waits for a second person"`
	Proposals        []Proposal     `json:"proposals" doc:"That came to an end, newest first"`
	Duplicates       []Duplicate    `json:"duplicates" doc:"Other applications that seem to be the same person's"`
	Decisions        []Decision     `json:"decisions" doc:"Newest first"`
	History          []Event        `json:"history" doc:"Lines of the audit record about the case and its application, newest first"`
	Messages         []Delivery     `json:"messages" doc:"States of delivery of what was sent to the applicant"`
	Revealed         *Revealed      `json:"revealed,omitempty" doc:"What you see in clear for now"`
	RevealReasons    []Option       `json:"reveal_reasons" doc:"For which personal data may be revealed"`
	Offers           []Offer        `json:"offers" doc:"Reasons to choose from, by what they are about"`
	MaxNote          int            `json:"max_note" doc:"Bound of your own words to the applicant, in characters"`
}

// CaseRecovery is what is known of the account that a recovery request is about.
// An approval sends a one-time link with which whoever reads the proved contact
// sets a new login password; it needs the request's documents to be viewed.
type CaseRecovery struct {
	Found     bool           `json:"account_found" doc:"False: the login name is nobody's, and the request cannot be approved"`
	Known     bool           `json:"contact_of_account" doc:"The contact that was proved is one of the account's; false: it proves nothing about the account"`
	Number    string         `json:"document_number,omitempty" enum:"agrees,differs" doc:"The number typed and those that the account was opened with; absent: there is none to compare with"`
	Account   string         `json:"account,omitempty" format:"uuid"`
	Market    string         `json:"market,omitempty"`
	State     string         `json:"account_state,omitempty" enum:"active,frozen"`
	Steps     []CaseStep     `json:"steps" doc:"What was answered when the account was opened; masked until everything of the case is revealed"`
	Documents []CaseDocument `json:"documents" doc:"What the account was opened with"`

	Opens   string          `json:"opens,omitempty" format:"date-time" doc:"Granted: when the one-time link is sent, unless somebody stops it before"`
	Stopped string          `json:"stopped,omitempty" format:"date-time" doc:"Somebody who reads a contact of the account said that its holder did not ask"`
	Others  []OtherRecovery `json:"other_requests" doc:"Other requests about the same account within a year, newest first"`
}

// OtherRecovery is another recovery request about the same account.
type OtherRecovery struct {
	Application string `json:"application" format:"uuid"`
	Case        string `json:"case,omitempty" format:"uuid"`
	State       string `json:"state"`
	Found       string `json:"found" format:"date-time"`
	Stopped     string `json:"stopped,omitempty" format:"date-time"`
}

// CaseAction is a request that may be made about a case now.
type CaseAction struct {
	Name   string `json:"name" enum:"claim,take_over,release,reveal,preview,decide,confirm,oppose,withdraw,send_again,take_back"`
	Method string `json:"method"`
	Href   string `json:"href"`
}

// CaseDocument is a document that was asked for, with its files.
type CaseDocument struct {
	Requirement string     `json:"requirement" example:"passport"`
	Label       string     `json:"label"`
	Sides       []CaseSide `json:"sides"`
	Earlier     []CaseFile `json:"earlier" doc:"Replaced by the applicant, or asked again"`
}

// CaseSide is one side of a document.
type CaseSide struct {
	Side  string    `json:"side" example:"data_page"`
	Label string    `json:"label"`
	File  *CaseFile `json:"file,omitempty" doc:"Absent when it was not uploaded"`
}

// CaseFile is an uploaded file. Opening it is recorded.
type CaseFile struct {
	ID        string `json:"id" format:"uuid"`
	Side      string `json:"side"`
	State     string `json:"state" enum:"current,replaced,refused"`
	MediaType string `json:"media_type" doc:"Of the original"`
	Size      int64  `json:"size" doc:"Of the original, in bytes"`
	Width     int    `json:"width" doc:"Of the rendition, in pixels"`
	Height    int    `json:"height"`
	Uploaded  string `json:"uploaded_at" format:"date-time"`
	Rendition string `json:"rendition,omitempty" doc:"Address of the safe rendition; absent when you may not open documents of its class"`
	Original  string `json:"original,omitempty" doc:"Address of the file as it was uploaded: keep it, never show it"`
}

// CaseStep is what was answered in one step.
type CaseStep struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind,omitempty" enum:"federated,contact,profile,credentials,documents"`
	Title    string       `json:"title"`
	State    string       `json:"state" example:"done"`
	Provider string       `json:"provider,omitempty" doc:"Version of the market's rules that judged the answers"`
	Revealed bool         `json:"revealed"`
	Askable  bool         `json:"askable" doc:"Its data can be asked again"`
	Reasons  []CodeInText `json:"reasons"`
	Data     []Datum      `json:"data"`
}

// CodeInText is a reason code with its sentence.
type CodeInText struct {
	Code string `json:"code" example:"data.name_mismatch"`
	Text string `json:"text"`
}

// Datum is one value: what was typed, and what a document says about it.
type Datum struct {
	Name      string `json:"name" example:"name_latin"`
	Label     string `json:"label"`
	Value     string `json:"value" doc:"As stored, or masked"`
	Text      string `json:"text" doc:"The value in words of your language"`
	List      string `json:"list,omitempty" doc:"The list that the value is of, in words"`
	Row       int    `json:"row,omitempty" doc:"Its row in the list, from 1"`
	Masked    bool   `json:"masked"`
	Derived   bool   `json:"derived,omitempty" doc:"Told from another answer"`
	Document  string `json:"document,omitempty" doc:"What the document says, masked if the value is"`
	Agreement string `json:"agreement,omitempty" enum:"agrees,differs" doc:"Of the typed value with the document's; absent when there is nothing to compare with"`
}

// Check is what an automated verification found.
type Check struct {
	ID       string       `json:"id"`
	Name     string       `json:"name" example:"mrz"`
	Label    string       `json:"label"`
	Version  string       `json:"version"`
	Result   string       `json:"result" enum:"pass,fail,refer,unavailable"`
	Reasons  []CodeInText `json:"reasons"`
	Evidence []Datum      `json:"evidence"`
	Source   string       `json:"source" doc:"\"automatic\", or the provider that was asked, with its version"`
	Micros   int64        `json:"duration_us" doc:"In microseconds"`
	At       string       `json:"at" format:"date-time"`
}

// RiskReason is one thing that makes a risk what it is.
type RiskReason struct {
	Code  string `json:"code" example:"finding"`
	Level string `json:"level" enum:"low,medium,high" doc:"That it raises the risk to"`
	About string `json:"about,omitempty" example:"policy.duplicate_person" doc:"Code of a reason, name of a check, kind of a document"`
	Text  string `json:"text"`
}

// Proposal is a decision that the first of two people made.
type Proposal struct {
	ID      string       `json:"id" format:"uuid"`
	Outcome string       `json:"outcome" enum:"approve,reject"`
	By      string       `json:"by"`
	Mine    bool         `json:"mine" doc:"You proposed it, so somebody else has to confirm it"`
	Reasons []CodeInText `json:"reasons"`
	Note    string       `json:"note,omitempty" doc:"To the applicant"`
	At      string       `json:"at" format:"date-time"`
	State   string       `json:"state" enum:"waits,confirmed,opposed,withdrawn,void" doc:"void: what it rested on has changed since"`
	EndedBy string       `json:"ended_by,omitempty"`
	Answer  string       `json:"answer,omitempty" doc:"Why it was sent back, to colleagues"`
	Ended   string       `json:"ended_at,omitempty" format:"date-time"`
}

// AgreeRequest confirms what somebody else proposed.
type AgreeRequest struct {
	Evidence string `json:"evidence" minLength:"1" maxLength:"128" doc:"Of the case, as you read it"`
	Version  int64  `json:"version" doc:"Of the case, as you read it"`
}

// OpposeRequest sends back what somebody else proposed.
type OpposeRequest struct {
	Reason string `json:"reason" maxLength:"4000" doc:"To colleagues; the applicant does not read it. At most 1000 characters"`
}

// Duplicate is another application that seems to be the same person's.
type Duplicate struct {
	Kind        string `json:"kind" doc:"What is the same" example:"id:passport:DE"`
	Label       string `json:"label"`
	Application string `json:"application"`
	Case        string `json:"case,omitempty" doc:"Absent when it never needed a person"`
}

// Decision is what was decided.
type Decision struct {
	ID       string       `json:"id"`
	Outcome  string       `json:"outcome" enum:"approve,ask_again,reject"`
	By       string       `json:"by,omitempty" doc:"Name; absent when no person decided"`
	First    string       `json:"proposed_by,omitempty" doc:"Name of the first of two people; absent when it took one"`
	Reasons  []CodeInText `json:"reasons"`
	Note     string       `json:"note,omitempty" doc:"To the applicant"`
	Evidence string       `json:"evidence" doc:"Digest of what it rests on"`
	At       string       `json:"at" format:"date-time"`
}

// Delivery is the state of a message that was sent to the applicant.
type Delivery struct {
	Channel  string `json:"channel" enum:"phone,email"`
	Template string `json:"template"`
	Label    string `json:"label"`
	State    string `json:"state" example:"sent"`
	Failure  string `json:"failure,omitempty"`
	Updated  string `json:"updated_at" format:"date-time"`
}

// Revealed is what is shown in clear for now.
type Revealed struct {
	Everything bool     `json:"everything"`
	Documents  bool     `json:"documents" doc:"The documents, without a claim"`
	Steps      []string `json:"steps"`
	Until      string   `json:"until" format:"date-time"`
}

// Offer is the reasons that can be given about one thing.
type Offer struct {
	Outcome string   `json:"outcome" enum:"ask_again,reject" doc:"That takes them"`
	Subject Subject  `json:"subject"`
	Label   string   `json:"label,omitempty" doc:"What it is about, in words"`
	Codes   []Choice `json:"codes"`
}

// Choice is a reason code to choose.
type Choice struct {
	Code  string `json:"code" example:"image.glare"`
	Label string `json:"label" doc:"For you"`
	Text  string `json:"text,omitempty" doc:"What the applicant reads, in their language; absent when they read nothing of it"`
}
