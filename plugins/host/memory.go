package host

import (
	"os"
	"strconv"
	"strings"
)

// usualMemory is what a provider may have when nothing else is said.
const usualMemory = 256 << 20

func memoryOr(bytes int64) int64 {
	if bytes <= 0 {
		return usualMemory
	}
	return bytes
}

// resident is the memory that a process has, in bytes; 0 when it cannot be told.
func resident(pid int) int64 {
	if pid <= 0 {
		return 0
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
