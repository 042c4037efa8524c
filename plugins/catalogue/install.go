package catalogue

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Package is what is installed: a program as its publisher gave it out.
type Package struct {
	Statement Statement
	Signed    string // the signed note with the same statement; "" for none
	Program   []byte
	Vectors   map[string][]byte
}

// Check tells whether a package may be installed: whether it is what its
// statement says, and whether a trusted publisher says so. It is to be asked before the
// program is run for the first time.
func (s *Store) Check(p Package) (publisher string, err error) {
	said, err := Describe(p.Statement.Name, p.Statement.Version, p.Statement.Kinds, p.Program, p.Vectors)
	if err != nil {
		return "", err
	}
	if said.Text() != p.Statement.Text() {
		return "", kyc.E(kyc.Forbidden, "the program or its golden vectors are not those that the statement is about")
	}
	if p.Signed == "" {
		if !s.AllowUnsigned {
			return "", errUnsigned()
		}
		return "", nil
	}
	trusted, err := s.Trust()
	if err != nil {
		return "", err
	}
	signed, publisher, err := trusted.Open(p.Signed)
	if err == nil && signed.Text() != p.Statement.Text() {
		err = kyc.E(kyc.Forbidden, "what is signed is not this program")
	}
	return publisher, err
}

// Install puts a package into the store, whole or not at all. The same package
// again changes nothing; Conflict when the version is there with anything else
// in it.
func (s *Store) Install(p Package) (Entry, error) {
	publisher, err := s.Check(p)
	if err != nil {
		return Entry{}, err
	}
	name, version := p.Statement.Name, p.Statement.Version
	there, err := s.Entry(name, version)
	switch {
	case err == nil:
		return s.same(there, p)
	case kyc.CodeOf(err) != kyc.NotFound:
		return Entry{}, err
	}
	r := record{Statement: p.Statement.Text(), Installed: s.Clock().UTC().Truncate(time.Second)}
	if p.Signed != "" {
		r.Signature = strings.TrimPrefix(p.Signed, r.Statement+"\n")
	}
	err = s.lay(r, p)
	if errors.Is(err, fs.ErrExist) { // somebody else was quicker
		if there, err = s.Entry(name, version); err == nil {
			return s.same(there, p)
		}
	}
	return Entry{Statement: p.Statement, Publisher: publisher, Installed: r.Installed}, kyc.Wrap(kyc.Unavailable, err, "install a provider")
}

// same accepts an entry that is already what is to be installed.
func (s *Store) same(there Entry, p Package) (Entry, error) {
	if there.Text() != p.Statement.Text() {
		return Entry{}, kyc.E(kyc.Conflict, "%s %s is installed already with another program or other golden vectors: a version never changes, give this one another number", there.Name, there.Version)
	}
	return there, s.Verify(there.Name, there.Version)
}

// lay writes an entry beside its place and moves it there.
func (s *Store) lay(r record, p Package) error {
	parent := filepath.Join(s.Dir, p.Statement.Name)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	for _, folder := range []string{s.Dir, parent} {
		if err := Owned(folder, fs.ModeDir); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // nothing once it was moved
	if err := fill(dir, r, p); err != nil {
		return err
	}
	if err := os.Rename(dir, filepath.Join(parent, p.Statement.Version)); err != nil {
		return err
	}
	return syncFolder(parent)
}

func fill(dir string, r record, p Package) error {
	raw, err := json.MarshalIndent(r, "", "\t")
	if err == nil {
		err = write(filepath.Join(dir, entryFile), append(raw, '\n'), 0o400)
	}
	if err == nil {
		err = write(filepath.Join(dir, programFile), p.Program, 0o500)
	}
	if err == nil && len(p.Vectors) > 0 {
		err = os.Mkdir(filepath.Join(dir, vectorsFolder), 0o700)
	}
	for name, content := range p.Vectors {
		if err == nil {
			err = write(filepath.Join(dir, vectorsFolder, name), content, 0o400)
		}
	}
	if err != nil {
		return err
	}
	return syncFolder(dir)
}

// Remove takes a version out of the store, whole, even one that is spoilt. A
// process that runs it goes on. NotFound when it is not there.
func (s *Store) Remove(name, version string) error {
	dir, err := s.place(name, version)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return kyc.E(kyc.NotFound, "%s %s is not installed here", name, version)
	}
	away, err := os.MkdirTemp(filepath.Dir(dir), ".old-*")
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "remove a provider")
	}
	err = os.Rename(dir, filepath.Join(away, version))
	err = errors.Join(err, os.RemoveAll(away))
	_ = os.Remove(filepath.Dir(dir)) // when it was the last version
	return kyc.Wrap(kyc.Unavailable, err, "remove a provider")
}
