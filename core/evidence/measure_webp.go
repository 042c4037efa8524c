package evidence

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/webp"
)

// measureWebP walks the chunks up to the picture (RFC 9649). Animations are not
// pictures of a document.
func measureWebP(data []byte) (shape, error) {
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return shape{}, webpFault(data)
	}
	s := shape{width: c.Width, height: c.Height}
	for at := 12; at+8 <= len(data); {
		kind, size := string(data[at:at+4]), int64(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		switch kind {
		case "VP8X":
			if len(body) > 0 && body[0]&2 != 0 {
				return shape{}, refuse("file.unsupported_type")
			}
		case "ANIM", "ANMF":
			return shape{}, refuse("file.unsupported_type")
		case "ALPH":
			s.memory += losslessMemory(pixels(c), size) + pixels(c)
		case "VP8 ":
			s.memory += 2 * pixels(c)
			return s, nil
		case "VP8L":
			s.memory += losslessMemory(pixels(c), size)
			return s, nil
		}
		if size > int64(len(body)) {
			break
		}
		at += 8 + int(size+size&1)
	}
	return shape{}, refuse("file.corrupt")
}

func webpFault(data []byte) error {
	if len(data) > 20 && string(data[12:16]) == "VP8X" && data[20]&2 != 0 {
		return refuse("file.unsupported_type")
	}
	return refuse("file.corrupt")
}

// losslessMemory is two copies of the pixels, and up to 2.7 kB for each group of
// prefix codes: one per 16 pixels, 2.5 bytes of input and 65,536 at most.
func losslessMemory(pixels, size int64) int64 {
	return 8*pixels + 2700*min(pixels/16, size/2, 65536)
}
