package host

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/paifang/paifang/core/kyc"
	programs "github.com/paifang/paifang/plugins/catalogue"
)

// maxRunDir keeps socket paths below the 107 bytes that a Unix address can
// hold: the rest of the path takes up to 52.
const maxRunDir = 55

// sockets is this host's private directory. A lock tells it from those that
// hosts which died have left behind.
type sockets struct {
	dir  string
	lock *os.File
	next atomic.Int64
}

func openSockets(run string) (*sockets, error) {
	abs, err := filepath.Abs(run)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "socket directory")
	}
	if len(abs) > maxRunDir {
		abs = filepath.Join(os.TempDir(), "paifang-"+strconv.Itoa(os.Geteuid()))
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "socket directory")
	}
	if err := programs.Owned(abs, os.ModeDir); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "socket directory")
	}
	// While one host makes and locks its directory no other sweeps.
	door, err := locked(abs, os.O_RDONLY, 0)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "socket directory")
	}
	defer door.Close()
	sweep(abs)
	dir, err := os.MkdirTemp(abs, "h")
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "socket directory")
	}
	lock, err := locked(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, syscall.LOCK_NB)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "socket directory")
	}
	return &sockets{dir: dir, lock: lock}, nil
}

// locked opens a file or directory and locks it.
func locked(path string, flags, how int) (*os.File, error) {
	f, err := os.OpenFile(path, flags, 0o600) //nolint:gosec // G304: in the directory of ours
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|how); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// make makes the directory of one generation.
func (s *sockets) make() (string, error) {
	dir := filepath.Join(s.dir, strconv.FormatInt(s.next.Add(1), 36))
	return dir, os.Mkdir(dir, 0o700)
}

func (s *sockets) close() {
	os.RemoveAll(s.dir)
	s.lock.Close()
}

// sweep ends what hosts that no longer hold their lock have left: processes that
// their providers had started, and the directories.
func sweep(run string) {
	entries, err := os.ReadDir(run)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), "h") {
			continue
		}
		dir := filepath.Join(run, e.Name())
		lock, err := locked(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, syscall.LOCK_NB)
		if err != nil {
			continue // its host lives
		}
		endKin(dir)
		os.RemoveAll(dir)
		lock.Close()
	}
}
