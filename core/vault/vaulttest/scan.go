// Package vaulttest looks for clear personal data in what a test has left on
// disk: databases and their logs, blobs, job queues, log files.
package vaulttest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// MinNeedle is the shortest needle in bytes; shorter ones would turn up by chance.
const MinNeedle = 4

// Scan fails the test for every file below dir, the names of files included,
// that holds one of the needles: as UTF-8, as UTF-16 of both byte orders, in
// base64 of both alphabets at any offset, in hex of both cases, as JSON escapes
// or percent-encoded.
func Scan(t testing.TB, dir string, needles ...string) {
	t.Helper()
	found, err := Find(dir, needles...)
	if err != nil {
		t.Fatalf("scan %s: %v", dir, err)
	}
	for _, f := range found {
		t.Errorf("%s holds %q in clear (%s)", f.Path, f.Needle, f.Form)
	}
}

// Finding is a needle in a file.
type Finding struct {
	Path   string // relative to the folder
	Needle string
	Form   string // how it was written
}

// Find is Scan without a test. A folder without any file is an error: it would
// prove nothing.
func Find(dir string, needles ...string) ([]Finding, error) {
	forms := map[string][]form{}
	for _, n := range needles {
		if len(n) < MinNeedle {
			return nil, fmt.Errorf("needle %q is shorter than %d bytes", n, MinNeedle)
		}
		forms[n] = formsOf(n)
	}
	var found []Finding
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a running server has removed it
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		content = append(content, "\n"+name...)
		for _, needle := range needles {
			if f, ok := first(content, forms[needle]); ok {
				found = append(found, Finding{name, needle, f})
			}
		}
		return err
	})
	if err == nil && files == 0 {
		err = fmt.Errorf("no files in %s", dir)
	}
	return found, err
}

type form struct {
	name  string
	bytes []byte
}

func first(content []byte, forms []form) (string, bool) {
	for _, f := range forms {
		if bytes.Contains(content, f.bytes) {
			return f.name, true
		}
	}
	return "", false
}

func formsOf(needle string) []form {
	var big, little []byte
	for _, u := range utf16.Encode([]rune(needle)) {
		big = append(big, byte(u>>8), byte(u))
		little = append(little, byte(u), byte(u>>8))
	}
	all := []form{
		{"UTF-8", []byte(needle)}, {"UTF-16BE", big}, {"UTF-16LE", little},
		{"hex", []byte(hex.EncodeToString([]byte(needle)))},
		{"hex", []byte(strings.ToUpper(hex.EncodeToString([]byte(needle))))},
		{"percent", []byte(url.QueryEscape(needle))}, {"percent", []byte(url.PathEscape(needle))},
		{"escaped", []byte(strings.Trim(strconv.QuoteToASCII(needle), `"`))},
	}
	for offset := range 3 {
		all = append(all,
			form{"base64", base64At(base64.RawStdEncoding, needle, offset)},
			form{"base64url", base64At(base64.RawURLEncoding, needle, offset)})
	}
	return all
}

// base64At encodes the needle as it appears behind offset bytes of something
// else, without the characters that the neighbours would change.
func base64At(e *base64.Encoding, needle string, offset int) []byte {
	text := e.EncodeToString(append(make([]byte, offset), needle...))
	head := []int{0, 2, 3}[offset]
	tail := []int{0, 1, 1}[(offset+len(needle))%3]
	return []byte(text[head : len(text)-tail])
}
