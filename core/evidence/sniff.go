package evidence

import (
	"bufio"
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"
)

// format is a kind of picture that we take.
type format struct {
	mediaType string
	measure   func(data []byte) (shape, error)
	decode    func(io.Reader) (image.Image, error)
	meta      imagemeta.ImageFormat
}

// sniff tells the format from the first bytes. Other types are refused, the
// frequent ones with their own words.
func sniff(src *bufio.Reader) (format, error) {
	head, err := src.Peek(1024)
	if err != nil && err != io.EOF {
		return format{}, err
	}
	switch {
	case len(head) == 0:
		return format{}, refuse("file.empty")
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return format{"image/jpeg", measureJPEG, jpeg.Decode, imagemeta.JPEG}, nil
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return format{"image/png", measurePNG, png.Decode, imagemeta.PNG}, nil
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return format{"image/webp", measureWebP, webp.Decode, imagemeta.WebP}, nil
	case isHEIF(head):
		return format{}, refuse("file.heic")
	case bytes.Contains(head, []byte("%PDF-")): // readers look for it in the first kilobyte
		return format{}, refuse("file.pdf")
	}
	return format{}, refuse("file.unsupported_type")
}

// isHEIF looks at the major and compatible brands of an ISO base media file:
// HEIC, HEIF and AVIF stills and sequences (ISO/IEC 23008-12, AV1-ISOBMFF).
func isHEIF(head []byte) bool {
	if len(head) < 16 || string(head[4:8]) != "ftyp" {
		return false
	}
	brands := []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "avif", "avis"}
	size := int(head[0])<<24 | int(head[1])<<16 | int(head[2])<<8 | int(head[3])
	for at := 8; at+4 <= min(size, len(head)); at += 4 {
		if at != 12 && slices.Contains(brands, string(head[at:at+4])) { // 12 is the minor version
			return true
		}
	}
	return false
}
