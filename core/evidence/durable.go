package evidence

import (
	"errors"
	"os"
	"path/filepath"
)

// onDisk makes a blob durable where blobs are files: what the applicant has been
// told is kept survives a power cut. Other storage does that by itself, and
// then nothing is found here.
type onDisk struct{ file *os.File }

// find is called by the blob writer before the first byte.
func (d *onDisk) find(as func(any) bool) error {
	as(&d.file)
	return nil
}

// syncFile flushes the file before it gets its name.
func (d *onDisk) syncFile() error {
	if d.file == nil {
		return nil
	}
	return d.file.Sync()
}

// syncFolders flushes the names: the application's folder, which is new with its
// first file, the tenant's and the one of all blobs.
func (d *onDisk) syncFolders() error {
	if d.file == nil {
		return nil
	}
	var failed error
	folder := filepath.Dir(d.file.Name())
	for range 3 {
		f, err := os.Open(folder)
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		failed = errors.Join(failed, err)
		folder = filepath.Dir(folder)
	}
	return failed
}
