package evidence

import (
	"context"
	"errors"
	"io"
	"regexp"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/paifang/paifang/core/kyc"
)

// listed is how many blobs are listed at a time; a bucket may give fewer.
const listed = 10_000

// Rows is the database that says which blobs are named; *store.Store is.
type Rows interface {
	Application(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error)
	// AllFiles lists the files of an application in every state.
	AllFiles(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]kyc.File, error)
}

// SweepOrphans deletes blobs last written before the given time that no row
// names: a process can die between a blob and its row. It tells how many were
// deleted.
//
// What the database cannot know of stays, for it may be another one's: a blob
// whose application has no row (a new database, or a wrong one, beside the
// bucket), and one written after the application last changed (a database put
// back from a backup). Every application changes in the end, if only to expire.
func (in *Intake) SweepOrphans(ctx context.Context, rows Rows, before time.Time) (int, error) {
	s := sweep{in: in, rows: rows, before: before}
	token := blob.FirstPageToken
	for len(token) > 0 {
		page, next, err := in.Blobs.ListPage(ctx, token, listed, nil)
		if err != nil && !errors.Is(err, io.EOF) {
			return s.deleted, kyc.Wrap(kyc.Unavailable, err, "list the blobs")
		}
		for _, b := range page {
			if err := s.look(ctx, b); err != nil {
				return s.deleted, err
			}
		}
		token = next
	}
	return s.deleted, nil
}

// ourBlob is the form of our names, and of what a directory has beside them while
// a blob is being written. A bucket may hold things of others.
var ourBlob = regexp.MustCompile(`^([a-z0-9-]+)/([0-9a-f-]{36})/[0-9a-f-]{36}-[or](\.[0-9a-f]+\.tmp)?$`)

// sweep goes through the blobs, those of an application one after another.
type sweep struct {
	in      *Intake
	rows    Rows
	before  time.Time
	folder  string
	changed time.Time // the application's row; zero: there is none
	named   map[string]bool
	deleted int
}

func (s *sweep) look(ctx context.Context, b *blob.ListObject) error {
	name := ourBlob.FindStringSubmatch(b.Key)
	if name == nil || !b.ModTime.Before(s.before) {
		return nil
	}
	if folder := name[1] + "/" + name[2]; folder != s.folder {
		if err := s.open(ctx, kyc.TenantID(name[1]), kyc.ApplicationID(name[2])); err != nil {
			return err
		}
		s.folder = folder
	}
	if s.named[b.Key] || !b.ModTime.Before(s.changed) {
		return nil
	}
	if err := s.in.Blobs.Delete(ctx, b.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return kyc.Wrap(kyc.Unavailable, err, "remove a blob")
	}
	s.deleted++
	return nil
}

// open reads what the database says of an application.
func (s *sweep) open(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) error {
	s.changed, s.named = time.Time{}, map[string]bool{}
	app, err := s.rows.Application(ctx, tenant, id)
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	files, err := s.rows.AllFiles(ctx, tenant, id)
	if err != nil {
		return err
	}
	s.changed = app.Updated.Time()
	for _, f := range files {
		s.named[f.Original], s.named[f.Rendition] = true, true
	}
	return nil
}
