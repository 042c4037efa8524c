package trail

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// reader reads the form of a bundle; what it says is for verifying to judge. Each
// byte of a bundle has one way to be read, and nothing is skipped.
type reader struct{ in *bufio.Reader }

// formError says that a bundle is not written as one is.
type formError struct{ why string }

func (e *formError) Error() string { return e.why }

func malformed(format string, args ...any) error { return &formError{fmt.Sprintf(format, args...)} }

func newReader(r io.Reader) *reader { return &reader{bufio.NewReaderSize(r, MaxLine+1)} }

// heading is what a bundle begins with.
type heading struct {
	tenant      kyc.TenantID
	origin, key string
}

func (r *reader) header() (heading, error) {
	var h heading
	first, err := r.row()
	if err != nil {
		return h, err
	}
	if string(first) != firstLine {
		return h, malformed("this is no audit bundle: its first line is not %q", firstLine)
	}
	var tenant string
	for _, part := range []struct {
		name string
		into *string
	}{{"tenant", &tenant}, {"origin", &h.origin}, {"key", &h.key}} {
		row, err := r.row()
		if err != nil {
			return h, err
		}
		value, found := strings.CutPrefix(string(row), part.name+" ")
		if !found || value == "" || strings.TrimSpace(value) != value {
			return h, malformed("a row with the %s is missing at the beginning", part.name)
		}
		*part.into = value
	}
	if h.tenant, err = kyc.ParseTenantID(tenant); err != nil {
		return h, malformed("the tenant is not one")
	}
	return h, nil
}

// entry is one thing in a bundle: a line, a checkpoint, or the end.
type entry struct {
	line []byte // until the next one is read
	note string
	size int64 // of the end
}

func (r *reader) next() (entry, error) {
	row, err := r.row()
	if err != nil {
		return entry{}, err
	}
	if len(row) > 0 && row[0] == '{' {
		return entry{line: row}, nil
	}
	name, value, _ := strings.Cut(string(row), " ")
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != value {
		return entry{}, malformed("there is something that is neither a line nor a checkpoint nor the end")
	}
	switch {
	case name == "checkpoint" && n <= maxNote:
		note := make([]byte, n)
		if _, err := io.ReadFull(r.in, note); err != nil {
			return entry{}, cut(err)
		}
		return entry{note: string(note)}, nil
	case name == "end":
		if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
			return entry{}, malformed("something follows behind the end")
		}
		return entry{size: n}, nil
	}
	return entry{}, malformed("there is something that is neither a line nor a checkpoint nor the end")
}

// row is the next row without its end; it is there until the next one is read.
func (r *reader) row() ([]byte, error) {
	row, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, malformed("a row is longer than any line")
	case err != nil:
		return nil, cut(err)
	}
	return row[:len(row)-1], nil
}

// cut tells a bundle that ends too early from one that cannot be read.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("the bundle ends here, without the row that says so")
	}
	return err
}
