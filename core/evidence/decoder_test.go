package evidence

import (
	"context"
	"errors"
	"image"
	"io"
	"testing"

	"github.com/bep/imagemeta"

	"github.com/paifang/paifang/core/kyc"
)

func decoding(decode func(io.Reader) (image.Image, error)) format {
	return format{decode: decode, meta: imagemeta.JPEG}
}

func TestDecoderThatPanicsOrFails(t *testing.T) {
	for name, decode := range map[string]func(io.Reader) (image.Image, error){
		"panic": func(io.Reader) (image.Image, error) { panic("index out of range") },
		"error": func(io.Reader) (image.Image, error) { return nil, io.ErrUnexpectedEOF },
	} {
		_, err := normalise(context.Background(), decoding(decode), []byte("x"))
		var short refusal
		if !errors.As(err, &short) || short.code != "file.corrupt" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecoderStopsWithTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	slow := func(r io.Reader) (image.Image, error) {
		cancel()
		_, err := r.Read(make([]byte, 1))
		return nil, err
	}
	if _, err := normalise(ctx, decoding(slow), []byte("x")); kyc.CodeOf(err) != kyc.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestAverageIsExact(t *testing.T) {
	for _, size := range [][4]int{{7, 5, 3, 2}, {4000, 3, 3000, 2}, {5, 5, 5, 5}, {9, 9, 3, 3}, {12, 1, 1, 1}} {
		var pixels, sum int
		a := newAverager(size[0], size[1], size[2], size[3], func(_, _ int, r, g, b uint8) {
			pixels++
			sum += int(r)
			if g != 255 || b != 7 {
				t.Fatalf("%v: a plain colour has become %d, %d", size, g, b)
			}
		})
		row := make([]byte, 4*size[0])
		for x := range size[0] {
			row[4*x], row[4*x+1], row[4*x+2] = byte(x%2*200), 255, 7
		}
		for range size[1] {
			a.add(row)
		}
		if pixels != size[2]*size[3] {
			t.Errorf("%v: %d pixels", size, pixels)
		}
		if mean := sum / pixels; size[0] > 10 && (mean < 98 || mean > 102) {
			t.Errorf("%v: mean %d", size, mean)
		}
	}
}
