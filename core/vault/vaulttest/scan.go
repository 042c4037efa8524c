// Package vaulttest looks for clear personal data in what a test has left on
// disk: databases and their logs, blobs, job queues, log files.
package vaulttest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// MinNeedle is the shortest needle in bytes; shorter ones would turn up by chance.
const MinNeedle = 6

// Scan fails the test for every file below dir, the names of files included, that
// holds one of the needles; Find says in which forms.
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

// Find looks for every needle as it is, in small letters, in capitals and without
// separators, each of these as UTF-8, as UTF-16 of both byte orders, in base64 of
// both alphabets at any offset, in hex of both cases, as JSON escapes and
// percent-encoded. UTF-8 is found in whatever mixture of ASCII letters, and also
// where separators were put in between. Needles of six digits, which turn up
// within other numbers, count as UTF-8 only where no letter, digit or point is
// beside them. Each needle is told once a file. A folder without any file is an
// error: it would prove nothing.
func Find(dir string, needles ...string) ([]Finding, error) {
	plan, err := newPlan(needles)
	if err != nil {
		return nil, err
	}
	var found []Finding
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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
		found = append(found, plan.in(name, append(content, "\n"+name...))...)
		return err
	})
	if err == nil && files == 0 {
		err = fmt.Errorf("no files in %s", dir)
	}
	return found, err
}

// plan is what is looked for in each of three readings of a file: as it is, without
// regard to ASCII case, and without separators, too.
type plan struct {
	needles               []string
	exact, folded, packed *patterns
}

func newPlan(needles []string) (*plan, error) {
	p := &plan{needles: needles, exact: newPatterns(), folded: newPatterns(), packed: newPatterns()}
	for i, n := range needles {
		if len(n) < MinNeedle {
			return nil, fmt.Errorf("needle %q is shorter than %d bytes", n, MinNeedle)
		}
		for _, f := range formsOf(n) {
			to := map[reading]*patterns{exactly: p.exact, foldedCase: p.folded, withoutSeparators: p.packed}[f.reading]
			to.add(pattern{bytes: f.bytes, needle: i, form: f.name, whole: f.whole})
		}
	}
	return p, nil
}

// in tells the needles in a file.
func (p *plan) in(name string, content []byte) []Finding {
	seen := map[int]bool{}
	var found []Finding
	note := func(x pattern) {
		if !seen[x.needle] {
			seen[x.needle] = true
			found = append(found, Finding{name, p.needles[x.needle], x.form})
		}
	}
	p.exact.search(content, note)
	folded := foldASCII(content)
	p.folded.search(folded, note)
	p.packed.search(pack(folded), note)
	return found
}

// foldASCII makes ASCII letters small and leaves all other bytes alone.
func foldASCII(b []byte) []byte {
	folded := bytes.Clone(b)
	for i, c := range folded {
		if c >= 'A' && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return folded
}

// separators of numbers, names and addresses. Line ends are none: what stands in
// different rows was not written as one.
const separators = " -./()+<>:,;_'\u00a0\u00b7"

// pack leaves out separators.
func pack(b []byte) []byte {
	packed := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c < 0x80 && bytes.IndexByte([]byte(separators), c) >= 0 {
			continue
		}
		if c == 0xc2 && i+1 < len(b) && (b[i+1] == 0xa0 || b[i+1] == 0xb7) {
			i++
			continue
		}
		packed = append(packed, c)
	}
	return packed
}
