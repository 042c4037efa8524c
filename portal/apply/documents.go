package apply

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/portal/web"
)

// card is a document asked for.
type card struct {
	kyc.Requirement
	Drawing string // which of our drawings shows what is wanted
	Reasons []kyc.Reason
	Sides   []side
}

// side is one file of a document.
type side struct {
	kyc.Side
	Anchor   string
	Path     string // of its problems
	Action   string // where to upload to, and where the own file can be seen
	Drawing  string
	File     kyc.File
	Have     bool
	Problems []kyc.Problem
	Reasons  []kyc.Reason
}

// drawings by kind of document; "<kind>" or "<kind>.<side>".
var drawings = map[string]string{
	"passport": "passport", "resident_id.front": "id_front", "resident_id.back": "id_back", "driving_licence.front": "id_front",
	"driving_licence.back": "id_back", "national_id.front": "id_front", "national_id.back": "id_back",
}

func drawing(kind, side string) string {
	for _, key := range []string{kind + "." + side, kind} {
		if name, ok := drawings[key]; ok {
			return name
		}
	}
	switch side {
	case "front":
		return "id_front"
	case "back":
		return "id_back"
	case "data_page":
		return "passport"
	}
	return "page"
}

func newCard(base string, doc pipeline.DocumentView, problems []kyc.Problem) card {
	k := card{Requirement: doc.Requirement}
	for _, r := range told(doc.Reasons) {
		if !strings.Contains(r.Subject.Ref, "/") {
			k.Reasons = append(k.Reasons, r)
		}
	}
	for _, s := range doc.Sides {
		m := side{Side: s, Anchor: id("file." + doc.ID + "." + s.Name), Path: doc.ID + "." + s.Name,
			Action: base + "/documents/" + doc.ID + "/" + s.Name, Drawing: drawing(doc.Kind, s.Name)}
		m.File, m.Have = doc.Files[s.Name]
		for _, p := range problems {
			if p.Path == m.Path {
				m.Problems = append(m.Problems, p)
			}
		}
		for _, r := range told(doc.Reasons) {
			if r.Subject.Ref == doc.ID+"/"+s.Name {
				m.Reasons = append(m.Reasons, r)
			}
		}
		k.Sides = append(k.Sides, m)
	}
	return k
}

// Bad tells whether the side fell short.
func (s side) Bad() bool { return len(s.Problems) > 0 }

// upload answers POST …/documents/:requirement/:side, a multipart form of two
// parts: the token, then the file, which is streamed to the pipeline.
func (d *Door) upload(c *fiber.Ctx) error {
	if err := d.Pages.CheckOrigin(c); err != nil {
		return err
	}
	v, err := d.take(c)
	if err != nil {
		return err
	}
	at := place(v.Tenant, v.ID)
	if len(v.Short) > 0 {
		// What is wrong with this file is told by the upload alone.
		return d.show(c, fiber.StatusUnprocessableEntity, v, nil)
	}
	return c.Redirect(at+"#"+id("file."+c.Params("requirement")+"."+c.Params("side")), fiber.StatusSeeOther)
}

func (d *Door) take(c *fiber.Ctx) (*pipeline.View, error) {
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEMultipartForm {
		return nil, kyc.E(kyc.Invalid, "not a multipart form")
	}
	form := multipart.NewReader(io.LimitReader(web.Body(c), kyc.MaxDocumentBytes+1<<20), params["boundary"])
	token := c.Get("X-CSRF-Token")
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, kyc.E(kyc.Invalid, "form has no file")
		}
		if err != nil {
			return nil, kyc.Wrap(kyc.Invalid, err, "form could not be read")
		}
		switch part.FormName() {
		case web.CSRFField:
			raw, err := io.ReadAll(io.LimitReader(part, 256))
			if err != nil {
				return nil, kyc.Wrap(kyc.Invalid, err, "form could not be read")
			}
			token = string(raw)
		case "file":
			if err := d.Pages.VerifyToken(c, token); err != nil {
				return nil, err
			}
			return d.Service.Upload(c.UserContext(), ref(c), c.Params("requirement"), c.Params("side"), part)
		}
	}
}

// file answers GET …/documents/:requirement/:side: the safe rendition of the
// applicant's own file.
func (d *Door) file(c *fiber.Ctx) error {
	r, mediaType, err := d.Service.File(c.UserContext(), ref(c), c.Params("requirement"), c.Params("side"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, mediaType)
	c.Set(fiber.HeaderContentDisposition, "inline; filename=document.jpg")
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	c.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	return c.SendStream(r) // closes r
}
