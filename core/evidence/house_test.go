package evidence_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"gocloud.dev/blob"

	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

var ctx = context.Background()

// house is an intake on a directory, with a real vault and the files that have
// been recorded.
type house struct {
	*evidence.Intake
	vault *vault.Vault
	blobs *blob.Bucket
	dir   string
	files []kyc.File
	keys  *keys
}

type keys struct {
	tenant     kyc.TenantKeys
	applicants map[kyc.ApplicantID][]byte
}

func (k *keys) TenantKeys(context.Context, kyc.TenantID) (kyc.TenantKeys, error) {
	return k.tenant, nil
}

func (k *keys) ApplicantKey(_ context.Context, _ kyc.TenantID, a kyc.ApplicantID) ([]byte, error) {
	if w, ok := k.applicants[a]; ok {
		return w, nil
	}
	return nil, kyc.E(kyc.NotFound, "no applicant")
}

func clock() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	blobs, err := evidence.OpenBlobs(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	return newHouseOn(t, blobs, dir)
}

func newHouseOn(t testing.TB, blobs *blob.Bucket, dir string) *house {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	master, err := aead.New(handle)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{dir: dir, blobs: blobs, keys: &keys{applicants: map[kyc.ApplicantID][]byte{}}}
	h.vault = vault.New(vault.Config{Master: master, Keys: h.keys, Clock: clock})
	if h.keys.tenant, err = h.vault.NewTenant(context.Background(), "acme"); err != nil {
		t.Fatal(err)
	}
	for _, a := range []kyc.ApplicantID{"ann", "bob"} {
		if h.keys.applicants[a], err = h.vault.NewApplicant(ctx, "acme", a); err != nil {
			t.Fatal(err)
		}
	}
	h.Intake = h.intake(evidence.Config{})
	return h
}

func (h *house) intake(c evidence.Config) *evidence.Intake {
	var n atomic.Int64
	c.Vault, c.Blobs, c.Clock = h.vault, h.blobs, clock
	c.IDs = func() string { return fmt.Sprintf("file-%d", n.Add(1)) }
	c.Files = func(context.Context, kyc.TenantID, kyc.ApplicationID) ([]kyc.File, error) { return h.files, nil }
	return evidence.New(c)
}

var front = evidence.Upload{Tenant: "acme", Applicant: "ann", Application: "app", Requirement: "passport", Side: "data_page"}

// take expects the file to be taken.
func (h *house) take(t testing.TB, data []byte) kyc.File {
	t.Helper()
	file, problems, err := h.Take(ctx, front, bytes.NewReader(data))
	if err != nil || len(problems) > 0 {
		t.Fatalf("not taken: %v, %v", problems, err)
	}
	return file
}

// refused expects exactly one problem and nothing left behind.
func (h *house) refused(t *testing.T, body io.Reader, code string) {
	t.Helper()
	file, problems, err := h.Take(ctx, front, body)
	if err != nil || len(problems) != 1 || problems[0].Code != code || problems[0].Path != "passport.data_page" {
		t.Errorf("got %v, %v; want %s", problems, err, code)
	}
	if file.ID != "" {
		t.Error("a refused file has an id")
	}
	if left := h.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func (h *house) left(t testing.TB) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func (h *house) read(t testing.TB, file kyc.File, rendition bool) ([]byte, string) {
	t.Helper()
	r, media, err := h.Open(ctx, file, rendition)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b, media
}

func (h *house) picture(t testing.TB, file kyc.File) image.Image {
	t.Helper()
	b, media := h.read(t, file, true)
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil || media != "image/jpeg" {
		t.Fatalf("rendition: %s, %v", media, err)
	}
	if m.Bounds().Dx() != file.Width || m.Bounds().Dy() != file.Height {
		t.Errorf("rendition is %v, the file says %dx%d", m.Bounds(), file.Width, file.Height)
	}
	return m
}

// quarters is a picture with red, green, blue and white quarters, in reading order.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < w/2 && y < h/2:
				c = color.RGBA{200, 0, 0, 255}
			case y < h/2:
				c = color.RGBA{0, 200, 0, 255}
			case x < w/2:
				c = color.RGBA{0, 0, 200, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// seen names the quarters of a picture in reading order.
func seen(m image.Image) string {
	b := m.Bounds()
	names := ""
	for _, p := range []image.Point{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		r, g, bl, _ := m.At(b.Min.X+b.Dx()*p.X/4, b.Min.Y+b.Dy()*p.Y/4).RGBA()
		switch {
		case r > 0xc000 && g > 0xc000 && bl > 0xc000:
			names += "W"
		case r > g && r > bl:
			names += "R"
		case g > r && g > bl:
			names += "G"
		default:
			names += "B"
		}
	}
	return names
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exif makes an EXIF block (TIFF, little endian) with an orientation and a GPS
// latitude reference and an author that must not survive.
func exif(orientation uint16) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	b = le.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = le.AppendUint32(b, value)
	}
	const end = 8 + 2 + 3*12 + 4
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x013b, 2, uint32(len(author)), end+18) // Artist
	entry(0x8825, 4, 1, end)                      // GPS directory
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, 1)
	entry(1, 2, 2, 'N') // GPSLatitudeRef
	b = le.AppendUint32(b, 0)
	return append(b, author...)
}

const author = "ANNA MARIA ERIKSSON\x00"

// withSegment puts an APPn segment behind the JPEG's first marker.
func withSegment(jpg []byte, marker byte, content []byte) []byte {
	n := len(content) + 2
	out := append([]byte{0xff, 0xd8, 0xff, marker, byte(n >> 8), byte(n)}, content...)
	return append(out, jpg[2:]...)
}

func withEXIF(jpg []byte, orientation uint16) []byte {
	return withSegment(jpg, 0xe1, append([]byte("Exif\x00\x00"), exif(orientation)...))
}
