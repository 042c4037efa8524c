package evidence_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/paifang/paifang/core/evidence"
)

func TestOrientation(t *testing.T) {
	// The upright picture has quarters RGBW; stored is what a camera held in the
	// orientation would have written.
	stored := map[uint16]string{1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "GWRB", 7: "WGBR", 8: "BRWG"}
	for o := uint16(1); o <= 8; o++ {
		w, h := 800, 600
		if o >= 5 {
			w, h = 600, 800
		}
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		colours := map[byte]color.RGBA{'R': {200, 0, 0, 255}, 'G': {0, 200, 0, 255}, 'B': {0, 0, 200, 255}, 'W': {255, 255, 255, 255}}
		for y := range h {
			for x := range w {
				m.SetRGBA(x, y, colours[stored[o][2*(2*y/h)+2*x/w]])
			}
		}
		for kind, data := range map[string][]byte{
			"jpeg": withEXIF(asJPEG(t, m), o),
			"png":  withChunk(asPNG(t, m), "eXIf", exif(o)),
		} {
			t.Run(fmt.Sprint(kind, o), func(t *testing.T) {
				house := newHouse(t)
				file := house.take(t, data)
				if file.Width != 800 || file.Height != 600 {
					t.Errorf("%dx%d", file.Width, file.Height)
				}
				if got := seen(house.picture(t, file)); got != "RGBW" {
					t.Errorf("got %s", got)
				}
			})
		}
	}
}

func TestRenditionHasNoMetadata(t *testing.T) {
	h := newHouse(t)
	jpg := withEXIF(asJPEG(t, quarters(800, 600)), 1)
	jpg = withSegment(jpg, 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>ERIKSSON</x:xmpmeta>"))
	jpg = withSegment(jpg, 0xfe, []byte("comment of ERIKSSON"))
	jpg = append(jpg, "<script>ERIKSSON</script>PK\x03\x04"...) // a polyglot's second half
	b, _ := h.read(t, h.take(t, jpg), true)
	for _, needle := range []string{"ERIKSSON", "Exif", "xmpmeta", "script", "PK\x03\x04", "II*\x00"} {
		if bytes.Contains(b, []byte(needle)) {
			t.Errorf("the rendition contains %q", needle)
		}
	}
}

func TestHugePictureIsMadeSmaller(t *testing.T) {
	h := newHouse(t)
	file := h.take(t, withEXIF(asJPEG(t, quarters(4000, 3001)), 6))
	if file.Width != 2251 || file.Height != 3000 {
		t.Errorf("%dx%d", file.Width, file.Height)
	}
	if got := seen(h.picture(t, file)); got != "BRWG" {
		t.Errorf("got %s", got)
	}
}

func TestBombs(t *testing.T) {
	text := func(n int) []byte {
		var b bytes.Buffer
		b.WriteString("Comment\x00\x00")
		z := zlib.NewWriter(&b)
		z.Write(bytes.Repeat([]byte("A"), n))
		z.Close()
		return b.Bytes()
	}
	huge := func(w, h uint32, depth, colour, interlace byte) []byte {
		b := asPNG(t, quarters(800, 600))
		binary.BigEndian.PutUint32(b[16:], w)
		binary.BigEndian.PutUint32(b[20:], h)
		b[24], b[25], b[28] = depth, colour, interlace
		binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
		return b
	}
	frame := func(marker byte, w, h int) []byte {
		b := bytes.Clone(fixture(t, "progressive.jpg"))
		at := bytes.Index(b, []byte{0xff, 0xc2})
		b[at+1] = marker
		b[at+5], b[at+6], b[at+7], b[at+8] = byte(h>>8), byte(h), byte(w>>8), byte(w)
		return b
	}
	lossy := bytes.Clone(fixture(t, "photo.webp"))
	binary.LittleEndian.PutUint16(lossy[26:], 16383)
	binary.LittleEndian.PutUint16(lossy[28:], 16383)
	canvas := bytes.Clone(fixture(t, "alpha.webp"))
	copy(canvas[24:], []byte{0xff, 0x3f, 0, 0xff, 0x3f, 0})
	for name, data := range map[string][]byte{
		"png":             huge(15_000, 14_000, 8, 6, 0),
		"png, wide":       huge(math.MaxInt32, 1, 8, 6, 0),
		"png, side":       huge(12_001, 600, 8, 6, 0),
		"png, pixels":     huge(8000, 5001, 8, 6, 0),
		"png, 16 bit":     huge(8000, 4500, 16, 6, 0),
		"png, interlaced": huge(6000, 4000, 16, 6, 1),
		"jpeg":            frame(0xc0, 65_535, 65_535),
		"jpeg, passes":    frame(0xc2, 6000, 6000),
		"webp":            lossy,
		"webp, canvas":    canvas,
	} {
		t.Run(name, func(t *testing.T) {
			used := allocated(func() { newHouse(t).refused(t, bytes.NewReader(data), "file.too_many_pixels") })
			if used > 30<<20 {
				t.Errorf("took %d MB to refuse", used>>20)
			}
		})
	}
	t.Run("jpeg, scans", func(t *testing.T) {
		b := fixture(t, "progressive.jpg")
		last, end := bytes.LastIndex(b, []byte{0xff, 0xda}), bytes.LastIndex(b, []byte{0xff, 0xd9})
		bomb := append(bytes.Clone(b[:end]), bytes.Repeat(b[last:end], 200)...)
		newHouse(t).refused(t, bytes.NewReader(append(bomb, 0xff, 0xd9)), "file.corrupt")
	})
	t.Run("compressed text", func(t *testing.T) {
		bomb, inflated := asPNG(t, quarters(800, 600)), text(50<<20)
		for range 8 {
			bomb = withChunk(bomb, "zTXt", inflated)
		}
		if used := allocated(func() { newHouse(t).take(t, bomb) }); used > 60<<20 {
			t.Errorf("took %d MB", used>>20)
		}
	})
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// withChunk puts a chunk behind IHDR.
func withChunk(png []byte, kind string, content []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	chunk = append(chunk, kind...)
	chunk = append(chunk, content...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	out := append(bytes.Clone(png[:33]), chunk...)
	return append(out, png[33:]...)
}

// TestConcurrentUploads also shows that the bounds do not deadlock.
func TestConcurrentUploads(t *testing.T) {
	h := newHouse(t)
	in := h.intake(evidence.Config{Decodes: 2, Memory: 8 << 20})
	jpg, pic := asJPEG(t, quarters(800, 600)), asPNG(t, quarters(640, 480))
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			data, code := jpg, ""
			switch i % 3 {
			case 1:
				data = pic
			case 2:
				data, code = jpg[:len(jpg)-100], "file.corrupt"
			}
			file, problems, err := in.Take(ctx, front, bytes.NewReader(data))
			switch {
			case err != nil:
				t.Error(err)
			case code == "" && (problems != nil || file.ID == ""):
				t.Errorf("not taken: %v", problems)
			case code != "" && (len(problems) != 1 || problems[0].Code != code):
				t.Errorf("got %v", problems)
			}
		})
	}
	wg.Wait()
	if n := len(h.left(t)); n != 2*16 {
		t.Errorf("%d blobs", n)
	}
	for _, path := range h.left(t) {
		if strings.HasSuffix(path, ".tmp") {
			t.Errorf("left behind: %s", path)
		}
	}
}

func TestOrientationOfWebP(t *testing.T) {
	simple := fixture(t, "photo.webp") // 640x420
	canvas := []byte{8, 0, 0, 0, 0x7f, 2, 0, 0xa3, 1, 0}
	chunk := func(kind string, content []byte) []byte {
		b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
		b = append(b, content...)
		return append(b, make([]byte, len(content)&1)...)
	}
	body := append([]byte("WEBP"), chunk("VP8X", canvas)...)
	body = append(body, simple[12:]...)
	body = append(body, chunk("EXIF", exif(6))...)
	file := newHouse(t).take(t, chunk("RIFF", body))
	if file.Width != 420 || file.Height != 640 {
		t.Errorf("%dx%d", file.Width, file.Height)
	}
}
