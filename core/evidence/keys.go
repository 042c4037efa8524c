package evidence

import (
	"encoding/binary"

	"github.com/paifang/paifang/core/kyc"
)

// fileKeys are the sealed keys of the two streams, kept in one column.
type fileKeys struct{ original, rendition []byte }

// join puts the length of the first key in front.
func (k fileKeys) join() []byte {
	b := binary.AppendUvarint(nil, uint64(len(k.original)))
	b = append(b, k.original...)
	return append(b, k.rendition...)
}

func splitKeys(b []byte) (fileKeys, error) {
	n, head := binary.Uvarint(b)
	if head <= 0 || n > uint64(len(b)-head) {
		return fileKeys{}, kyc.E(kyc.Internal, "a file's key column is not readable")
	}
	rest := b[head:]
	return fileKeys{original: rest[:n], rendition: rest[n:]}, nil
}
