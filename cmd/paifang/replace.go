package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// replace writes a file beside its place and moves it there, so that whoever
// reads it, or runs it, has the old one or the new one whole.
func replace(path string, content []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
