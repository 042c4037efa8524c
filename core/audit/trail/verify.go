package trail

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/paifang/paifang/core/kyc"
)

// Broken says that a record is not what was signed, and where.
type Broken struct {
	Line int64  // up to which all was well
	Why  string // in English
}

func (b *Broken) Error() string {
	return fmt.Sprintf("after line %d: %s", b.Line, b.Why)
}

// Options of Verify.
type Options struct {
	// Keys are verifier keys that the auditor got by another way. Each must be one
	// of those that sign the log. Without any, the log is checked against itself.
	Keys []Key
	// Known are signed checkpoints that the auditor kept: the log must still hold
	// what they hold.
	Known []string
	// Progress, which may be nil, is told every 10,000 lines how many were read.
	Progress func(lines int64)
}

// Report is what was verified.
type Report struct {
	Tenant      kyc.TenantID
	Lines       int64
	Checkpoints int // in the bundle
	First, Last kyc.Millis
	Newest      Checkpoint
	Keys        []Key // that signed, in their order
	Known       int   // checkpoints of the auditor's that it was held against
}

// Verify reads a bundle and proves that it is whole: each line in its place as it
// was sealed, under checkpoints that the log's keys signed, each key named by the
// one before. It needs nothing but the bundle, reads it once, and keeps a few
// hashes of it in memory. *Broken says that it is not whole; other errors that it
// could not be read.
//
// What no bundle can show by itself is that lines were cut off behind an older
// checkpoint, or that somebody else was shown another history: that needs a
// checkpoint kept from before (Options.Known).
func Verify(from io.Reader, o Options) (Report, error) {
	v := &verifying{in: newReader(from), known: map[int64][]Checkpoint{}, Options: o}
	err := v.run()
	v.report.Lines = v.tree.Size()
	return v.report, err
}

type verifying struct {
	Options
	in     *reader
	tree   Tree
	origin string
	key    Key // that signs now
	known  map[int64][]Checkpoint
	proved int64 // lines under the last checkpoint
	report Report
}

func (v *verifying) broken(format string, args ...any) error {
	return &Broken{v.tree.Size(), fmt.Sprintf(format, args...)}
}

func (v *verifying) run() error {
	for i, signed := range v.Known {
		c, err := Peek(signed)
		if err != nil {
			return fmt.Errorf("checkpoint %d that was kept %w", i+1, err)
		}
		v.known[c.Size] = append(v.known[c.Size], c)
	}
	if err := v.header(); err != nil {
		return err
	}
	for {
		e, err := v.in.next()
		if err != nil {
			return v.unread(err)
		}
		switch {
		case e.line != nil:
			err = v.line(e.line)
		case e.note != "":
			err = v.checkpoint(e.note)
		default:
			return v.end(e.size)
		}
		if err != nil {
			return err
		}
	}
}

func (v *verifying) unread(err error) error {
	var form *formError
	if errors.As(err, &form) {
		return v.broken("%s", form.why)
	}
	return err
}

func (v *verifying) header() error {
	h, err := v.in.header()
	if err != nil {
		return v.unread(err)
	}
	v.report.Tenant, v.origin = h.tenant, h.origin
	if v.key, err = ParseKey(h.key); err != nil {
		return v.broken("the first key %v", err)
	}
	if v.key.Name() != v.origin {
		return v.broken("the first key is of another log")
	}
	v.report.Keys = []Key{v.key}
	return nil
}

func (v *verifying) line(raw []byte) error {
	l, err := Decode(raw)
	if err != nil {
		return v.broken("the next line %v", err)
	}
	if want := v.tree.Size() + 1; l.Seq != want {
		return v.broken("line %d is missing or out of its place: line %d comes instead", want, l.Seq)
	}
	if l.Tenant != v.report.Tenant {
		return v.broken("the next line is of another tenant")
	}
	if v.report.First == 0 {
		v.report.First = l.At
	}
	v.report.Last = l.At
	v.tree.Add(tlog.RecordHash(raw))
	if n := v.tree.Size(); n%10_000 == 0 && v.Progress != nil {
		v.Progress(n)
	}
	return v.hold()
}

// hold holds the tree so far against what the auditor kept.
func (v *verifying) hold() error {
	for _, c := range v.known[v.tree.Size()] {
		if c.Origin != v.origin {
			return v.broken("the checkpoint of %d lines that was kept is of another log, %s", c.Size, c.Origin)
		}
		if root := v.tree.Root(); root != c.Root {
			return v.broken("the history forks: the checkpoint that was kept of these %d lines has root %s, the record has %s", c.Size, c.Root, root)
		}
	}
	return nil
}

func (v *verifying) checkpoint(signed string) error {
	c, err := Peek(signed)
	if err != nil {
		return v.broken("the next checkpoint %v", err)
	}
	keys := []Key{v.key}
	if c.Next != "" {
		heir, err := ParseKey(c.Next)
		if err != nil || heir.Name() != v.origin {
			return v.broken("the key that the next checkpoint names is not one of this log")
		}
		keys = append(keys, heir)
	}
	if c, err = Open(signed, keys...); err != nil {
		return v.broken("the next checkpoint %v", err)
	}
	switch n := v.tree.Size(); {
	case c.Origin != v.origin:
		return v.broken("the next checkpoint is of another log")
	case c.Size > n:
		return v.broken("lines are missing: a checkpoint was signed of %d", c.Size)
	case c.Size < n || c.Size == v.proved:
		return v.broken("the checkpoint of %d lines is out of its place", c.Size)
	case c.Root != v.tree.Root():
		return v.broken("the lines from %d to %d are not those that checkpoint %d was signed of: one was changed, removed or put in", v.proved+1, n, n)
	}
	v.proved = c.Size
	v.report.Newest = c
	v.report.Checkpoints++
	if c.Next != "" {
		v.key = keys[1]
		v.report.Keys = append(v.report.Keys, v.key)
	}
	return nil
}

func (v *verifying) end(size int64) error {
	switch n := v.tree.Size(); {
	case n != v.proved:
		return v.broken("no checkpoint was signed of the last %d lines", n-v.proved)
	case n == 0:
		return v.broken("there is no line")
	case size != n:
		return v.broken("there should be %d lines", size)
	}
	for _, pinned := range v.Keys {
		if !v.signs(pinned) {
			return v.broken("key %s, which was given to check against, does not sign this log", pinned.ID())
		}
	}
	for size, kept := range v.known {
		if size > v.tree.Size() {
			return v.broken("the end is cut off: a checkpoint was kept of %d lines", size)
		}
		v.report.Known += len(kept)
	}
	for _, signed := range v.Known {
		if !v.signed(signed) {
			return v.broken("a checkpoint that was kept is not signed by a key of this log")
		}
	}
	return nil
}

func (v *verifying) signs(key Key) bool {
	return slices.ContainsFunc(v.report.Keys, func(k Key) bool { return k.Text == key.Text })
}

// signed tells whether one of the log's keys signed a checkpoint.
func (v *verifying) signed(signed string) bool {
	opened, err := note.Open([]byte(signed), verifiers(v.report.Keys))
	return err == nil && len(opened.Sigs) > 0
}
