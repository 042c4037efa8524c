package sdk

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash"
	"io"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// errDeclaration says that a file is not what its header declared.
var errDeclaration = errors.New("file does not keep to its declaration")

// fileReader gives the files of a stream one after the other, checking size,
// digest and order.
type fileReader struct {
	recv     func() (*wirev1.VerifyRequest, error)
	declared []FileInfo
	index    int // of the next file
	current  *fileContent
	err      error
}

func (f *fileReader) next() (FileInfo, io.Reader, error) {
	if f.current != nil {
		if _, err := io.Copy(io.Discard, f.current); err != nil {
			return FileInfo{}, nil, err
		}
	}
	if f.err != nil {
		return FileInfo{}, nil, f.err
	}
	if f.index == len(f.declared) {
		f.current = nil
		if _, err := f.recv(); !errors.Is(err, io.EOF) {
			f.err = errDeclaration
			return FileInfo{}, nil, f.err
		}
		f.err = io.EOF
		return FileInfo{}, nil, io.EOF
	}
	info := f.declared[f.index]
	f.current = &fileContent{files: f, number: uint32(f.index), left: info.Size, want: info.SHA256, sum: sha256.New()}
	f.index++
	return info, f.current, nil
}

type fileContent struct {
	files  *fileReader
	number uint32
	left   int64
	want   []byte
	sum    hash.Hash
	buf    []byte
	done   bool
}

func (c *fileContent) Read(p []byte) (int, error) {
	if c.files.err != nil && !c.done {
		return 0, c.files.err
	}
	if len(c.buf) == 0 && c.left > 0 {
		if err := c.fill(); err != nil {
			c.files.err = err
			return 0, err
		}
	}
	if len(c.buf) > 0 {
		n := copy(p, c.buf)
		c.buf = c.buf[n:]
		return n, nil
	}
	if !c.done {
		if subtle.ConstantTimeCompare(c.sum.Sum(nil), c.want) != 1 {
			c.files.err = errDeclaration
			return 0, errDeclaration
		}
		c.done = true
	}
	return 0, io.EOF
}

func (c *fileContent) fill() error {
	r, err := c.files.recv()
	if errors.Is(err, io.EOF) {
		return errDeclaration
	}
	if err != nil {
		return err
	}
	chunk := r.GetChunk()
	n := int64(len(chunk.GetData()))
	if chunk == nil || chunk.File != c.number || n == 0 || n > wire.MaxChunk || n > c.left {
		return errDeclaration
	}
	c.left -= n
	c.sum.Write(chunk.Data)
	c.buf = chunk.Data
	return nil
}
