package admin

import (
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/portal/web"
)

// auditData is the audit page.
type auditData struct {
	Bar     bar
	Rows    []eventRow
	Kinds   []string
	Actors  []string
	Actions []choice
	Wanted  review.Wanted
	Log     review.Log
	Sealed  moment
	Proof   *review.Proof // nil: nobody asked
	More    string
}

// Filtered tells whether not all lines are wanted.
func (a auditData) Filtered() bool { return a.Wanted != (review.Wanted{}) }

// Key is the key that signs now.
func (a auditData) Key() string {
	if n := len(a.Log.Keys); n > 0 {
		return a.Log.Keys[n-1].Verifier
	}
	return ""
}

type choice struct{ Value, Label string }

func (d *Door) audit(c *fiber.Ctx) error { return d.record(c, nil) }

// prove shows the record with what came of proving it. It changes nothing; it is a
// form because it costs more than a page does.
func (d *Door) prove(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	proof, err := d.Desk.Prove(c.UserContext(), w)
	if err != nil {
		return err
	}
	return d.record(c, &proof)
}

func (d *Door) record(c *fiber.Ctx, proof *review.Proof) error {
	w, _ := whoOf(c)
	f := review.Wanted{ObjectKind: c.Query("kind"), ObjectID: strings.TrimSpace(c.Query("object")), ActorKind: c.Query("by"),
		Actor: strings.TrimSpace(c.Query("actor")), Action: c.Query("action"), From: c.Query("from"), To: c.Query("to")}
	record, err := d.Desk.Record(c.UserContext(), w, f, kyc.AuditID(c.Query("after")))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	data := auditData{Bar: d.bar(c, "audit"), Wanted: f, Kinds: review.Objects(), Actors: review.Actors(), Proof: proof}
	if data.Log, err = d.Desk.Log(c.UserContext(), w); err != nil {
		return err
	}
	data.Sealed = k.at(data.Log.Sealed)
	for _, action := range audit.Actions() {
		data.Actions = append(data.Actions, choice{action, words.Action(p, action)})
	}
	for _, e := range record.Lines {
		data.Rows = append(data.Rows, event(p, k, e))
	}
	if record.After != "" {
		data.More = "?" + query("kind", f.ObjectKind, "object", f.ObjectID, "by", f.ActorKind, "actor", f.Actor, "action", f.Action, "from", f.From, "to", f.To, "after", string(record.After))
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/audit", data)
}

// exportRecord streams the sealed record, for auditors.
func (d *Door) exportRecord(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	bundle, err := d.Desk.ExportRecord(c.UserContext(), w)
	if err != nil {
		return err
	}
	attach(c, string(w.Tenant)+".audit-bundle")
	return c.SendStream(bundle) // closed by the server when it is sent or given up
}

// checkpoint gives the newest signed checkpoint, for auditors to keep.
func (d *Door) checkpoint(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	log, err := d.Desk.Log(c.UserContext(), w)
	if err == nil && log.Size == 0 {
		err = kyc.EKey(kyc.NotFound, "error.record_empty", "nothing is sealed yet")
	}
	if err != nil {
		return err
	}
	attach(c, string(w.Tenant)+".checkpoint")
	return c.SendString(log.Checkpoint)
}

func attach(c *fiber.Ctx, name string) {
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "no-store")
}
