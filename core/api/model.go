package api

// Application is an application as its applicant may see it.
type Application struct {
	ID      string  `json:"id" format:"uuid"`
	Market  string  `json:"market" example:"mainland"`
	Title   string  `json:"title"`
	Way     string  `json:"way,omitempty" doc:"Way into the market, where it has several"`
	Ways    []Way   `json:"ways,omitempty" doc:"Ways that may be taken instead with the action way, as long as no step is done"`
	Locale  string  `json:"locale" doc:"BCP 47; the language of every text here and of every message sent"`
	State   string  `json:"state" enum:"open,submitted,verifying,in_review,needs_applicant,approved,activated,rejected,withdrawn,expired"`
	Version int64   `json:"version" doc:"Grows with every change; send it with a step to be told when something changed in between"`
	Steps   []Step  `json:"steps"`
	Next    Next    `json:"next"`
	Result  *Result `json:"result,omitempty" doc:"Once activated"`

	Messages []Message `json:"messages" doc:"Sent to the person about this application, newest first, and what became of them"`
	Created  string    `json:"created_at" format:"date-time"`
	Updated  string    `json:"updated_at" format:"date-time"`
	Expires  string    `json:"expires_at" format:"date-time"`
}

// Message is an SMS or an e-mail to the applicant and what became of it.
type Message struct {
	Channel string `json:"channel" enum:"phone,email"`
	Kind    string `json:"kind" example:"link" doc:"What it was about: code, link, needs_applicant, approved, rejected, expired, reminder, return"`
	State   string `json:"state" enum:"queued,sent,delivered,failed" doc:"sent: the messenger took it; delivered: a receipt says so; failed: given up"`
	Text    string `json:"text" doc:"The state in words, and what to do when it failed"`
	Updated string `json:"updated_at" format:"date-time"`
}

// Step is one stage of the application.
type Step struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"federated,contact,profile,credentials,documents"`
	State    string `json:"state" enum:"done,current,todo,again,aside" doc:"aside: another contact is proved in its place"`
	Title    string `json:"title"`
	Editable bool   `json:"editable" doc:"May be submitted again"`
}

// Action is a request that can be made now.
type Action struct {
	Name   string `json:"name" enum:"submit,answer,resend,correct,switch,way,upload,handover,withdraw"`
	Method string `json:"method"`
	Href   string `json:"href"`
	After  string `json:"after,omitempty" format:"date-time" doc:"Not before this time"`
}

// Next is what can be done now.
type Next struct {
	Kind      string       `json:"kind" enum:"form,challenge,documents,wait,done,closed" doc:"form: submit fields; challenge: answer with code; documents: upload every side, then submit; wait: read again later; done and closed: nothing"`
	Step      string       `json:"step,omitempty"`
	Title     string       `json:"title,omitempty"`
	Intro     string       `json:"intro,omitempty" doc:"What to do, or what is going on when there is nothing to do"`
	Actions   []Action     `json:"actions"`
	Fields    []Field      `json:"fields,omitempty"`
	Consents  []Consent    `json:"consents,omitempty" doc:"Legal documents that the consent field agrees to"`
	Challenge *Challenge   `json:"challenge,omitempty"`
	Documents []Document   `json:"documents,omitempty"`
	Problems  []FieldError `json:"problems,omitempty" doc:"What the last attempt at this step fell short of. The answer to a request that itself fell short is 422"`
	Reasons   []Reason     `json:"reasons,omitempty" doc:"Why something is asked again, or why it ended"`
	Note      string       `json:"note,omitempty" doc:"The reviewer's own words"`
	Derived   []Derived    `json:"derived,omitempty" doc:"Told from earlier answers"`
	Instead   *Instead     `json:"instead,omitempty" doc:"Another contact that the action switch goes to when nothing arrives"`
}

// Instead is a contact that may be proved in place of the one asked for.
type Instead struct {
	Step    string `json:"step"`
	Channel string `json:"channel" enum:"phone,email"`
	Back    bool   `json:"back" doc:"It is the one that was left before"`
	Later   bool   `json:"later" doc:"The one that is left is asked for again when everything else is done; otherwise it is left out"`
	Login   bool   `json:"login" doc:"It becomes the login name in place of the one that is left"`
	Proved  bool   `json:"proved,omitempty" doc:"It is proved already: the application goes on without the one that is left"`
	Title   string `json:"title" doc:"What to offer the person"`
	Text    string `json:"text" doc:"What becomes of the one that is left"`
}

// Field is one value to submit under its name.
type Field struct {
	Name      string     `json:"name" example:"address.country"`
	Type      string     `json:"type" enum:"text,name,date,select,country,phone,email,identity_number,mrz,password,pin,checkbox,consent,human_test,assertion,list" doc:"date: YYYY-MM-DD; country: ISO 3166-1 alpha-2; phone: E.164 or national with <name>.region; mrz: two lines; checkbox, consent: true or false; human_test: solution of a puzzle from href; assertion: JWT signed by the marketplace; list: rows of fields, submitted as <name>.<row>.<field> with rows from 1 without gaps"`
	Required  bool       `json:"required"`
	MinLength int        `json:"min_length,omitempty"`
	MaxLength int        `json:"max_length,omitempty"`
	Options   []Option   `json:"options,omitempty"`
	Script    string     `json:"script,omitempty" enum:"latin"`
	Regions   []string   `json:"regions,omitempty" doc:"Phones: accepted regions; absent: any"`
	Autofill  string     `json:"autofill,omitempty" doc:"HTML autofill token"`
	Label     string     `json:"label"`
	Help      string     `json:"help,omitempty"`
	Why       string     `json:"why,omitempty"`
	Value     string     `json:"value,omitempty" doc:"Typed before, or a default; never a secret"`
	Group     string     `json:"group,omitempty" doc:"Fields that belong together"`
	When      *Condition `json:"when,omitempty" doc:"Only asked when another field has one of these values, or is the same as a proved contact; no value counts as the empty text"`
	Href      string     `json:"href,omitempty" doc:"human_test: where to get a puzzle"`

	Fields  []Field             `json:"fields,omitempty" doc:"list: what every row has; names, and the fields that conditions ask about, are those within the row"`
	MinRows int                 `json:"min_rows,omitempty" doc:"list: fewest rows, if there are any; a required list has at least one"`
	MaxRows int                 `json:"max_rows,omitempty" doc:"list: most rows"`
	Rows    []map[string]string `json:"rows,omitempty" doc:"list: the rows typed before, by the names of fields"`
}

// Condition is true when a field has one of the values, or is the same as a
// contact that the applicant has proved.
type Condition struct {
	Field  string   `json:"field"`
	In     []string `json:"in,omitempty"`
	SameAs string   `json:"same_as,omitempty" example:"phone.phone" doc:"Step and field of the proved contact. Whether the two are the same is told by the server: send the field, it is taken only when they are"`
}

// Option is a choice.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Consent is a legal document to agree to.
type Consent struct {
	Document string `json:"document"`
	Version  string `json:"version"`
	Locale   string `json:"locale" doc:"Of the text. Send document, version and locale back with the step: what was shown is what is recorded"`
	Title    string `json:"title"`
	Href     string `json:"href" doc:"Page with the text in this language"`
}

// Challenge is a code on its way.
type Challenge struct {
	ID        string `json:"id" format:"uuid"`
	Channel   string `json:"channel" enum:"phone,email"`
	To        string `json:"to" doc:"Masked"`
	Digits    int    `json:"digits"`
	Link      bool   `json:"link" doc:"A link was sent beside the code; following it answers too"`
	TriesLeft int    `json:"tries_left"`
	Delivery  string `json:"delivery,omitempty" enum:"queued,sent,delivered,failed"`
	Expires   string `json:"expires_at" format:"date-time"`
	ResendAt  string `json:"resend_at" format:"date-time"`
	Human     bool   `json:"human_test,omitempty" doc:"Another code is sent only with the solution of a human test in the header Human-Test"`
}

// Document is a document to upload.
type Document struct {
	Requirement string   `json:"requirement"`
	Kind        string   `json:"kind" example:"passport"`
	Label       string   `json:"label"`
	Help        string   `json:"help,omitempty"`
	Sides       []Side   `json:"sides"`
	Reasons     []Reason `json:"reasons,omitempty" doc:"Why it is asked again"`
}

// Side is one file of a document.
type Side struct {
	Side      string   `json:"side"`
	Label     string   `json:"label"`
	Uploaded  bool     `json:"uploaded"`
	MediaType string   `json:"media_type,omitempty"`
	Size      int64    `json:"size,omitempty"`
	Accepts   []string `json:"accepts"`
	MaxBytes  int64    `json:"max_bytes"`
	Upload    Action   `json:"upload"`
}

// Reason says why something was not accepted.
type Reason struct {
	Code    string `json:"code" example:"image.blur"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// Derived is a value that was told from an answer.
type Derived struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Value string `json:"value"`
	Text  string `json:"text" doc:"The value in words of the person's language"`
}

// Result is the account of an activated application.
type Result struct {
	Account  string    `json:"account" format:"uuid"`
	Tier     Tier      `json:"tier"`
	Logins   []string  `json:"logins" doc:"Login names, masked"`
	Balances []Balance `json:"balances"`
}

// Tier is what an account may do.
type Tier struct {
	ID     string   `json:"id"`
	Label  string   `json:"label"`
	Allows []string `json:"allows"`
	Denies []string `json:"denies"`
	Next   string   `json:"next,omitempty" doc:"How to get further"`
	Limits []Limit  `json:"limits"`
}

// Limit bounds an operation in a period.
type Limit struct {
	Operation string `json:"operation"`
	Currency  string `json:"currency" doc:"ISO 4217"`
	Minor     int64  `json:"minor" doc:"In minor units"`
	Period    string `json:"period"`
	Label     string `json:"label" doc:"The operation in words"`
	Text      string `json:"text" doc:"How much, in words" example:"up to CN¥5,000.00 a year"`
}

// Balance is what an account has in one currency.
type Balance struct {
	Currency string `json:"currency" doc:"ISO 4217"`
	Minor    int64  `json:"minor" doc:"In minor units"`
}
