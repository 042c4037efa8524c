package vault

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
)

const maxMasterBytes = 64 << 10

// FileMaster opens the master key in a file: a Tink keyset as JSON, readable by
// its owner only. If there is no such file, a key is made first; of several
// processes that start together one makes it and all use it. A file that the
// group or others can read or write is refused (Forbidden).
//
// Losing this file loses everything that was sealed. A KMS is used instead by
// giving Config.Master its tink.AEAD.
func FileMaster(path string) (tink.AEAD, error) {
	master, err := readMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return master, err
	}
	if err := makeMaster(path); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "make the master key")
	}
	return readMaster(path)
}

func readMaster(path string) (tink.AEAD, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "open the master key")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "open the master key")
	}
	if !info.Mode().IsRegular() {
		return nil, kyc.E(kyc.Forbidden, "master key %s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, kyc.E(kyc.Forbidden, "master key %s has mode %04o: others could read it; set it to 0600", path, perm)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMasterBytes))
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "read the master key")
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, kyc.E(kyc.Internal, "master key %s is not a Tink keyset in JSON", path) // the cause could quote the key
	}
	master, err := aead.New(handle)
	if err != nil {
		return nil, kyc.E(kyc.Internal, "master key %s is not an AEAD keyset", path)
	}
	return master, nil
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
