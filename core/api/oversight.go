package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
)

// auditFilter is the query of the audit record.
var auditFilter = []huma.Param{
	choiceParam("kind", "Lines about one kind of object only", review.Objects()...),
	textParam("object", "Lines about the object with this id only"),
	textParam("after", "Place of the page, as the page before named it"),
}

func (d *Door) auditRecord(c *fiber.Ctx, who caller, _ none) (AuditPage, error) {
	f := kyc.AuditFilter{ObjectKind: c.Query("kind"), ObjectID: c.Query("object")}
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

func (d *Door) providerStates(c *fiber.Ctx, who caller, _ none) (ProviderList, error) {
	states, err := d.Desk.ProviderStates(c.UserContext(), who.desk)
	if err != nil {
		return ProviderList{}, err
	}
	out := ProviderList{Providers: []Provider{}}
	for _, s := range states {
		p := Provider{Name: s.Name, Version: s.Version, Kinds: []string{}, State: s.State, Reason: s.Reason, Restarts: s.Restarts, Since: stamp(s.Since)}
		if s.Kind != "" {
			p.Kinds = strings.Split(s.Kind, ",")
		}
		out.Providers = append(out.Providers, p)
	}
	return out, nil
}
