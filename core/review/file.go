package review

import (
	"context"
	"errors"
	"io"

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

// ViewFile opens an uploaded file of the case: the safe rendition, or the
// original as it was uploaded. That it was viewed is recorded before the first
// byte is given out.
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
	if f.Application != c.Application {
		return nil, kyc.E(kyc.NotFound, "file is not of this case")
	}
	form := "original"
	if rendition {
		form = "rendition"
	}
	viewed := d.line(w, id, "document.viewed", map[string]string{
		"file": string(f.ID), "requirement": f.Requirement, "side": f.Side, "form": form})
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
