package host

import "golang.org/x/sys/unix"

// limitProcess bounds what a provider can take of the machine. Resident memory
// has no limit that a kernel keeps; supervision looks at it, see memory.go. The
// limit of the data segment is for what grows faster than that. Runtimes reserve
// much more than they use, which does not count until it can be written to.
func limitProcess(pid int, memory int64) {
	for resource, limit := range map[int]uint64{
		unix.RLIMIT_CORE:   0, // a core file would hold personal data
		unix.RLIMIT_NOFILE: 1024,
		unix.RLIMIT_FSIZE:  64 << 20,
		unix.RLIMIT_DATA:   uint64(max(4*memory, 1<<30)),
		unix.RLIMIT_NPROC:  2048, // of all that the user runs; root is not bound
	} {
		_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: limit, Max: limit}, nil)
	}
}
