package host

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxKin bounds how many descendants of a provider are looked at.
const maxKin = 256

// kin are the processes that a provider in the directory started, wherever they
// went: a session of their own, or init after their parent's death. Everything
// that a provider starts has TMPDIR from it, unless it takes pains to be rid of
// that; who may run is decided by a signature, see docs/security.md.
func kin(dir string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() && livesIn(pid, dir) {
			found = append(found, pid)
		}
	}
	return found
}

// livesIn tells whether the temporary directory of a process is dir or below it.
func livesIn(pid int, dir string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return false
	}
	for _, v := range bytes.Split(env, []byte{0}) {
		if tmp, ok := strings.CutPrefix(string(v), "TMPDIR="); ok && (tmp == dir || strings.HasPrefix(tmp, dir+"/")) {
			return true
		}
	}
	return false
}

// endKin kills what is left of a provider. A process may start another while it
// is looked for, so that it is done again until none is found.
func endKin(dir string) {
	for range 5 {
		left := kin(dir)
		for _, pid := range left {
			killIn(pid, dir)
		}
		if len(left) == 0 {
			return
		}
	}
}

// killIn kills a process if it is still the one that was found: the number of one
// that has ended may be another's.
func killIn(pid int, dir string) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	if livesIn(pid, dir) {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}

// weight is the memory of a process and all that descend from it, in bytes.
func weight(pid int) int64 {
	sum := int64(0)
	for next, seen := []int{pid}, 0; len(next) > 0 && seen < maxKin; seen++ {
		sum += resident(next[0])
		next = append(next[1:], children(next[0])...)
	}
	return sum
}

// children lists what the threads of a process have started. Four times a second of each
// provider this is asked, which is why no pattern looks for the threads: that took three times as long.
func children(pid int) []int {
	dir := "/proc/" + strconv.Itoa(pid) + "/task/"
	threads, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var found []int
	for _, thread := range threads {
		text, err := os.ReadFile(dir + thread.Name() + "/children") //nolint:gosec // G304: the kernel's own list
		if err != nil {
			continue
		}
		for f := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(f); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}
