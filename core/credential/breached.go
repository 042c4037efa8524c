package credential

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // G505: the form in which lists of breached passwords are given out; nothing is protected by it
	"embed"
	"encoding/hex"
	"io"
	"os"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

//go:embed all:data
var data embed.FS

const (
	listed     = "data/breached.sha1"
	listedSize = 5  // bytes kept of each hash
	ownLine    = 64 // bytes: a line of an own list is shorter
)

// ShippedBreaches is how many breached passwords are shipped. It fails where `make
// data` has not been run.
func ShippedBreaches() (int, error) {
	f, err := data.Open(listed)
	if err != nil {
		return 0, kyc.E(kyc.Internal, "the list of breached passwords has not been built: run make data")
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || info.Size()%listedSize != 0 {
		return 0, kyc.E(kyc.Internal, "the list of breached passwords is damaged: run make data")
	}
	return int(info.Size() / listedSize), nil
}

// spellings are the forms in which a normalised password is looked for: as it is,
// and in small letters.
func spellings(password string) []string {
	if small := strings.ToLower(password); small != password {
		return []string{password, small}
	}
	return []string{password}
}

// shippedBreach tells whether a normalised password is in the shipped list, which
// is searched where it lies in the program.
func shippedBreach(password string) bool {
	f, err := data.Open(listed)
	if err != nil {
		return false // the program does not start without it
	}
	defer func() { _ = f.Close() }()
	at, ok := f.(io.ReaderAt)
	info, err := f.Stat()
	if !ok || err != nil {
		return false
	}
	for _, p := range spellings(password) {
		sum := sha1.Sum([]byte(p)) //nolint:gosec // G401: see the import
		if within(at, info.Size()/listedSize, sum[:listedSize]) {
			return true
		}
	}
	return false
}

func within(list io.ReaderAt, n int64, want []byte) bool {
	row := make([]byte, listedSize)
	for low, high := int64(0), n; low < high; {
		middle := (low + high) / 2
		if _, err := list.ReadAt(row, middle*listedSize); err != nil {
			return false
		}
		switch bytes.Compare(row, want) {
		case 0:
			return true
		case -1:
			low = middle + 1
		default:
			high = middle
		}
	}
	return false
}

// Breached is an installation's own list of breached passwords: a file of lines
// that begin with the SHA-1 of a password in 40 hexadecimal digits, sorted, as Have I
// Been Pwned gives it out ("ordered by hash"). It is searched in place, whatever its
// size. A nil list has none.
type Breached struct {
	file *os.File
	size int64
}

// OpenBreached opens such a list and looks whether it is one.
func OpenBreached(path string) (*Breached, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the operator names it
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	b := &Breached{file: f}
	if err == nil {
		b.size = info.Size()
		_, _, err = b.line(0)
	}
	if err != nil {
		return nil, kyc.E(kyc.Invalid, "the list of breached passwords %s: %v", path, err)
	}
	return b, nil
}

// Check is CheckPassword with the own list. An error says that the list could not
// be read: the password is not judged.
func (b *Breached) Check(password string, personal []string) ([]kyc.Problem, error) {
	problems := CheckPassword(password, personal)
	if len(problems) > 0 || b == nil || password == "" {
		return problems, nil
	}
	normal, _, _ := Normalize(password)
	for _, p := range spellings(normal) {
		sum := sha1.Sum([]byte(p)) //nolint:gosec // G401: see the import
		found, err := b.has(strings.ToUpper(hex.EncodeToString(sum[:])))
		if err != nil {
			return nil, kyc.Wrap(kyc.Unavailable, err, "search the list of breached passwords")
		}
		if found {
			return []kyc.Problem{kyc.P("", "password.breached")}, nil
		}
	}
	return nil, nil
}

// has searches by places in the file: the line at a place is the one that begins
// there or next after.
func (b *Breached) has(want string) (bool, error) {
	for low, high := int64(0), b.size; low < high; {
		middle := (low + high) / 2
		hash, next, err := b.line(middle)
		if err == io.EOF {
			high = middle
			continue
		}
		if err != nil {
			return false, err
		}
		switch strings.Compare(hash, want) {
		case 0:
			return true, nil
		case -1:
			low = next
		default:
			high = middle
		}
	}
	return false, nil
}

// line reads the hash of the first line that begins at a place or after it, and
// where the next one begins. io.EOF when there is none.
func (b *Breached) line(at int64) (hash string, next int64, err error) {
	from := max(0, at-1) // the end of the line before tells that one begins here
	buffer := make([]byte, 3*ownLine)
	n, err := b.file.ReadAt(buffer, from)
	if err != nil && err != io.EOF {
		return "", 0, err
	}
	buffer = buffer[:n]
	if at > 0 {
		end := bytes.IndexByte(buffer, '\n')
		if end < 0 || end+1 >= len(buffer) {
			return "", 0, io.EOF
		}
		from, buffer = from+int64(end)+1, buffer[end+1:]
	}
	end := bytes.IndexByte(buffer, '\n')
	if end < 0 {
		end = len(buffer) - 1
	}
	if len(buffer) < 40 {
		return "", 0, kyc.E(kyc.Invalid, "a line is not a SHA-1 in hexadecimal digits")
	}
	hash = strings.ToUpper(string(buffer[:40]))
	if strings.Trim(hash, "0123456789ABCDEF") != "" || end > ownLine {
		return "", 0, kyc.E(kyc.Invalid, "a line is not a SHA-1 in hexadecimal digits")
	}
	return hash, from + int64(end) + 1, nil
}
