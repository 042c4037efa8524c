package review

import (
	"context"
	"errors"
	"io"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Viewed is a file on its way to a member of staff, who closes it.
type Viewed struct {
	io.ReadCloser
	Media    string // media type
	Name     string // to keep it under; made of the file's id
	Original bool   // as it was uploaded: to be kept, never to be shown
}

// WhyReview is the reason of whoever views the documents of a case that is
// claimed: it is asked for once, by the claim.
const WhyReview = "review"

// ViewFile opens an uploaded file of the case: the safe rendition, or the
// original as it was uploaded. Who views it, in which role, and why, is recorded
// before the first byte is given out; without the line there are no bytes. The
// reason is the claim of the case; whoever has not claimed it gives one first, to
// Reveal for Documents or Everything, else Forbidden ("error.view_reason").
func (d *Desk) ViewFile(ctx context.Context, w Who, id kyc.CaseID, file kyc.FileID, rendition bool) (*Viewed, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return nil, err
	}
	if err := d.mayCase(w, c, policies.DocumentView); err != nil {
		return nil, err
	}
	f, err := d.Store.File(ctx, w.Tenant, file)
	if err != nil {
		return nil, err
	}
	ours, err := d.ofCase(ctx, w, c, f)
	if err != nil {
		return nil, err
	}
	if !ours {
		return nil, kyc.E(kyc.NotFound, "file is not of this case")
	}
	if err := d.mayFile(ctx, w, c, f); err != nil {
		return nil, err
	}
	detail, err := d.reason(ctx, w, c)
	if err != nil {
		return nil, err
	}
	detail["application"] = string(f.Application) // whose it is: in the case of a recovery request not only the case's
	detail["file"], detail["requirement"], detail["side"], detail["form"] = string(f.ID), f.Requirement, f.Side, "original"
	if rendition {
		detail["form"] = "rendition"
	}
	viewed := d.line(w, id, audit.DocumentViewed, detail)
	if err := d.Store.Commit(ctx, w.Tenant, kyc.Change{viewed}); err != nil {
		return nil, err
	}
	if err := d.active(ctx, w, c); err != nil {
		return nil, err
	}
	body, media, err := d.Files.Open(ctx, f, rendition)
	if err != nil {
		return nil, err
	}
	return &Viewed{ReadCloser: body, Media: media, Name: fileName(f.ID, media, !rendition), Original: !rendition}, nil
}

// reason is what a line about a view says of why.
func (d *Desk) reason(ctx context.Context, w Who, c kyc.Case) (map[string]string, error) {
	if claimedBy(c, w) {
		return map[string]string{"why": WhyReview, "role": w.Staff.Role}, nil
	}
	lines, err := d.Store.AuditLines(ctx, w.Tenant, kyc.AuditFilter{ObjectKind: "case", ObjectID: string(c.ID), Staff: w.Staff.ID, Action: audit.DataRevealed}, "", historyLimit)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if r := d.revealed(w, []kyc.AuditLine{l}); !r.All && !r.Documents {
			continue
		}
		detail := map[string]string{"why": l.Detail["why"], "role": w.Staff.Role}
		if t := l.Detail["ticket"]; t != "" {
			detail["ticket"] = t
		}
		return detail, nil
	}
	return nil, kyc.EKey(kyc.Forbidden, "error.view_reason", "documents are viewed with the case claimed, or for a reason")
}

// claimedBy tells whether who works on the case.
func claimedBy(c kyc.Case, w Who) bool {
	return c.State == kyc.CaseClaimed && c.ClaimedBy == w.Staff.ID
}

// mayFile asks whether a document of this class may be opened. Who may open all of
// them does not depend on whether the market is there to tell what the file is.
func (d *Desk) mayFile(ctx context.Context, w Who, c kyc.Case, f kyc.File) error {
	if d.mayCase(w, c, policies.DocumentView, policies.EveryClass()) == nil {
		return nil
	}
	app, err := d.Store.Application(ctx, w.Tenant, f.Application)
	if err != nil {
		return err
	}
	class := kyc.OtherDocument
	if flow, err := d.Flows.Flow(ctx, app.Market, app.Provider); err == nil {
		class = classOf(flow, f.Requirement)
	}
	return d.mayClass(w, c, policies.DocumentView, class)
}

// classOf tells the class of a document of a market.
func classOf(flow *kyc.Flow, requirement string) kyc.DocumentClass {
	r, _ := flow.Document(requirement)
	return kyc.ClassOf(r.Kind)
}

// fileName tells two files apart and says nothing of whose they are: the last
// characters of an id are random, the first ones of files made together alike.
func fileName(id kyc.FileID, media string, original bool) string {
	name := string(id[max(0, len(id)-8):])
	if original {
		name += "-original"
	}
	return name + map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic", "application/pdf": ".pdf"}[media]
}

// active renews the lease of whoever works on a case. That somebody else was
// quicker to change it is no fault of what was asked for.
func (d *Desk) active(ctx context.Context, w Who, c kyc.Case) error {
	if _, err := d.renew(ctx, w, c); err != nil && !errors.Is(err, kyc.E(kyc.Conflict, "")) {
		return err
	}
	return nil
}
