package vault

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
)

const maxMasterBytes = 64 << 10

// Master is a master key that can be rotated: a MasterFile, or a TransitKey.
type Master interface {
	tink.AEAD
	Marks() (newest []byte, older [][]byte, err error)
	Add() error
	Drop() error
}

// FileMaster opens the master key in a file: a Tink keyset as JSON, readable by
// its owner only. If there is no such file, a key is made first; of several
// processes that start together one makes it and all use it. A file that the
// group or others can read or write is refused (Forbidden).
//
// A file that is replaced is read anew before it is used next, so that a process
// that runs follows a rotation.
//
// Losing this file loses everything that was sealed. A KMS is used instead by
// giving Config.Master its tink.AEAD.
func FileMaster(path string) (*MasterFile, error) {
	m := &MasterFile{path: path}
	_, err := m.open()
	if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if err := makeMaster(path); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "make the master key")
	}
	_, err = m.open()
	return m, err
}

// MasterFile is the master key in a file. It is safe for concurrent use.
type MasterFile struct {
	path string
	mu   sync.Mutex
	seen os.FileInfo
	aead tink.AEAD
}

// Encrypt seals under the newest key.
func (m *MasterFile) Encrypt(plain, bound []byte) ([]byte, error) {
	opened, err := m.open()
	if err != nil {
		return nil, err
	}
	return opened.Encrypt(plain, bound)
}

// Decrypt opens what any key of the file has sealed.
func (m *MasterFile) Decrypt(sealed, bound []byte) ([]byte, error) {
	opened, err := m.open()
	if err != nil {
		return nil, err
	}
	return opened.Decrypt(sealed, bound)
}

// open gives the key as the file has it now.
func (m *MasterFile) open() (tink.AEAD, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, err := os.Stat(m.path)
	if err == nil && m.seen != nil && os.SameFile(now, m.seen) && now.ModTime().Equal(m.seen.ModTime()) && now.Size() == m.seen.Size() && now.Mode() == m.seen.Mode() {
		return m.aead, nil
	}
	handle, info, err := readMaster(m.path)
	if err != nil {
		return nil, err
	}
	opened, err := aead.New(handle)
	if err != nil {
		return nil, kyc.E(kyc.Internal, "master key %s is not an AEAD keyset", m.path)
	}
	m.seen, m.aead = info, opened
	return opened, nil
}

// Marks are what everything begins with that the newest key and the older ones
// have sealed.
func (m *MasterFile) Marks() (newest []byte, older [][]byte, err error) {
	handle, _, err := readMaster(m.path)
	if err != nil {
		return nil, nil, err
	}
	id, ids := keyIDs(handle)
	for _, o := range ids {
		older = append(older, Mark(o))
	}
	return Mark(id), older, nil
}

// Add makes a new key and lets everything be sealed under it from now on; what
// the older ones have sealed still opens.
func (m *MasterFile) Add() error { return m.change(addKey) }

// Drop destroys the older keys. What is still sealed under them is lost.
func (m *MasterFile) Drop() error { return m.change(dropOlder) }

// change replaces the file as a whole.
func (m *MasterFile) change(how func(*keyset.Handle) (*keyset.Handle, error)) error {
	handle, _, err := readMaster(m.path)
	if err != nil {
		return err
	}
	if handle, err = how(handle); err != nil {
		return kyc.Wrap(kyc.Internal, err, "change the master key")
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return kyc.Wrap(kyc.Internal, err, "write the master key")
	}
	dir, name := filepath.Dir(m.path), "."+filepath.Base(m.path)+".next"
	_ = os.Remove(filepath.Join(dir, name)) // of a sudden death
	if err := link(dir, name, text.Bytes()); err != nil {
		return kyc.Wrap(kyc.Internal, err, "write the master key")
	}
	if err := os.Rename(filepath.Join(dir, name), m.path); err != nil {
		return kyc.Wrap(kyc.Internal, err, "replace the master key")
	}
	return kyc.Wrap(kyc.Internal, syncDir(dir), "replace the master key")
}

func readMaster(path string) (*keyset.Handle, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "open the master key")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "open the master key")
	}
	if !info.Mode().IsRegular() {
		return nil, nil, kyc.E(kyc.Forbidden, "master key %s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, nil, kyc.E(kyc.Forbidden, "master key %s has mode %04o: others could read it; set it to 0600", path, perm)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMasterBytes))
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "read the master key")
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, nil, kyc.E(kyc.Internal, "master key %s is not a Tink keyset in JSON", path) // the cause could quote the key
	}
	return handle, info, nil
}

// makeMaster writes the key beside its place and links it there, so that the
// file is whole as soon as it exists, and the first of several makers wins.
func makeMaster(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := link(dir, filepath.Base(path), text.Bytes()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// link writes a file beside its place, for its owner only, and gives it its name
// when it is whole and on disk. ErrExist: the name is taken.
func link(dir, name string, content []byte) error {
	tmp, err := os.CreateTemp(dir, "."+name+"-*.new") // mode 0600, O_EXCL
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
