package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

const (
	maxRendition = 3000 // pixels of the longer side
	quality      = 85
	decodeTime   = 15 * time.Second // of one picture; a photograph of 12 megapixels takes about half a second
	waitTime     = 30 * time.Second // for a turn
)

// rendition reads the original back and makes the safe picture of it, under the
// bounds of the Intake.
func (in *Intake) rendition(ctx context.Context, file *kyc.File, keys fileKeys, f format) ([]byte, error) {
	waiting, done := context.WithTimeout(ctx, waitTime)
	defer done()
	if err := in.slots.Acquire(waiting, 1); err != nil {
		return nil, busy(err)
	}
	defer in.slots.Release(1)
	data, err := in.readBack(ctx, file, keys)
	if err != nil {
		return nil, err
	}
	shape, err := f.measure(data)
	if err != nil {
		return nil, err
	}
	need := shape.memory + renditionMemory(shape)
	if err := shape.check(in.Memory - renditionMemory(shape)); err != nil {
		return nil, err
	}
	if err := in.room.Acquire(waiting, need); err != nil {
		return nil, busy(err)
	}
	defer in.room.Release(need)
	picture, err := normalise(ctx, f, data)
	if err != nil {
		return nil, err
	}
	file.Width, file.Height = picture.Rect.Dx(), picture.Rect.Dy()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "encode a rendition")
	}
	return out.Bytes(), nil
}

func renditionMemory(s shape) int64 {
	w, h := fit(s.width, s.height)
	return 4 * int64(w) * int64(h)
}

func busy(err error) error {
	return &kyc.Error{Code: kyc.Unavailable, Detail: "no turn to look into a file", RetryAfter: 10 * time.Second, Err: err}
}

func (in *Intake) readBack(ctx context.Context, file *kyc.File, keys fileKeys) ([]byte, error) {
	r, err := in.open(ctx, file, originalPart, file.Original, keys.original)
	if err != nil {
		return nil, err
	}
	data := make([]byte, file.Size)
	_, err = io.ReadFull(r, data)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, kyc.Wrap(kyc.Unavailable, err, "read a blob back")
	}
	return data, nil
}

// normalise decodes and turns upright. Whatever the decoder does with hostile
// bytes, fail, panic or take too long, is a damaged file.
func normalise(ctx context.Context, f format, data []byte) (picture *image.RGBA, err error) {
	timed, done := context.WithTimeout(ctx, decodeTime)
	defer done()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder panic: %w", refuse("file.corrupt"))
		}
	}()
	decoded, err := f.decode(&inTime{timed, bytes.NewReader(data)})
	if ctx.Err() != nil {
		return nil, kyc.Wrap(kyc.Unavailable, ctx.Err(), "upload cancelled")
	}
	if err != nil {
		return nil, refuse("file.corrupt")
	}
	return upright(decoded, orientation(data, f.meta)), nil
}

// inTime stops a decoder, which knows no context, by ending its input. A few
// bytes of a progressive JPEG can ask for a pass over all pixels.
type inTime struct {
	ctx context.Context
	r   io.Reader
}

func (t *inTime) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	return t.r.Read(p)
}
