package declarative

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// A packed program is the engine, the market's file, the file's length in eight
// bytes, and the mark. What comes after the end of an ELF program is not loaded.
const mark = "\npaifang-declarative-1\n"

var errNoMarket = errors.New("there is no market in this program: make one with paifang provider pack")

// Pack makes a program of an engine and a market. The market is read first.
func Pack(engine, market []byte) ([]byte, error) {
	if _, err := Read(market); err != nil {
		return nil, err
	}
	if bytes.HasSuffix(engine, []byte(mark)) {
		return nil, errors.New("this engine has a market in it already")
	}
	out := append(bytes.Clone(engine), market...)
	out = binary.BigEndian.AppendUint64(out, uint64(len(market)))
	return append(out, mark...), nil
}

// Unpack reads the market of the program at path.
func Unpack(path string) (*Market, error) {
	f, err := os.Open(path) //nolint:gosec // the program itself
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	tail := make([]byte, 8+len(mark))
	at := info.Size() - int64(len(tail))
	if _, err := f.ReadAt(tail, max(at, 0)); err != nil || string(tail[8:]) != mark {
		return nil, errNoMarket
	}
	size := binary.BigEndian.Uint64(tail[:8])
	if size > maxFile || int64(size) > at { //nolint:gosec // bounded in the same line
		return nil, errNoMarket
	}
	raw := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, at-int64(size), int64(size)), raw); err != nil { //nolint:gosec // bounded above
		return nil, err
	}
	return Read(raw)
}
