package evidence

import (
	"bytes"
	"image"
	"image/draw"

	"github.com/bep/imagemeta"
)

// orientation reads the EXIF orientation of the main picture; 1 (as it is) when
// there is none or the metadata cannot be read.
func orientation(data []byte, f imagemeta.ImageFormat) int {
	found := 1
	wanted := func(t imagemeta.TagInfo) bool {
		return t.Source == imagemeta.EXIF && t.Namespace == "IFD0" && t.Tag == "Orientation"
	}
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(data), ImageFormat: f, Sources: imagemeta.EXIF, ShouldHandleTag: wanted,
		HandleTag: func(t imagemeta.TagInfo) error {
			if n, ok := t.Value.(uint16); ok && wanted(t) && n >= 1 && n <= 8 {
				found = int(n)
			}
			return nil
		},
	})
	if err != nil {
		return 1
	}
	return found
}

// fit gives the size within maxRendition, keeping the proportions.
func fit(w, h int) (int, int) {
	long := max(w, h)
	if long <= maxRendition {
		return w, h
	}
	return max(1, (w*maxRendition+long/2)/long), max(1, (h*maxRendition+long/2)/long)
}

// upright makes the picture that people look at: laid on white, averaged down to
// fit, turned as the EXIF orientation says. It goes row by row and needs no
// second full-size copy.
func upright(src image.Image, orientation int) *image.RGBA {
	b := src.Bounds()
	w, h := fit(b.Dx(), b.Dy())
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	row := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	average := newAverager(b.Dx(), b.Dy(), w, h, func(x, y int, r, g, bl uint8) {
		x, y = turn(orientation, x, y, w, h)
		at := dst.PixOffset(x, y)
		dst.Pix[at], dst.Pix[at+1], dst.Pix[at+2], dst.Pix[at+3] = r, g, bl, 0xff
	})
	for y := range b.Dy() {
		draw.Draw(row, row.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(row, row.Rect, src, image.Pt(b.Min.X, b.Min.Y+y), draw.Over)
		average.add(row.Pix)
	}
	return dst
}

// turn maps a place in a w by h picture to its place in the upright one (EXIF
// 2.32, tag 0x0112).
func turn(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
