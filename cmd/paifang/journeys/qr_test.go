package journeys

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"

	"github.com/chromedp/chromedp"
	"rsc.io/qr/coding"
)

// photograph reads the QR code that the page shows, from a picture of the screen.
func (v *visitor) photograph() string {
	v.t.Helper()
	r := ask[struct{ X, Y, W, H int }](v, `(() => {
const e = document.querySelector("svg.qr");
e.scrollIntoView({ block: "center", behavior: "instant" });
const r = e.getBoundingClientRect();
return { X: Math.round(r.x), Y: Math.round(r.y), W: Math.round(r.width), H: Math.round(r.height) };
})()`)
	raw, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	must(v.t, err)
	screen, err := png.Decode(bytes.NewReader(raw))
	must(v.t, err)
	text, err := readQR(screen, image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H))
	if err != nil {
		v.shoot("qr", "unread")
		v.t.Fatalf("the QR code cannot be read: %v", err)
	}
	return text
}

// readQR reads a QR code that fills a square of a picture but for its quiet zone
// (ISO/IEC 18004, error correction M, one segment of bytes). It corrects no errors:
// on a screen there are none, and one that is made is found.
func readQR(picture image.Image, within image.Rectangle) (string, error) {
	dark := func(x, y int) bool {
		r, g, b, _ := picture.At(x, y).RGBA()
		return r+g+b < 3*0x8000
	}
	code, square := image.Rectangle{}, within.Inset(within.Dx()/40) // its corners are round, and the page can be dark
	for y := square.Min.Y; y < square.Max.Y; y++ {
		for x := square.Min.X; x < square.Max.X; x++ {
			if dark(x, y) {
				code = code.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	finder := 0 // its upper edge is seven modules long
	for finder < code.Dx() && dark(code.Min.X+finder, code.Min.Y) {
		finder++
	}
	if finder < 14 {
		return "", fmt.Errorf("no finder pattern in %v", code)
	}
	version := coding.Version((code.Dx()*7+finder/2)/finder-17+2) / 4
	size := 17 + 4*int(version)
	if quiet := 4 * code.Dx() / size; code.Min.X-within.Min.X < quiet-1 || code.Min.Y-within.Min.Y < quiet-1 || within.Max.X-code.Max.X < quiet-1 || within.Max.Y-code.Max.Y < quiet-1 {
		return "", fmt.Errorf("no quiet zone of four modules: %v within %v", code, within)
	}
	black := func(x, y int) bool {
		return dark(code.Min.X+(2*x+1)*code.Dx()/(2*size), code.Min.Y+(2*y+1)*code.Dy()/(2*size))
	}
	for mask := range coding.Mask(8) {
		plan, err := coding.NewPlan(version, coding.M, mask)
		if err != nil {
			return "", err
		}
		if fits(plan, black) {
			return content(plan, black)
		}
	}
	return "", fmt.Errorf("no mask fits version %d", version)
}

// carries tells whether a module is of the content, not of the patterns.
func carries(p coding.Pixel) bool {
	return p.Role() == coding.Data || p.Role() == coding.Check || p.Role() == coding.Extra
}

// fits tells whether the patterns are those of the plan; the mask is among them.
func fits(plan *coding.Plan, black func(x, y int) bool) bool {
	for y, row := range plan.Pixel {
		for x, p := range row {
			if !carries(p) && black(x, y) != (p&coding.Black != 0) {
				return false
			}
		}
	}
	return true
}

// content is the text of a code, whose check bytes have to be those of its data.
func content(plan *coding.Plan, black func(x, y int) bool) (string, error) {
	read := make([]byte, plan.DataBytes+plan.CheckBytes)
	for y, row := range plan.Pixel {
		for x, p := range row {
			if carries(p) && p.Role() != coding.Extra && black(x, y) != (p&coding.Black != 0) {
				read[p.Offset()/8] |= 1 << (7 - p.Offset()%8)
			}
		}
	}
	var again coding.Bits
	again.Append(read[:plan.DataBytes])
	again.AddCheckBytes(plan.Version, plan.Level)
	if !bytes.Equal(again.Bytes(), read) {
		return "", fmt.Errorf("the check bytes are not those of the data")
	}
	long := 8 + 8*min(1, int(plan.Version)/10) // bits of the count
	bits := func(from, n int) (v int) {
		for i := from; i < from+n; i++ {
			v = v<<1 | int(read[i/8]>>(7-i%8)&1)
		}
		return v
	}
	if mode := bits(0, 4); mode != 4 {
		return "", fmt.Errorf("mode %d is not bytes", mode)
	}
	n := bits(4, long)
	if 4+long+8*n > 8*plan.DataBytes {
		return "", fmt.Errorf("%d bytes do not fit", n)
	}
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(bits(4+long+8*i, 8))
	}
	return string(text), nil
}

// TestReadQR: what reads codes finds one module that is wrong, and one that has no margin.
func TestReadQR(t *testing.T) {
	const text = "https://pay.example/t/demo/r/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	var plan *coding.Plan
	for version := coding.Version(1); plan == nil || plan.DataBytes < len(text)+3; version++ {
		var err error
		plan, err = coding.NewPlan(version, coding.M, 3)
		must(t, err)
	}
	code, err := plan.Encode(coding.String(text))
	must(t, err)
	side := 5 * (code.Size + 8)
	picture := image.NewGray(image.Rect(0, 0, side, side))
	paint := func(x, y int, black bool) {
		for i := range 25 {
			picture.Pix[picture.PixOffset(5*(x+4)+i%5, 5*(y+4)+i/5)] = map[bool]byte{true: 0, false: 255}[black]
		}
	}
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for y := range code.Size {
		for x := range code.Size {
			paint(x, y, code.Black(x, y))
		}
	}
	if got, err := readQR(picture, picture.Bounds()); err != nil || got != text {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := readQR(picture, picture.Bounds().Inset(5)); err == nil {
		t.Error("a code without its margin is read")
	}
	last := code.Size - 1
	paint(last, last, !code.Black(last, last))
	if got, err := readQR(picture, picture.Bounds()); err == nil {
		t.Errorf("with a wrong module it is %q", got)
	}
}
