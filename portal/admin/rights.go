package admin

import (
	"errors"
	"mime"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// rightsData is the page of who asked to be erased, and of one person.
type rightsData struct {
	Bar      bar
	Requests []standingRow
	Person   *standingRow // nil: the list
	Find     string
	Export   bool // one may
	Proposer string
	Mine     bool // one has proposed it oneself
	Reasons  []string
	Refusals []string
	Whys     []string // why everything may be given out
	Problem  string   // message key
}

type standingRow struct {
	person.Standing
	Short  string
	Asked  moment
	Due    moment
	Late   bool
	Erased moment
	Carry  moment // granted: when it is carried out
	Kept   moment // refused: until when
	Staged moment // when it was proposed
	Runs   []runRow
}

type runRow struct {
	ID, Short, Market string
	Changed           moment
}

// Waits tells whether the person waits for an answer.
func (s standingRow) Waits() bool { return s.Erasure.State == kyc.ErasureAsked }

// Granted tells whether the erasure waits for its day, Proposed whether it waits for
// another person.
func (s standingRow) Granted() bool { return s.Erasure.State == kyc.ErasureGranted }

// Proposed is told of with Granted.
func (s standingRow) Proposed() bool { return s.Erasure.By != "" && !s.Granted() && !s.Done() }

// Own tells whether the person asked, and not staff for them.
func (s standingRow) Own() bool { return s.Waits() && s.Erasure.ActorKind == "applicant" }

// Done tells whether the person is erased.
func (s standingRow) Done() bool { return s.Erasure.Erased != 0 }

// rightsRoutes is the routes of what people can ask of those who hold their data.
func (d *Door) rightsRoutes(base string) []policies.Route[fiber.Handler] {
	one := base + "/people/:person"
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/rights", Needs: policies.PersonErase, Handle: d.rights},
		{Method: fiber.MethodGet, Path: one, Needs: policies.PersonErase, Handle: d.onePerson},
		{Method: fiber.MethodPost, Path: one + "/ask", Needs: policies.PersonErase, Handle: d.noteRequest},
		{Method: fiber.MethodPost, Path: one + "/refuse", Needs: policies.PersonErase, Handle: d.refuseRequest, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/erase", Needs: policies.PersonErase, Handle: d.erasePerson, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/confirm", Needs: policies.PersonErase, Handle: d.confirmErasure, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/take-back", Needs: policies.PersonErase, Handle: d.takeBackErasure, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/export", Needs: policies.PersonExport, Handle: d.exportPerson, Fresh: true},
	}
}

func (d *Door) rights(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	find := strings.TrimSpace(c.Query("find"))
	if find != "" {
		s, err := d.Desk.Person(c.UserContext(), w, find)
		if err == nil {
			return seeOther(c, "/people/"+string(s.Applicant))
		}
		if kyc.CodeOf(err) != kyc.NotFound {
			return err
		}
		return d.rightsPage(c, fiber.StatusNotFound, find, "admin.rights.unknown")
	}
	return d.rightsPage(c, fiber.StatusOK, "", "")
}

func (d *Door) rightsPage(c *fiber.Ctx, status int, find, problem string) error {
	w, _ := whoOf(c)
	list, err := d.Desk.Requests(c.UserContext(), w)
	if err != nil {
		return err
	}
	data := rightsData{Bar: d.bar(c, "rights"), Find: find, Problem: problem}
	for _, s := range list {
		data.Requests = append(data.Requests, d.standing(c, s))
	}
	return d.Renderer.Page(c, status, "admin/rights", data)
}

func (d *Door) standing(c *fiber.Ctx, s person.Standing) standingRow {
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	row := standingRow{Standing: s, Short: short(string(s.Applicant)), Asked: k.at(s.Erasure.Asked), Due: k.at(s.Due), Erased: k.at(s.Erasure.Erased),
		Carry: k.at(s.Erasure.Due), Kept: k.at(s.Erasure.Until), Staged: k.at(s.Erasure.Staged),
		Late: s.Due != 0 && s.Due < kyc.At(d.Renderer.Clock())}
	for _, a := range s.Applications {
		row.Runs = append(row.Runs, runRow{string(a.ID), short(string(a.ID)), words.Market(p, a.Market), k.at(a.Updated)})
	}
	return row
}

func (d *Door) onePerson(c *fiber.Ctx) error { return d.personPage(c, fiber.StatusOK, "") }

func (d *Door) personPage(c *fiber.Ctx, status int, problem string) error {
	w, _ := whoOf(c)
	s, err := d.Desk.Person(c.UserContext(), w, c.Params("person"))
	if err != nil {
		return err
	}
	row := d.standing(c, s)
	return d.Renderer.Page(c, status, "admin/rights", rightsData{Bar: d.bar(c, "rights"), Person: &row, Problem: problem,
		Proposer: d.Desk.Proposer(c.UserContext(), w, s), Mine: s.Erasure.By == w.Staff.ID,
		Export: d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.PersonExport), Reasons: person.Reasons(), Refusals: person.Refusals(), Whys: person.ExportReasons()})
}

// answered shows the person's page after something was done, or with what was wrong.
func (d *Door) answered(c *fiber.Ctx, err error) error {
	var known *kyc.Error
	switch {
	case err == nil:
		return seeOther(c, "/people/"+c.Params("person"))
	case errors.As(err, &known) && known.Key != "" && (known.Code == kyc.Conflict || known.Code == kyc.Invalid || known.Code == kyc.Gone):
		return d.personPage(c, fiber.StatusUnprocessableEntity, known.Key)
	}
	return err
}

func (d *Door) noteRequest(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	return d.answered(c, d.Desk.NoteRequest(c.UserContext(), w, kyc.ApplicantID(c.Params("person"))))
}

func (d *Door) refuseRequest(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	var until kyc.Millis
	if typed := strings.TrimSpace(c.FormValue("until")); typed != "" {
		day, err := time.Parse(time.DateOnly, typed)
		if err != nil {
			return d.personPage(c, fiber.StatusUnprocessableEntity, "error.erase_until")
		}
		until = kyc.At(day)
	}
	return d.answered(c, d.Desk.RefuseRequest(c.UserContext(), w, kyc.ApplicantID(c.Params("person")), c.FormValue("reason"), until))
}

func (d *Door) confirmErasure(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	return d.answered(c, d.Desk.ConfirmErasure(c.UserContext(), w, kyc.ApplicantID(c.Params("person"))))
}

func (d *Door) takeBackErasure(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	return d.answered(c, d.Desk.TakeBackErasure(c.UserContext(), w, kyc.ApplicantID(c.Params("person"))))
}

// erasePerson is the first of two people, or the answer to who asked themselves. It
// wants the last characters of the id typed: what comes of it cannot be undone.
func (d *Door) erasePerson(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	id := c.Params("person")
	if strings.ToLower(strings.TrimSpace(c.FormValue("sure"))) != short(id) {
		return d.personPage(c, fiber.StatusUnprocessableEntity, "admin.rights.unsure")
	}
	return d.answered(c, d.Desk.ProposeErasure(c.UserContext(), w, kyc.ApplicantID(id), c.FormValue("reason"), c.FormValue("force") == "yes"))
}

func (d *Door) exportPerson(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	archive, err := d.Desk.ExportPerson(c.UserContext(), w, kyc.ApplicantID(c.Params("person")), c.FormValue("why"), strings.TrimSpace(c.FormValue("ticket")))
	if err != nil {
		return d.answered(c, err)
	}
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": c.Params("person") + ".zip"}))
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(archive) // closed by the server when it is sent or given up
}
