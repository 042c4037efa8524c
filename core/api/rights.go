package api

import (
	"mime"
	"reflect"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/policies"
)

// rightsTable is the routes of what people can ask of those who hold their data.
func (d *Door) rightsTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const at = base + "/tenants/:tenant"
	const one = at + "/people/:person"
	return []route{
		r("GET", at+"/erasure-requests", policies.PersonErase, "listErasureRequests", "Who asked to be erased and waits for an answer, the oldest first", call(d, 200, d.erasureRequests)),
		r("GET", one, policies.PersonErase, "readPerson", "What is held of a person in outline, by the id of the person or of an application; nothing personal", call(d, 200, d.readPerson)),
		r("POST", one+"/erasure-request", policies.PersonErase, "noteErasureRequest", "Note that the person asked to be erased, by letter for one", call(d, 200, d.noteErasure)),
		r("POST", one+"/erasure-refusal", policies.PersonErase, "refuseErasure", "Answer that the person is not erased, and why", call(d, 200, d.refuseErasure)).fresh(),
		r("POST", one+"/erasure", policies.PersonErase, "erasePerson", "Propose to erase the person for good; another one of the staff confirms it. What the person asked for themselves is granted at once", call(d, 200, d.erasePerson)).fresh(),
		r("POST", one+"/erasure/confirmation", policies.PersonErase, "confirmErasure", "Confirm what somebody else proposed: data and files become unreadable, in back-ups, too", call(d, 200, d.confirmErasure)).fresh(),
		r("POST", one+"/erasure/take-back", policies.PersonErase, "takeBackErasure", "Take back what was proposed, or granted and not yet carried out", call(d, 200, d.takeBackErasure)).fresh(),
		r("POST", one+"/export", policies.PersonExport, "exportPerson", "Everything held about the person as a zip archive; that it was given out is recorded", d.exportPersonHandler()).fresh(),
	}
}

// Person is what is held of a person in outline.
type Person struct {
	ID           string   `json:"id"`
	Applications []string `json:"applications"`
	Accounts     []string `json:"accounts"`
	State        string   `json:"erasure_state,omitempty" enum:"asked,proposed,granted,undone,refused,erased,destroyed" doc:"Absent: nobody asked"`
	Reason       string   `json:"reason,omitempty" doc:"Of the erasure or its refusal"`
	Asked        string   `json:"asked_at,omitempty" format:"date-time"`
	Due          string   `json:"answer_due_at,omitempty" format:"date-time"`
	Against      string   `json:"against,omitempty" enum:"erase_account,erase_balance" doc:"What stands against an erasure: it has to be forced"`
	By           string   `json:"asked_by,omitempty" enum:"applicant,staff,system" doc:"Who asked, or answered"`
	CarriedOut   string   `json:"carried_out_at,omitempty" format:"date-time" doc:"Granted: when it is carried out"`
	Until        string   `json:"kept_until,omitempty" format:"date-time" doc:"Refused: until when the data must be kept; then it is erased"`

	Proposal *ErasureProposal `json:"proposal,omitempty" doc:"What the first of two people wants"`
}

// ErasureProposal waits for another one of the staff.
type ErasureProposal struct {
	By     string `json:"proposed_by" doc:"Name"`
	Reason string `json:"reason" enum:"requested,mistake,legal_order,test"`
	Force  bool   `json:"force,omitempty"`
	At     string `json:"proposed_at" format:"date-time"`
	Stale  bool   `json:"stale,omitempty" doc:"What is held has changed since: it cannot be confirmed"`
	Mine   bool   `json:"mine" doc:"You proposed it: you cannot confirm it"`
}

// ErasureRequests lists who waits for an answer.
type ErasureRequests struct {
	People []Person `json:"people"`
}

// ErasureRefusal answers a request.
type ErasureRefusal struct {
	Reason string `json:"reason" enum:"retention,legal_hold,balance,identity"`
	Until  string `json:"kept_until,omitempty" format:"date" doc:"Until when the data must be kept, if that is known: the person is told, and erased then"`
}

// ErasureOrder erases a person.
type ErasureOrder struct {
	Reason string `json:"reason" enum:"requested,mistake,legal_order,test"`
	Force  bool   `json:"force,omitempty" doc:"Although there is an account: you answer for that the law does not want the data kept"`
}

// ExportOrder is why everything held about a person is given out.
type ExportOrder struct {
	Reason string `json:"reason" enum:"access_request,complaint,legal_request,supervision" doc:"Told to the person in general words"`
	Ticket string `json:"ticket,omitempty" maxLength:"40" doc:"Number of a ticket or file: letters, digits and . _ / -"`
}

func (d *Door) personOf(c *fiber.Ctx, who caller, s person.Standing) Person {
	p := Person{ID: string(s.Applicant), Applications: []string{}, Accounts: []string{}, State: string(s.Erasure.State), Reason: s.Erasure.Reason,
		Asked: stamp(s.Erasure.Asked), Due: stamp(s.Due), Against: strings.TrimPrefix(s.Against, "error."),
		By: s.Erasure.ActorKind, CarriedOut: stamp(s.Erasure.Due), Until: stamp(s.Erasure.Until)}
	if e := s.Erasure; e.By != "" {
		p.Proposal = &ErasureProposal{By: d.Desk.Proposer(c.UserContext(), who.desk, s), Reason: e.Why, Force: e.Force, At: stamp(e.Staged), Stale: s.Stale,
			Mine: e.By == who.desk.Staff.ID}
	}
	for _, a := range s.Applications {
		p.Applications = append(p.Applications, string(a.ID))
	}
	for _, a := range s.Accounts {
		p.Accounts = append(p.Accounts, string(a.ID))
	}
	return p
}

func (d *Door) erasureRequests(c *fiber.Ctx, who caller, _ none) (ErasureRequests, error) {
	list, err := d.Desk.Requests(c.UserContext(), who.desk)
	out := ErasureRequests{People: []Person{}}
	for _, s := range list {
		out.People = append(out.People, d.personOf(c, who, s))
	}
	return out, err
}

func (d *Door) readPerson(c *fiber.Ctx, who caller, _ none) (Person, error) {
	s, err := d.Desk.Person(c.UserContext(), who.desk, c.Params("person"))
	if err != nil {
		return Person{}, err
	}
	return d.personOf(c, who, s), nil
}

// then finds the person, does something and tells how the person stands then.
func (d *Door) then(c *fiber.Ctx, who caller, do func(kyc.ApplicantID) error) (Person, error) {
	s, err := d.Desk.Person(c.UserContext(), who.desk, c.Params("person"))
	if err == nil {
		err = do(s.Applicant)
	}
	if err != nil {
		return Person{}, err
	}
	return d.readPerson(c, who, none{})
}

func (d *Door) noteErasure(c *fiber.Ctx, who caller, _ none) (Person, error) {
	return d.then(c, who, func(id kyc.ApplicantID) error { return d.Desk.NoteRequest(c.UserContext(), who.desk, id) })
}

func (d *Door) refuseErasure(c *fiber.Ctx, who caller, in ErasureRefusal) (Person, error) {
	var until kyc.Millis
	if in.Until != "" {
		day, err := time.Parse(time.DateOnly, in.Until)
		if err != nil {
			return Person{}, kyc.EKey(kyc.Invalid, "error.erase_until", "not a date")
		}
		until = kyc.At(day)
	}
	return d.then(c, who, func(id kyc.ApplicantID) error {
		return d.Desk.RefuseRequest(c.UserContext(), who.desk, id, in.Reason, until)
	})
}

func (d *Door) erasePerson(c *fiber.Ctx, who caller, in ErasureOrder) (Person, error) {
	return d.then(c, who, func(id kyc.ApplicantID) error {
		return d.Desk.ProposeErasure(c.UserContext(), who.desk, id, in.Reason, in.Force)
	})
}

func (d *Door) confirmErasure(c *fiber.Ctx, who caller, _ none) (Person, error) {
	return d.then(c, who, func(id kyc.ApplicantID) error { return d.Desk.ConfirmErasure(c.UserContext(), who.desk, id) })
}

func (d *Door) takeBackErasure(c *fiber.Ctx, who caller, _ none) (Person, error) {
	return d.then(c, who, func(id kyc.ApplicantID) error { return d.Desk.TakeBackErasure(c.UserContext(), who.desk, id) })
}

func (d *Door) exportPersonHandler() handler {
	order := reflect.TypeFor[ExportOrder]()
	check := schemaCheck(order)
	return handler{status: 200, request: order, files: []string{"application/zip"}, serve: func(c *fiber.Ctx, who caller) error {
		var in ExportOrder
		problems, err := decode(c, &in, check)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return d.fellShort(c, shortfall{problems: problems, locale: who.locale})
		}
		s, err := d.Desk.Person(c.UserContext(), who.desk, c.Params("person"))
		if err != nil {
			return err
		}
		archive, err := d.Desk.ExportPerson(c.UserContext(), who.desk, s.Applicant, in.Reason, in.Ticket)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/zip")
		c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": string(s.Applicant) + ".zip"}))
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		return c.SendStream(archive) // closed by the server when it is sent or given up
	}}
}
