package evidence_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
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

// TestOrphans: what no row names goes once it is old, and nothing else does.
func TestOrphans(t *testing.T) {
	places(t, func(t *testing.T, blobs *blob.Bucket) {
		h := newHouseOn(t, blobs, "")
		app, other := uuid.NewString(), uuid.NewString()
		file := kyc.File{Tenant: "acme", ID: kyc.FileID(uuid.NewString()), State: kyc.FileReplaced}
		file.Original = "acme/" + app + "/" + string(file.ID) + "-o"
		file.Rendition = "acme/" + app + "/" + string(file.ID) + "-r"
		orphans := []string{"acme/" + app + "/" + uuid.NewString() + "-o", "acme/" + other + "/" + uuid.NewString() + "-r",
			"acme/" + other + "/" + uuid.NewString() + "-o.18a.tmp"}
		foreign := []string{"notes.txt", "acme/" + app + "/report.pdf", "acme/readme", "backups/2026/" + uuid.NewString() + "-o"}
		for _, name := range slices.Concat([]string{file.Original, file.Rendition}, orphans, foreign) {
			if err := blobs.WriteAll(ctx, name, []byte("sealed"), nil); err != nil {
				t.Fatal(err)
			}
		}
		rows := func(_ context.Context, tenant kyc.TenantID, application kyc.ApplicationID) ([]kyc.File, error) {
			if tenant == "acme" && string(application) == app {
				return []kyc.File{file}, nil
			}
			return nil, nil
		}
		if n, err := h.SweepOrphans(ctx, rows, time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Fatalf("%d young blobs went (%v)", n, err)
		}
		failing := func(context.Context, kyc.TenantID, kyc.ApplicationID) ([]kyc.File, error) {
			return nil, kyc.E(kyc.Unavailable, "the database is away")
		}
		if n, err := h.SweepOrphans(ctx, failing, time.Now().Add(time.Hour)); n != 0 || kyc.CodeOf(err) != kyc.Unavailable {
			t.Fatalf("%d blobs went that nobody could ask about (%v)", n, err)
		}
		if n, err := h.SweepOrphans(ctx, rows, time.Now().Add(time.Hour)); n != len(orphans) || err != nil {
			t.Errorf("%d orphans went, want %d (%v)", n, len(orphans), err)
		}
		for _, name := range append([]string{file.Original, file.Rendition}, foreign...) {
			if there, err := blobs.Exists(ctx, name); !there || err != nil {
				t.Errorf("%s is gone (%v)", name, err)
			}
		}
	})
}
