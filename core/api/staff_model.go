package api

// Staff is a member of staff, as they see themselves.
type Staff struct {
	ID          string   `json:"id"`
	Tenant      string   `json:"tenant" doc:"That they work for"`
	Login       string   `json:"login"`
	Name        string   `json:"name"`
	Role        string   `json:"role" example:"reviewer" doc:"viewer, reviewer, senior_reviewer, compliance_officer, tenant_admin, platform_operator, or the id of a role of the tenant's own, which begins with \"own.\""`
	RoleName    string   `json:"role_name,omitempty" doc:"In words; absent for a role of the tenant's own"`
	Locale      string   `json:"locale" doc:"BCP 47; the language of texts when a request has no Accept-Language"`
	Permissions []string `json:"permissions" enum:"case.read,case.claim,case.decide,document.view,data.reveal,audit.read,provider.read,sending.read,sending.release,message.read,message.repeat,person.erase,person.export,staff.self,staff.read,staff.appoint,role.manage,role.grant,tenant.list" doc:"In the tenant of the path. What it is about (market, class of a document, risk) can narrow them: each case says what may be done with it"`
}

// CasePage is a page of the queue.
type CasePage struct {
	Cases []CaseItem `json:"cases" doc:"By due date, or as sort says; at most 50"`
	After string     `json:"after,omitempty" doc:"Place of the next page, for the query parameter of this name; absent on the last page"`
}

// CaseItem is a case as the queue shows it.
type CaseItem struct {
	ID          string `json:"id" format:"uuid"`
	Application string `json:"application" format:"uuid"`
	Market      string `json:"market" example:"overseas"`
	MarketName  string `json:"market_name" doc:"In words; absent for a role of the tenant's own"`
	Locale      string `json:"locale" doc:"BCP 47; the applicant's language"`
	State       string `json:"state" enum:"open,claimed,decided"`
	Risk        string `json:"risk" enum:"low,medium,high"`
	ProposedBy  string `json:"proposed_by,omitempty" doc:"Name of who proposed a decision that a second person has to confirm"`
	Holder      string `json:"holder,omitempty" doc:"Name of who works on it now, or who decided it"`
	Mine        bool   `json:"mine" doc:"Claimed by who asks"`
	Overdue     bool   `json:"overdue" doc:"Past its service target"`
	Outcome     string `json:"outcome,omitempty" enum:"approve,ask_again,reject" doc:"Once decided; absent when the application ended without a decision"`
	Opened      string `json:"opened_at" format:"date-time"`
	Due         string `json:"due_at" format:"date-time" doc:"Service target"`
	ClaimUntil  string `json:"claim_until,omitempty" format:"date-time" doc:"When the claim runs out; every reading of the case by its holder renews it"`
	Decided     string `json:"decided_at,omitempty" format:"date-time"`
}

// RevealRequest asks for personal data in clear.
type RevealRequest struct {
	What   string `json:"what" minLength:"1" maxLength:"64" doc:"\"everything\", \"documents\", or the id of one step"`
	Why    string `json:"why" enum:"compare_document,contact_applicant,suspected_fraud,legal_request,complaint" doc:"Recorded with who asked, when, and for what"`
	Ticket string `json:"ticket,omitempty" maxLength:"40" doc:"Number of a ticket or file: letters, digits and ._/-; never a name"`
}

// PickedReason is a reason code with what it is about, as the case offers it.
type PickedReason struct {
	Code    string  `json:"code" minLength:"1" maxLength:"80" example:"image.glare"`
	Subject Subject `json:"subject"`
}

// Subject is what a reason is about.
type Subject struct {
	Kind string `json:"kind" enum:"document,step,application" doc:"To ask again: a document or a step; to reject: the application"`
	Ref  string `json:"ref,omitempty" maxLength:"80" doc:"Requirement of the document, id of the step; empty for the application"`
}

// PreviewRequest is a decision whose words are wanted before it is made.
type PreviewRequest struct {
	Outcome string         `json:"outcome" enum:"approve,ask_again,reject"`
	Reasons []PickedReason `json:"reasons,omitempty" maxItems:"200"`
	Note    string         `json:"note,omitempty" maxLength:"4000" doc:"To the applicant, in their language; at most 1000 characters"`
}

// Preview is what the applicant would read.
type Preview struct {
	Locale   string        `json:"locale" doc:"BCP 47; the applicant's language, which the texts are in"`
	Dir      string        `json:"dir" enum:"ltr,rtl"`
	Passages []PreviewText `json:"passages" doc:"What is asked again and why, or why it ends; empty for an approval"`
	Untold   int           `json:"untold" doc:"How many of the reasons the applicant reads nothing of"`
	Note     string        `json:"note,omitempty" doc:"Your own words"`
}

// PreviewText is the words about one reason.
type PreviewText struct {
	Subject Subject `json:"subject"`
	About   string  `json:"about,omitempty" doc:"What it is about, in words"`
	Text    string  `json:"text"`
	Remedy  string  `json:"remedy,omitempty" doc:"What to do now"`
}

// DecisionRequest decides a case.
type DecisionRequest struct {
	PreviewRequest
	Evidence string `json:"evidence" minLength:"1" maxLength:"128" doc:"The digest of the evidence as the case showed it; when something has changed since, the answer is 409 and nothing is decided"`
	Version  int64  `json:"version" minimum:"1" doc:"Of the application, as the case showed it"`
}

// AuditPage is a page of the tenant's audit record.
type AuditPage struct {
	Lines []Event `json:"lines" doc:"Newest first, at most 50"`
	After string  `json:"after,omitempty" doc:"Place of the next page, for the query parameter of this name; absent on the last page"`
}

// Event is a line of the audit record.
type Event struct {
	ID     string            `json:"id"`
	At     string            `json:"at" format:"date-time"`
	Actor  Actor             `json:"actor"`
	Action string            `json:"action" doc:"Stable" example:"case.claimed"`
	Text   string            `json:"text" doc:"The action in words"`
	Object Object            `json:"object"`
	Detail map[string]string `json:"detail,omitempty" doc:"Codes, ids and versions; never personal data"`
	Number int64             `json:"number,omitempty" doc:"Place in the sealed record, from 1, for ever; absent in the first seconds"`
}

// Actor is who did something.
type Actor struct {
	Kind string `json:"kind" enum:"applicant,account,staff,system,marketplace"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty" doc:"Of staff"`
}

// Object is what something was done with.
type Object struct {
	Kind string `json:"kind" example:"case"`
	ID   string `json:"id"`
}

// ProviderList is the state of the providers.
type ProviderList struct {
	Providers []Provider `json:"providers"`
}

// Provider is the state of a provider's process as the asked server sees it.
type Provider struct {
	Name     string   `json:"name"`
	Version  string   `json:"version,omitempty"`
	Kinds    []string `json:"kinds" enum:"market,verifier,messenger"`
	State    string   `json:"state" example:"ready"`
	Reason   string   `json:"reason,omitempty" doc:"Why it is not ready, for engineers"`
	Restarts int      `json:"restarts"`
	Since    string   `json:"since" format:"date-time"`
}
