package evidence

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
)

// Bounds of a picture, in pixels.
const (
	maxPixels = 40_000_000
	maxSide   = 12_000
	minLong   = 600 // of the longer side: less cannot be read
	minShort  = 200
	maxScans  = 100 // of a JPEG; progressive ones have about ten
)

// shape is what a picture's header promises.
type shape struct {
	width, height int
	memory        int64 // bytes that decoding takes at most
}

func (s shape) check(memory int64) error {
	switch {
	case s.width <= 0 || s.height <= 0:
		return refuse("file.corrupt")
	case s.width > maxSide, s.height > maxSide, s.width*s.height > maxPixels, s.memory > memory:
		return refuse("file.too_many_pixels").with("max_megapixels", maxPixels/1_000_000)
	case max(s.width, s.height) < minLong, min(s.width, s.height) < minShort:
		return refuse("image.low_resolution").with("min_pixels", minLong)
	}
	return nil
}

// measurePNG reads the IHDR chunk, which comes first and has a fixed place (PNG
// 11.2.2). Ancillary chunks are never inflated.
func measurePNG(data []byte) (shape, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || len(data) < 29 {
		return shape{}, refuse("file.corrupt")
	}
	depth, interlaced := data[24], data[28] == 1
	bytesPerPixel := int64(4)
	if depth == 16 {
		bytesPerPixel = 8
	}
	memory := bytesPerPixel * pixels(c)
	if interlaced {
		memory += memory / 2 // the last of the seven passes is half a picture beside the whole one
	}
	return shape{c.Width, c.Height, memory}, nil
}

// measureJPEG walks the segments up to the frame header (ITU-T T.81 B.2.2), in
// the same way as the decoder, because a progressive picture takes four more
// bytes a sample than a sequential one.
func measureJPEG(data []byte) (shape, error) {
	frame, progressive, ok := jpegFrame(data)
	if !ok {
		return shape{}, refuse("file.corrupt")
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	height, width := int(binary.BigEndian.Uint16(frame[1:])), int(binary.BigEndian.Uint16(frame[3:]))
	if err != nil || c.Width != width || c.Height != height {
		return shape{}, refuse("file.corrupt")
	}
	memory := jpegSamples(frame, pixels(c))
	if progressive {
		memory *= 5
	}
	if n := frame[5]; n > 1 { // RGB and CMYK are converted into a second picture
		memory += 4 * pixels(c)
	}
	return shape{width, height, memory}, nil
}

// jpegFrame finds the frame header, and refuses pictures with more scans than
// any camera writes: each costs a pass over all pixels.
func jpegFrame(data []byte) (frame []byte, progressive, ok bool) {
	scans := 0
	jpegSegments(data, func(marker byte, segment []byte) bool {
		switch marker {
		case 0xc0, 0xc1, 0xc2:
			if frame != nil {
				return false // the decoder will not have a second one
			}
			frame, progressive = segment, marker == 0xc2
		case 0xda:
			scans++
		}
		return scans <= maxScans
	})
	ok = len(frame) >= 6 && len(frame) == 6+3*int(frame[5]) && scans > 0 && scans <= maxScans
	return frame, progressive, ok
}

// jpegSegments visits the segments up to the end of the picture, or until visit
// says false. Coded data between them has no markers but restarts.
func jpegSegments(data []byte, visit func(marker byte, segment []byte) bool) {
	for at := 2; ; {
		next := bytes.IndexByte(data[at:], 0xff)
		if next < 0 || at+next+4 > len(data) {
			return
		}
		at += next
		marker := data[at+1]
		switch {
		case marker == 0xff: // fill byte
			at++
			continue
		case marker == 0, marker >= 0xd0 && marker <= 0xd7: // stuffing, restart
			at += 2
			continue
		case marker == 0xd9:
			return
		}
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		if size < 2 || at+2+size > len(data) || !visit(marker, data[at+4:at+2+size]) {
			return
		}
		at += 2 + size
	}
}

// jpegSamples counts the samples of all components, subsampled as the frame says.
func jpegSamples(frame []byte, pixels int64) int64 {
	n := int(frame[5])
	var sum, hMax, vMax int64
	for i := range n {
		hv := frame[7+3*i]
		h, v := int64(hv>>4), int64(hv&15)
		sum += h * v
		hMax, vMax = max(hMax, h), max(vMax, v)
	}
	if n <= 1 || hMax == 0 || vMax == 0 {
		return pixels
	}
	return pixels * sum / (hMax * vMax)
}

func pixels(c image.Config) int64 { return int64(c.Width) * int64(c.Height) }
