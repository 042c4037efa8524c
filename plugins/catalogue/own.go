package catalogue

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Owned tells whether a path is of the given type (0: a regular file) and can
// be written by nobody but root and ourselves. Links are not followed. The error
// says what is wrong with the file's name, without its folder.
func Owned(path string, kind fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	return OwnedInfo(info, kind)
}

// OwnedInfo is Owned of what is known of a file already, such as an open one.
func OwnedInfo(info fs.FileInfo, kind fs.FileMode) error {
	if info.Mode().Type() != kind {
		return fmt.Errorf("%s is not what it should be", info.Name())
	}
	if info.Mode()&0o022 != 0 {
		return fmt.Errorf("others may write to %s: chmod go-w", info.Name())
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != 0 && int(s.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to somebody else", info.Name())
	}
	return nil
}

// openOwned opens a regular file that is no link and that nobody else may write.
func openOwned(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = OwnedInfo(info, 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// write makes a file and sees that it is on the disk.
func write(path string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // G304: names are checked, the folder is ours
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func syncFolder(path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
