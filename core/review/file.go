package review

import (
	"context"
	"errors"
	"io"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// ViewFile opens an uploaded file of the case: the safe rendition, or the
// original as it was uploaded. That it was viewed is recorded before the first
// byte is given out. The caller closes the reader. The string is the media type.
func (d *Desk) ViewFile(ctx context.Context, w Who, id kyc.CaseID, file kyc.FileID, rendition bool) (io.ReadCloser, string, error) {
	c, err := d.Store.Case(ctx, w.Tenant, id)
	if err != nil {
		return nil, "", err
	}
	if err := d.mayCase(w, c, policies.DocumentView); err != nil {
		return nil, "", err
	}
	f, err := d.Store.File(ctx, w.Tenant, file)
	if err != nil {
		return nil, "", err
	}
	if f.Application != c.Application {
		return nil, "", kyc.E(kyc.NotFound, "file is not of this case")
	}
	form := "original"
	if rendition {
		form = "rendition"
	}
	viewed := d.line(w, id, "document.viewed", map[string]string{
		"file": string(f.ID), "requirement": f.Requirement, "side": f.Side, "form": form})
	if err := d.Store.Commit(ctx, w.Tenant, kyc.Change{viewed}); err != nil {
		return nil, "", err
	}
	if err := d.active(ctx, w, c); err != nil {
		return nil, "", err
	}
	return d.Files.Open(ctx, f, rendition)
}

// active renews the lease of whoever works on a case. That somebody else was
// quicker to change it is no fault of what was asked for.
func (d *Desk) active(ctx context.Context, w Who, c kyc.Case) error {
	if _, err := d.renew(ctx, w, c); err != nil && !errors.Is(err, kyc.E(kyc.Conflict, "")) {
		return err
	}
	return nil
}
