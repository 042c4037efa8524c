package evidence_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"gocloud.dev/blob"

	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
)

// bucket is an S3-compatible server with one bucket.
func bucket(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("sealed"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "specimen")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "specimen")
	return "s3://sealed?" + url.Values{"endpoint": {server.URL}, "region": {"eu-test-1"}, "use_path_style": {"true"}, "prefix": {"kyc/"}}.Encode()
}

// places runs a test on a directory and on a bucket.
func places(t *testing.T, test func(t *testing.T, blobs *blob.Bucket)) {
	for name, place := range map[string]func(*testing.T) string{
		"folder": func(t *testing.T) string { return t.TempDir() + "/blobs" }, "bucket": bucket,
	} {
		t.Run(name, func(t *testing.T) {
			blobs, err := evidence.OpenBlobs(ctx, place(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { blobs.Close() })
			test(t, blobs)
		})
	}
}

func TestFilesInEitherPlace(t *testing.T) {
	places(t, func(t *testing.T, blobs *blob.Bucket) {
		h := newHouseOn(t, blobs, "")
		data := asJPEG(t, quarters(1600, 1200))
		file := h.take(t, data)
		r, _, err := h.Open(ctx, file, false)
		if err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		if _, err := back.ReadFrom(r); err != nil || !bytes.Equal(back.Bytes(), data) {
			t.Errorf("another file comes back: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := h.Remove(ctx, file); err != nil {
			t.Error(err)
		}
		if _, _, err := h.Open(ctx, file, false); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("a removed file opens: %v", err)
		}
	})
}

// database plays the rows.
type database struct {
	apps  map[kyc.ApplicationID]time.Time // when they last changed
	files []kyc.File
	err   error
}

func (d database) Application(_ context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Application, error) {
	changed, ok := d.apps[id]
	if d.err == nil && (!ok || tenant != "acme") {
		return kyc.Application{}, kyc.E(kyc.NotFound, "no such application")
	}
	return kyc.Application{Tenant: tenant, ID: id, Updated: kyc.At(changed)}, d.err
}

func (d database) AllFiles(_ context.Context, _ kyc.TenantID, id kyc.ApplicationID) ([]kyc.File, error) {
	var of []kyc.File
	for _, f := range d.files {
		if strings.HasPrefix(f.Original, "acme/"+string(id)+"/") {
			of = append(of, f)
		}
	}
	return of, d.err
}

// TestOrphans: what no row names goes once it is old, and nothing else does:
// least of all what the database cannot know of.
func TestOrphans(t *testing.T) {
	places(t, func(t *testing.T, blobs *blob.Bucket) {
		h := newHouseOn(t, blobs, "")
		app, other, older, unknown := uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()
		name := func(tenant, app string, form string) string {
			return tenant + "/" + app + "/" + uuid.NewString() + form
		}
		file := kyc.File{Tenant: "acme", ID: kyc.FileID(uuid.NewString()), State: kyc.FileReplaced}
		file.Original = "acme/" + app + "/" + string(file.ID) + "-o"
		file.Rendition = "acme/" + app + "/" + string(file.ID) + "-r"
		orphans := []string{name("acme", app, "-o"), name("acme", other, "-r"), name("acme", other, "-o.18a.tmp")}
		kept := []string{"notes.txt", "acme/" + app + "/report.pdf", "acme/readme", name("backups", "2026", "-o"),
			name("acme", unknown, "-o"), name("others", app, "-r"), name("acme", older, "-o"), file.Original, file.Rendition}
		for _, key := range slices.Concat(kept, orphans) {
			if err := blobs.WriteAll(ctx, key, []byte("sealed"), nil); err != nil {
				t.Fatal(err)
			}
		}
		later := time.Now().Add(time.Minute)
		rows := database{files: []kyc.File{file}, apps: map[kyc.ApplicationID]time.Time{kyc.ApplicationID(app): later,
			kyc.ApplicationID(other): later, kyc.ApplicationID(older): time.Now().Add(-time.Minute)}}
		sweep := func(rows database, before time.Time, want int, code kyc.Code) {
			t.Helper()
			if n, err := h.SweepOrphans(ctx, rows, before); n != want || kyc.CodeOf(err) != code {
				t.Fatalf("%d blobs went, want %d (%v)", n, want, err)
			}
		}
		sweep(rows, time.Now().Add(-time.Hour), 0, "") // all are young
		sweep(database{err: kyc.E(kyc.Unavailable, "the database is away")}, time.Now().Add(time.Hour), 0, kyc.Unavailable)
		sweep(database{}, time.Now().Add(time.Hour), 0, "") // a new database beside a full bucket
		sweep(rows, time.Now().Add(time.Hour), len(orphans), "")
		for _, key := range kept {
			if there, err := blobs.Exists(ctx, key); !there || err != nil {
				t.Errorf("%s is gone (%v)", key, err)
			}
		}
	})
}
