package api

import (
	"mime"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/policies"
)

// auditFilter is the query of the audit record.
var auditFilter = []huma.Param{
	choiceParam("kind", "Lines about one kind of object only", review.Objects()...),
	textParam("object", "Lines about the object with this id only"),
	choiceParam("by", "Lines by one kind of actor only", review.Actors()...),
	textParam("actor", "Lines by a member of the staff, by login or id, or by anybody else with this id"),
	textParam("action", "Lines with this action only"),
	textParam("from", "Lines of this day, YYYY-MM-DD in UTC, and later ones"),
	textParam("to", "Lines up to the end of this day"),
	textParam("after", "Place of the page, as the page before named it"),
}

// recordTable is the routes of the audit record.
func (d *Door) recordTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const at = base + "/tenants/:tenant"
	return []route{
		r("GET", at+"/audit", policies.AuditRead, "listAudit", "The tenant's audit record, newest first", call(d, 200, d.auditRecord)).with(auditFilter...),
		r("GET", at+"/audit/log", policies.AuditRead, "readAuditLog", "How far the record is sealed: the newest signed checkpoint and the keys", call(d, 200, d.auditLog)),
		r("GET", at+"/audit/export", policies.AuditRead, "exportAudit", "The sealed record as a bundle that paifang audit verify proves without the server; that it was given out is recorded", d.auditExportHandler()),
		r("POST", at+"/audit/proof", policies.AuditRead, "proveAudit", "Hold the whole sealed record against what was signed; one at a time, for at most 20 seconds", call(d, 200, d.proveAudit)),
	}
}

func (d *Door) auditRecord(c *fiber.Ctx, who caller, _ none) (AuditPage, error) {
	f := review.Wanted{ObjectKind: c.Query("kind"), ObjectID: c.Query("object"), ActorKind: c.Query("by"), Actor: c.Query("actor"),
		Action: c.Query("action"), From: c.Query("from"), To: c.Query("to")}
	record, err := d.Desk.Record(c.UserContext(), who.desk, f, kyc.AuditID(c.Query("after")))
	if err != nil {
		return AuditPage{}, err
	}
	p, out := d.Printer(who.locale), AuditPage{Lines: []Event{}, After: string(record.After)}
	for _, e := range record.Lines {
		out.Lines = append(out.Lines, event(p, e))
	}
	return out, nil
}

// AuditLog is how the record is sealed.
type AuditLog struct {
	Size       int64    `json:"size" doc:"Lines that are sealed"`
	Sealed     string   `json:"sealed_at,omitempty" format:"date-time"`
	Checkpoint string   `json:"checkpoint,omitempty" doc:"Signed note: keep it to hold the record against it later"`
	Keys       []string `json:"keys" doc:"Verifier keys in the order in which they signed"`
}

func (d *Door) auditLog(c *fiber.Ctx, who caller, _ none) (AuditLog, error) {
	log, err := d.Desk.Log(c.UserContext(), who.desk)
	out := AuditLog{Size: log.Size, Checkpoint: log.Checkpoint, Keys: []string{}}
	if log.Sealed != 0 {
		out.Sealed = stamp(log.Sealed)
	}
	for _, k := range log.Keys {
		out.Keys = append(out.Keys, k.Verifier)
	}
	return out, err
}

func (d *Door) auditExportHandler() handler {
	return handler{status: 200, files: []string{"text/plain"}, serve: func(c *fiber.Ctx, who caller) error {
		bundle, err := d.Desk.ExportRecord(c.UserContext(), who.desk)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
		c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": string(who.desk.Tenant) + ".audit-bundle"}))
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		return c.SendStream(bundle) // closed by the server when it is sent or given up
	}}
}

// AuditProof is what came of proving the record.
type AuditProof struct {
	Whole  bool   `json:"whole" doc:"All sealed lines are as they were signed"`
	Lines  int64  `json:"lines" doc:"Sealed lines that are"`
	Why    string `json:"why,omitempty" doc:"What is not, in English"`
	Proved string `json:"proved_at" format:"date-time"`
}

func (d *Door) proveAudit(c *fiber.Ctx, who caller, _ none) (AuditProof, error) {
	p, err := d.Desk.Prove(c.UserContext(), who.desk)
	return AuditProof{Whole: p.Broken == "", Lines: p.Lines, Why: p.Broken, Proved: stamp(p.At)}, err
}
