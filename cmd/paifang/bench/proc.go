package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/<pid>/stat: Linux tells user space 100 a second on
// every architecture that Go runs on.
const tick = 10 * time.Millisecond

// process is one of the processes that this one started, or that these did.
type process struct {
	pid, parent int
	name        string
	cpu         time.Duration // its own and that of children that have ended
	rss         int64         // bytes
}

// processes lists them all.
func processes() []process {
	entries, _ := os.ReadDir("/proc")
	var all []process
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := readProcess(pid); ok {
				all = append(all, p)
			}
		}
	}
	ours := map[int]bool{os.Getpid(): true}
	var found []process
	for range all { // until no more are found; the tree is a few levels deep
		before := len(found)
		for _, p := range all {
			if ours[p.parent] && !ours[p.pid] {
				ours[p.pid] = true
				found = append(found, p)
			}
		}
		if len(found) == before {
			break
		}
	}
	slices.SortFunc(found, func(a, b process) int { return a.pid - b.pid })
	return found
}

// readProcess reads /proc/<pid>/stat (proc(5)). The name is in parentheses and
// may hold anything.
func readProcess(pid int) (process, bool) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return process{}, false
	}
	head, tail, ok := strings.Cut(string(raw), ") ")
	if !ok {
		return process{}, false
	}
	_, name, _ := strings.Cut(head, "(")
	fields := strings.Fields(tail)
	const parent, utime, cstime, rss = 1, 11, 14, 21 // counted from the state on
	if len(fields) <= rss {
		return process{}, false
	}
	number := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
	if argv, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")); err == nil && name != "paifang" {
		// Providers are executed by file descriptor, which is then their name.
		name, _, _ = strings.Cut(string(argv), "\x00")
	}
	p := process{pid: pid, parent: int(number(parent)), name: name, rss: number(rss) * int64(os.Getpagesize())}
	for i := utime; i <= cstime; i++ {
		p.cpu += time.Duration(number(i)) * tick
	}
	return p, true
}

// spent is the time that they have used.
type spent struct{ gateway, providers, database time.Duration }

func cpu() (sum spent) {
	gateway := 0
	for _, p := range processes() {
		switch {
		case p.name == "paifang":
			sum.gateway += p.cpu
			gateway = p.pid
		case p.parent == gateway && gateway > 0:
			sum.providers += p.cpu
		default:
			sum.database += p.cpu
		}
	}
	return sum
}

func (s spent) minus(t spent) spent {
	return spent{s.gateway - t.gateway, s.providers - t.providers, s.database - t.database}
}

func (s spent) plus(t spent) spent {
	return spent{s.gateway + t.gateway, s.providers + t.providers, s.database + t.database}
}

func (s spent) sum() time.Duration { return s.gateway + s.providers + s.database }

// memory is the resident memory of the gateway, of each provider, and of the
// database, in MB. Pages that processes share are counted in each.
type memory struct {
	Gateway   float64            `json:"gateway_mb"`
	Providers map[string]float64 `json:"providers_mb"`
	Database  float64            `json:"database_mb,omitempty"`
}

func resident() memory {
	m := memory{Providers: map[string]float64{}}
	gateway := 0
	for _, p := range processes() {
		mb := float64(p.rss) / (1 << 20)
		switch {
		case p.name == "paifang":
			m.Gateway, gateway = mb, p.pid
		case p.parent == gateway && gateway > 0:
			m.Providers[p.name] += mb
		default:
			m.Database += mb
		}
	}
	return m
}

// own is what the gateway and its providers use together.
func (m memory) own() float64 {
	sum := m.Gateway
	for _, mb := range m.Providers {
		sum += mb
	}
	return sum
}

func (m memory) String() string {
	names := []string{}
	for name, mb := range m.Providers {
		names = append(names, fmt.Sprintf("%s %.0f", name, mb))
	}
	slices.Sort(names)
	return fmt.Sprintf("%.0f MB (gateway %.0f, %s)", m.own(), m.Gateway, strings.Join(names, ", "))
}

// watchMemory keeps the highest until the returned function is called.
func watchMemory() func() memory {
	stop, done := make(chan struct{}), make(chan memory)
	go func() {
		var most memory
		for {
			if now := resident(); now.own() > most.own() {
				most = now
			}
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() memory { close(stop); return <-done }
}
