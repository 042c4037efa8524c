package evidence_test

import (
	"bytes"
	"io"
	"testing"

	"gocloud.dev/blob/memblob"

	"github.com/paifang/paifang/core/evidence"
)

// FuzzTake: whatever the bytes, the answer is a file that can be opened or one
// problem with nothing left behind; never an error, a panic or a hang.
func FuzzTake(f *testing.F) {
	for _, name := range []string{"photo.webp", "lossless.webp", "alpha.webp", "animated.webp", "cmyk.jpg",
		"progressive.jpg", "interlaced.png", "specimen.heic", "specimen.avif"} {
		f.Add(fixture(f, name))
	}
	small := quarters(600, 200)
	f.Add(asJPEG(f, small))
	f.Add(withEXIF(asJPEG(f, small), 6))
	f.Add(withChunk(asPNG(f, small), "eXIf", exif(8)))
	f.Add([]byte("%PDF-1.7"))
	f.Add([]byte{})
	h := newHouseOn(f, memblob.OpenBucket(nil), "")
	in := h.intake(evidence.Config{Memory: 32 << 20})
	f.Fuzz(func(t *testing.T, data []byte) {
		file, problems, err := in.Take(ctx, front, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if file.ID == "" {
			if len(problems) != 1 || problems[0].Code == "" {
				t.Fatalf("problems: %v", problems)
			}
		} else {
			h.picture(t, file)
			if original, _ := h.read(t, file, false); !bytes.Equal(original, data) {
				t.Fatal("the original has changed")
			}
			if err := in.Remove(ctx, file); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.blobs.List(nil).Next(ctx); err != io.EOF {
			t.Fatalf("left behind: %v", err)
		}
	})
}
