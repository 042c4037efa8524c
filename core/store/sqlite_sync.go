package store

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/paifang/paifang/core/kyc"
)

// walSync makes what SQLite has committed durable, for many commits at once.
// SQLite itself would sync within each commit (synchronous=FULL), while nobody
// else can write. It only writes (synchronous=NORMAL), and whoever must know
// that a commit survives a power cut waits here: the log is synced as a whole,
// and what is committed meanwhile shares the next time. SQLite still syncs what
// the log's order rests on: its header, and everything around a checkpoint.
type walSync struct {
	path string // of the write-ahead log

	mu     sync.Mutex
	next   *syncing // that has not begun; nil: nobody waits
	busy   bool
	failed error // of the first sync that the disk refused

	file *os.File // only the one that works uses it
}

type syncing struct {
	done chan struct{}
	err  error
}

// broken is the error of a sync that failed before, if any. It stays until the
// program starts again: the kernel may have dropped what it could not write, and
// calls the next sync a success all the same.
func (w *walSync) broken() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// wait returns once everything that was committed before is durable.
func (w *walSync) wait() error {
	w.mu.Lock()
	if w.failed != nil {
		defer w.mu.Unlock()
		return w.failed
	}
	if w.next == nil {
		w.next = &syncing{done: make(chan struct{})}
		if !w.busy {
			w.busy = true
			go w.work()
		}
	}
	mine := w.next
	w.mu.Unlock()
	<-mine.done
	return mine.err
}

// work syncs until nobody waits.
func (w *walSync) work() {
	for {
		w.mu.Lock()
		now := w.next
		w.next = nil
		w.busy = now != nil
		w.mu.Unlock()
		if now == nil {
			return
		}
		now.err = w.sync()
		close(now.done)
	}
}

func (w *walSync) sync() error {
	if w.file != nil {
		// The log is removed when the last connection of all programs closes.
		var info unix.Stat_t
		if err := unix.Fstat(int(w.file.Fd()), &info); err != nil || info.Nlink == 0 {
			_ = w.file.Close()
			w.file = nil
		}
	}
	if w.file == nil {
		var err error
		if w.file, err = os.Open(w.path); err != nil {
			return kyc.E(kyc.Unavailable, "the write-ahead log cannot be opened to sync it")
		}
	}
	if err := unix.Fdatasync(int(w.file.Fd())); err != nil {
		err = kyc.Wrap(kyc.Unavailable, os.NewSyscallError("fdatasync", err), "sync the write-ahead log; nothing is written until a restart")
		w.mu.Lock()
		w.failed = err
		w.mu.Unlock()
		return err
	}
	return nil
}

func (w *walSync) close() {
	if w != nil && w.file != nil {
		_ = w.file.Close()
	}
}

// passing tells whether a change need not survive a power cut the moment it is
// made. One that only counts and spends: budgets, single-use tokens, when a session
// was seen; its last moments may be undone, for they bound what somebody can do in
// an hour. And one that says that a message was sent: nobody waits for it, and until
// it is durable the message's job is there, which sends with the same idempotency
// key again. A process that dies undoes nothing.
func passing(change kyc.Change) bool {
	sent := false
	for _, w := range change {
		switch w := w.(type) {
		case kyc.TakeBudget, kyc.UseOnce, kyc.TouchSession, kyc.AdjustBudget:
		case kyc.SaveMessage:
			if w.State != kyc.MessageSent {
				return false
			}
			sent = true
		case kyc.AppendAudit:
			if !sent { // the line of the message before it
				return false
			}
		default:
			return false
		}
	}
	return true
}
