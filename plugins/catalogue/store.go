package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// The files of an entry.
const (
	programFile   = "program"
	entryFile     = "entry.json"
	vectorsFolder = "vectors"
)

// Config says where entries are and whose are taken.
type Config struct {
	Dir           string     // made by the first Install
	Publishers    Publishers // whose signatures count
	Trusted       string     // file of them, read again for every entry, so that trust given or taken holds at once; "": Publishers
	AllowUnsigned bool       // entries without a signature are taken, too
	Clock         kyc.Clock
}

// Store is the folder of installed programs. It keeps nothing in memory, so
// that several processes can share it.
type Store struct{ Config }

// New makes a store; it touches nothing yet.
func New(c Config) *Store { return &Store{c} }

// Entry is a version that is installed.
type Entry struct {
	Statement
	Publisher string // "" when it is not signed
	Installed time.Time
	Trouble   string // why it cannot be run; "" when it can. List sets it.
}

// record is entry.json. The signed note is Statement, an empty line, Signature.
type record struct {
	Statement string    `json:"statement"`
	Signature string    `json:"signature,omitempty"`
	Installed time.Time `json:"installed"`
}

// place is the folder of an entry. Both names are checked, so that it is inside.
func (s *Store) place(name, version string) (string, error) {
	if err := ParseName(name); err != nil {
		return "", err
	}
	if err := ParseVersion(version); err != nil {
		return "", err
	}
	return filepath.Join(s.Dir, name, version), nil
}

// Entry tells what is installed under a name and a version. NotFound when
// nothing is; Invalid or Forbidden when it is not as it was installed, or not from
// a trusted publisher. The program itself is not read: see Verify.
func (s *Store) Entry(name, version string) (Entry, error) {
	dir, err := s.place(name, version)
	if err != nil {
		return Entry{}, err
	}
	for _, folder := range []string{s.Dir, filepath.Dir(dir), dir} {
		err := Owned(folder, fs.ModeDir)
		if errors.Is(err, fs.ErrNotExist) {
			return Entry{}, kyc.E(kyc.NotFound, "%s %s is not installed here", name, version)
		}
		if err != nil {
			return Entry{}, kyc.Wrap(kyc.Invalid, err, "store of providers")
		}
	}
	r, err := readRecord(filepath.Join(dir, entryFile))
	if err != nil {
		return Entry{}, kyc.Wrap(kyc.Invalid, err, "entry of "+name+" "+version)
	}
	e, err := s.judge(r)
	if err == nil && (e.Name != name || e.Version != version) {
		err = kyc.E(kyc.Invalid, "the entry says that it is %s %s", e.Name, e.Version)
	}
	return e, err
}

func readRecord(path string) (record, error) {
	var r record
	f, info, err := openOwned(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	if info.Size() > 4*maxStatement {
		return r, errors.New("it is too long")
	}
	raw, err := io.ReadAll(io.LimitReader(f, 4*maxStatement))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(raw, &r)
}

// judge tells what a record says and whether it counts.
func (s *Store) judge(r record) (e Entry, err error) {
	e.Installed = r.Installed
	if r.Signature != "" {
		trusted, err := s.Trust()
		if err != nil {
			return e, err
		}
		e.Statement, e.Publisher, err = trusted.Open(r.Statement + "\n" + r.Signature)
		return e, err
	}
	if !s.AllowUnsigned {
		return e, errUnsigned()
	}
	e.Statement, err = ParseStatement(r.Statement)
	return e, err
}

// Trust is whose signatures count now.
func (s *Store) Trust() (Publishers, error) {
	if s.Trusted == "" {
		return s.Publishers, nil
	}
	return ReadPublishers(s.Trusted)
}

func errUnsigned() error {
	return kyc.E(kyc.Forbidden, "it is not signed by a publisher, and unsigned providers are not allowed")
}

// Program opens a program and checks that it is the one that was installed. It
// is to be executed through this descriptor, never by its path again. The
// caller closes it.
func (s *Store) Program(name, version string) (*os.File, []byte, error) {
	e, err := s.Entry(name, version)
	if err != nil {
		return nil, nil, err
	}
	f, info, err := openOwned(filepath.Join(s.Dir, name, version, programFile))
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Invalid, err, "program of "+name+" "+version)
	}
	sum, err := hashed(f, info, e.Statement)
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, sum, nil
}

// hashed reads a program to its end and goes back to its beginning.
func hashed(f *os.File, info fs.FileInfo, s Statement) ([]byte, error) {
	changed := kyc.E(kyc.Invalid, "digest: the program of %s %s is not the one that was installed", s.Name, s.Version)
	if info.Size() != s.Size || info.Mode()&0o100 == 0 {
		return nil, changed
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, MaxProgram+1)); err != nil {
		return nil, kyc.Wrap(kyc.Unavailable, err, "read a program")
	}
	sum := h.Sum(nil)
	if hex.EncodeToString(sum) != s.SHA256 {
		return nil, changed
	}
	_, err := f.Seek(0, io.SeekStart)
	return sum, kyc.Wrap(kyc.Unavailable, err, "read a program")
}

// Verify reads everything of an entry and tells whether it is as it was
// installed.
func (s *Store) Verify(name, version string) error {
	f, _, err := s.Program(name, version)
	if err != nil {
		return err
	}
	_, err = s.Vectors(name, version)
	return errors.Join(err, f.Close())
}

// Vectors gives the golden vectors of an entry by the names of their files,
// after comparing their digests. None is no error.
func (s *Store) Vectors(name, version string) (map[string][]byte, error) {
	e, err := s.Entry(name, version)
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	dir := filepath.Join(s.Dir, name, version, vectorsFolder)
	for _, v := range e.Statement.Vectors {
		f, info, err := openOwned(filepath.Join(dir, v.Name))
		if err != nil {
			return nil, kyc.Wrap(kyc.Invalid, err, "golden vectors of "+name+" "+version)
		}
		content, err := io.ReadAll(io.LimitReader(f, MaxVector))
		_ = f.Close()
		if err != nil || info.Size() != int64(len(content)) || digest(content) != v.SHA256 {
			return nil, kyc.E(kyc.Invalid, "the golden vectors %s of %s %s are not those that were installed", v.Name, name, version)
		}
		found[v.Name] = content
	}
	return found, nil
}

// List lists what is installed, by name, the newest version first. What cannot
// be run is listed with its trouble. A store that is not there is empty.
func (s *Store) List() ([]Entry, error) {
	var list []Entry
	there, err := folders(s.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range there {
		if ParseName(name) != nil {
			continue
		}
		found, err := versions(s.Dir, name)
		if err != nil {
			return nil, err
		}
		for _, version := range found {
			e, err := s.Entry(name, version)
			if err != nil {
				e.Name, e.Version, e.Trouble = name, version, err.Error()
			}
			list = append(list, e)
		}
	}
	return list, nil
}

// Versions lists the versions of a provider that are installed and can be run,
// the newest first.
func (s *Store) Versions(name string) ([]Entry, error) {
	all, err := s.List()
	return slices.DeleteFunc(all, func(e Entry) bool { return e.Name != name || e.Trouble != "" }), err
}

// Holds tells whether there is any version of a provider.
func (s *Store) Holds(name string) bool {
	if ParseName(name) != nil {
		return false
	}
	found, err := versions(s.Dir, name)
	return err == nil && len(found) > 0
}

func versions(dir, name string) ([]string, error) {
	found, err := folders(filepath.Join(dir, name))
	found = slices.DeleteFunc(found, func(v string) bool { return ParseVersion(v) != nil })
	slices.SortFunc(found, func(a, b string) int { return Newer(b, a) })
	return found, err
}

// folders names what is in a folder; what begins with a dot is being installed.
func folders(dir string) ([]string, error) {
	found, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []string
	for _, f := range found {
		if !strings.HasPrefix(f.Name(), ".") {
			list = append(list, f.Name())
		}
	}
	return list, kyc.Wrap(kyc.Invalid, err, "store of providers")
}
