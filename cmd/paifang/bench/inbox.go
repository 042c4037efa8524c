package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inbox tells whoever waits for it about a message as soon as its file appears
// in the sandbox mailbox, without asking the gateway.
type inbox struct {
	dir    string
	notify *os.File

	mu      sync.Mutex
	waiting map[string]chan string // texts by recipient
}

func openInbox(dir string) (*inbox, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	b := &inbox{dir: dir, notify: os.NewFile(uintptr(fd), "inotify"), waiting: map[string]chan string{}}
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_MOVED_TO); err != nil {
		return nil, os.NewSyscallError("inotify_add_watch", err)
	}
	go b.watch()
	return b, nil
}

// watch reads names of files until the inbox is closed.
func (b *inbox) watch() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := b.notify.Read(buffer)
		if err != nil {
			return
		}
		for rest := buffer[:n]; len(rest) >= unix.SizeofInotifyEvent; {
			event := (*unix.InotifyEvent)(unsafe.Pointer(&rest[0]))
			end := unix.SizeofInotifyEvent + int(event.Len)
			name := string(bytes.TrimRight(rest[unix.SizeofInotifyEvent:end], "\x00"))
			rest = rest[end:]
			if strings.HasSuffix(name, ".json") {
				b.deliver(filepath.Join(b.dir, name))
			}
		}
	}
}

func (b *inbox) deliver(path string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return // pruned already
	}
	var letter struct{ To, Text string }
	if json.Unmarshal(raw, &letter) != nil {
		return
	}
	b.mu.Lock()
	to := b.waiting[letter.To]
	b.mu.Unlock()
	if to != nil {
		to <- letter.Text
	}
}

// await gives a channel of the texts sent to somebody from now on; at most four
// are kept.
func (b *inbox) await(to string) chan string {
	c := make(chan string, 4)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[to] = c
	return c
}

func (b *inbox) forget(to string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waiting, to)
}

var codeInText = regexp.MustCompile(`\b\d{6}\b`)
