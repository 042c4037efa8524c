package web

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"github.com/paifang/paifang/core/kyc"
)

// quiet is the empty margin that readers need around a QR code, in modules
// (ISO/IEC 18004).
const quiet = 4

// QR is a QR code drawn as a path in a square of Side by Side modules.
type QR struct {
	Side int
	Path string
}

// DrawQR draws text with error correction M: a scratched or dim screen is read.
func DrawQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, kyc.Wrap(kyc.Internal, err, "text for a QR code")
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	return QR{Side: code.Size + 2*quiet, Path: path.String()}, nil
}
