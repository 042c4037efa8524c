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

// SweepOrphans deletes blobs last written before the given time that no row
// names: a process can die between a blob and its row. all lists the files of an
// application in every state. It tells how many blobs were deleted.
func (in *Intake) SweepOrphans(ctx context.Context, all Files, before time.Time) (int, error) {
	s := sweep{in: in, all: all, before: before}
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
	all     Files
	before  time.Time
	folder  string
	named   map[string]bool
	deleted int
}

func (s *sweep) look(ctx context.Context, b *blob.ListObject) error {
	name := ourBlob.FindStringSubmatch(b.Key)
	if name == nil || !b.ModTime.Before(s.before) {
		return nil
	}
	if folder := name[1] + "/" + name[2]; folder != s.folder {
		files, err := s.all(ctx, kyc.TenantID(name[1]), kyc.ApplicationID(name[2]))
		if err != nil {
			return err
		}
		s.folder, s.named = folder, map[string]bool{}
		for _, f := range files {
			s.named[f.Original], s.named[f.Rendition] = true, true
		}
	}
	if s.named[b.Key] {
		return nil
	}
	if err := s.in.Blobs.Delete(ctx, b.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return kyc.Wrap(kyc.Unavailable, err, "remove a blob")
	}
	s.deleted++
	return nil
}
