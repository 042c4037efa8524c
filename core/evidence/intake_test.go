package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
)

func TestTakesPictures(t *testing.T) {
	for name, c := range map[string]struct {
		data  []byte
		media string
	}{
		"jpeg":         {asJPEG(t, quarters(800, 600)), "image/jpeg"},
		"png":          {asPNG(t, quarters(800, 600)), "image/png"},
		"webp":         {fixture(t, "photo.webp"), "image/webp"},
		"webp, bits":   {fixture(t, "lossless.webp"), "image/webp"},
		"webp, alpha":  {fixture(t, "alpha.webp"), "image/webp"},
		"cmyk":         {fixture(t, "cmyk.jpg"), "image/jpeg"},
		"progressive":  {fixture(t, "progressive.jpg"), "image/jpeg"},
		"interlaced":   {fixture(t, "interlaced.png"), "image/png"},
		"smallest":     {asPNG(t, quarters(600, 200)), "image/png"},
		"bad metadata": {withSegment(asJPEG(t, quarters(800, 600)), 0xe1, []byte("Exif\x00\x00MM\x00*\xff\xff\xff\xff")), "image/jpeg"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			file := h.take(t, c.data)
			if file.MediaType != c.media || file.Size != int64(len(c.data)) || file.State != kyc.FileCurrent || len(file.Digest) != 32 {
				t.Errorf("%+v", file)
			}
			got, media := h.read(t, file, false)
			if media != c.media || !bytes.Equal(got, c.data) {
				t.Errorf("original: %s, %d bytes", media, len(got))
			}
			h.picture(t, file)
			if err := h.Remove(ctx, file); err != nil || len(h.left(t)) > 0 {
				t.Errorf("left %v, %v", h.left(t), err)
			}
			if err := h.Remove(ctx, file); err != nil {
				t.Errorf("removing again: %v", err)
			}
			if _, _, err := h.Open(ctx, file, true); kyc.CodeOf(err) != kyc.NotFound {
				t.Errorf("open after removal: %v", err)
			}
		})
	}
}

func TestRefusesWhatIsNoPicture(t *testing.T) {
	jpg := asJPEG(t, quarters(800, 600))
	for name, c := range map[string]struct{ data, code string }{
		"nothing":           {"", "file.empty"},
		"text":              {strings.Repeat("passport.jpg ", 100), "file.unsupported_type"},
		"html":              {"<!doctype html><script>alert(1)</script>", "file.unsupported_type"},
		"svg":               {`<svg xmlns="http://www.w3.org/2000/svg"/>`, "file.unsupported_type"},
		"gif":               {"GIF89a" + strings.Repeat("\x00", 500), "file.unsupported_type"},
		"mp4":               {"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + strings.Repeat("\x00", 500), "file.unsupported_type"},
		"heic":              {string(fixture(t, "specimen.heic")), "file.heic"},
		"avif":              {string(fixture(t, "specimen.avif")), "file.heic"},
		"pdf":               {"%PDF-1.7\n" + strings.Repeat("x", 500), "file.pdf"},
		"pdf behind bytes":  {"\n\n  %PDF-1.7\n" + strings.Repeat("x", 500), "file.pdf"},
		"animation":         {string(fixture(t, "animated.webp")), "file.unsupported_type"},
		"a few bytes":       {"\xff\xd8\xff\xe0", "file.too_small"},
		"only a beginning":  {string(jpg[:len(jpg)/2]), "file.corrupt"},
		"beginning of webp": {string(fixture(t, "photo.webp")[:800]), "file.corrupt"},
		"jpeg of noise":     {"\xff\xd8\xff" + strings.Repeat("noise", 500), "file.corrupt"},
		"png of noise":      {"\x89PNG\r\n\x1a\n" + strings.Repeat("noise", 500), "file.corrupt"},
		"webp of noise":     {"RIFF\xff\xff\x00\x00WEBP" + strings.Repeat("noise", 500), "file.corrupt"},
		"thumbnail":         {string(asJPEG(t, quarters(599, 400))), "image.low_resolution"},
		"strip":             {string(asJPEG(t, quarters(900, 199))), "image.low_resolution"},
	} {
		t.Run(name, func(t *testing.T) {
			newHouse(t).refused(t, strings.NewReader(c.data), c.code)
		})
	}
}

func TestSizeLimitIsExact(t *testing.T) {
	h := newHouse(t)
	jpg := asJPEG(t, quarters(800, 600))
	exact := append(bytes.Clone(jpg), make([]byte, kyc.MaxDocumentBytes-len(jpg))...)
	file := h.take(t, exact)
	if file.Size != kyc.MaxDocumentBytes {
		t.Errorf("size %d", file.Size)
	}
	if err := h.Remove(ctx, file); err != nil {
		t.Fatal(err)
	}
	h.refused(t, bytes.NewReader(append(exact, 0)), "file.too_large")
	h.refused(t, io.MultiReader(bytes.NewReader(jpg), endless{}), "file.too_large")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestInterruptedUpload(t *testing.T) {
	h := newHouse(t)
	jpg := asJPEG(t, quarters(800, 600))
	for _, n := range []int{0, 10, 5000, len(jpg)} {
		h.refused(t, io.MultiReader(bytes.NewReader(jpg[:n]), iotest.ErrReader(io.ErrUnexpectedEOF)), "file.interrupted")
	}
	cancelled, cancel := context.WithCancel(ctx)
	body := io.MultiReader(bytes.NewReader(jpg[:5000]), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.ErrClosedPipe }))
	if _, problems, err := h.Take(cancelled, front, body); kyc.CodeOf(err) != kyc.Unavailable || problems != nil {
		t.Errorf("cancelled: %v, %v", problems, err)
	}
	if left := h.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestSlowReaderAndOneByteReads(t *testing.T) {
	h := newHouse(t)
	jpg := asJPEG(t, quarters(640, 400))
	if _, problems, err := h.Take(ctx, front, iotest.OneByteReader(bytes.NewReader(jpg))); err != nil || problems != nil {
		t.Fatal(problems, err)
	}
	if _, problems, err := h.Take(ctx, front, iotest.DataErrReader(bytes.NewReader(jpg))); err != nil || problems != nil {
		t.Fatal(problems, err)
	}
}

func TestDuplicate(t *testing.T) {
	h := newHouse(t)
	jpg := asJPEG(t, quarters(800, 600))
	first := h.take(t, jpg)
	h.files = []kyc.File{first}
	if again := h.take(t, jpg); again.ID == first.ID {
		t.Error("the same side may be uploaded again, as a new file")
	}
	back := front
	back.Side = "back"
	_, problems, err := h.Take(ctx, back, bytes.NewReader(jpg))
	if err != nil || len(problems) != 1 || problems[0].Code != "file.duplicate_upload" {
		t.Errorf("got %v, %v", problems, err)
	}
	h.files[0].State = kyc.FileReplaced
	if _, problems, err := h.Take(ctx, back, bytes.NewReader(jpg)); err != nil || problems != nil {
		t.Errorf("a replaced file is no duplicate: %v, %v", problems, err)
	}
}

func TestFaultsAreErrors(t *testing.T) {
	h := newHouse(t)
	jpg := asJPEG(t, quarters(800, 600))
	failing := h.intakeWithFiles(func(context.Context, kyc.TenantID, kyc.ApplicationID) ([]kyc.File, error) {
		return nil, kyc.E(kyc.Unavailable, "database")
	})
	if _, problems, err := failing.Take(ctx, front, bytes.NewReader(jpg)); kyc.CodeOf(err) != kyc.Unavailable || problems != nil {
		t.Errorf("storage: %v, %v", problems, err)
	}
	nobody := front
	nobody.Applicant = "nobody"
	if _, problems, err := h.Take(ctx, nobody, bytes.NewReader(jpg)); kyc.CodeOf(err) != kyc.Gone || problems != nil {
		t.Errorf("erased: %v, %v", problems, err)
	}
	if left := h.left(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func (h *house) intakeWithFiles(f evidence.Files) *evidence.Intake {
	c := h.Config
	c.Files = f
	return evidence.New(c)
}

func TestBlobsAreSealedAndBound(t *testing.T) {
	h := newHouse(t)
	jpg := withEXIF(asJPEG(t, quarters(800, 600)), 1)
	file := h.take(t, jpg)
	rendition, _ := h.read(t, file, true)
	for _, path := range h.left(t) {
		sealed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, clear := range [][]byte{jpg[:16], jpg[1000:1016], rendition[:16], []byte("ERIKSSON"), []byte("JFIF"), {0xff, 0xd8, 0xff}} {
			if len(clear) > 3 && bytes.Contains(sealed, clear) || bytes.HasPrefix(sealed, clear) {
				t.Errorf("%s shows %q", path, clear)
			}
		}
		if info, _ := os.Stat(path); info.Size() != int64(len(sealed)) {
			t.Error("size")
		}
	}
	if dir, err := os.Stat(h.dir); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("blob directory: %v, %v", dir.Mode(), err)
	}
	swapped := file
	swapped.Original, swapped.Rendition = file.Rendition, file.Original
	moved := file
	moved.Applicant = "bob"
	other := file
	other.ID = "file-9"
	broken := file
	broken.Key = file.Key[:5]
	for name, f := range map[string]kyc.File{"swapped": swapped, "moved": moved, "other": other, "broken": broken} {
		if _, _, err := h.Open(ctx, f, false); kyc.CodeOf(err) != kyc.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	delete(h.keys.applicants, "ann")
	h.vault.Forget("acme", "ann")
	if _, _, err := h.Open(ctx, file, true); kyc.CodeOf(err) != kyc.Gone {
		t.Errorf("after erasure: %v", err)
	}
}

func TestOpenNoticesAChangedBlob(t *testing.T) {
	h := newHouse(t)
	file := h.take(t, asJPEG(t, quarters(800, 600)))
	sealed, err := h.blobs.ReadAll(ctx, file.Rendition)
	if err != nil {
		t.Fatal(err)
	}
	sealed[len(sealed)-1] ^= 1
	if err := h.blobs.WriteAll(ctx, file.Rendition, sealed, nil); err != nil {
		t.Fatal(err)
	}
	r, _, err := h.Open(ctx, file, true)
	if err == nil {
		_, err = io.ReadAll(r)
		err = errors.Join(err, r.Close())
	}
	if kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("got %v", err)
	}
}

func TestTransparentIsLaidOnWhite(t *testing.T) {
	h := newHouse(t)
	m := image.NewNRGBA(image.Rect(0, 0, 700, 500))
	for y := range 250 {
		for x := range 700 {
			m.SetNRGBA(x, y, color.NRGBA{200, 0, 0, 255})
		}
	}
	if got := seen(h.picture(t, h.take(t, asPNG(t, m)))); got != "RRWW" {
		t.Errorf("got %s", got)
	}
}
