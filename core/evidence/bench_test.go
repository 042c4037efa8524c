package evidence_test

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"
)

// photo is as costly as a photograph of 12 megapixels.
func photo() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 4000, 3000))
	for i := range m.Pix {
		m.Pix[i] = uint8(i>>8) + uint8(rand.IntN(24))
	}
	return m
}

func BenchmarkTake(b *testing.B) {
	h := newHouse(b)
	jpg := asJPEG(b, photo())
	b.SetBytes(int64(len(jpg)))
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Remove(ctx, h.take(b, jpg)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTakeSmall(b *testing.B) {
	h := newHouse(b)
	jpg := asJPEG(b, quarters(1200, 900))
	b.ReportAllocs()
	for b.Loop() {
		if _, problems, err := h.Take(ctx, front, bytes.NewReader(jpg)); err != nil || problems != nil {
			b.Fatal(problems, err)
		}
	}
}
