package journeys

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// full tells whether the long form is asked for: make endurance.
func full() bool { return os.Getenv("PAIFANG_ENDURANCE") != "" }

// TestCrowd: 64 clients register at once, and nobody is refused.
func TestCrowd(t *testing.T) {
	const clients = 64
	long := 4 * time.Second
	if full() {
		long = time.Minute
	}
	databases(t, func(t *testing.T, s *server) {
		post := watchMail(s.data)
		defer post.close()
		begin, end := time.Now(), time.Now().Add(long)
		var mu sync.Mutex
		var walked []*walker
		var all sync.WaitGroup
		for c := range clients {
			all.Go(func() {
				for n := 0; time.Now().Before(end); n++ {
					w := newWalker(func() string { return s.base }, post, c*1000+n)
					ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // on a busy machine
					if err := w.walk(ctx); err != nil {
						t.Errorf("client %d, journey %d: %v", c, n, err)
					}
					cancel()
					mu.Lock()
					walked = append(walked, w)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		took := time.Since(begin)
		for _, w := range walked {
			if len(w.refused) > 0 || w.lost > 0 {
				t.Errorf("refused with %v, %d requests without answer", w.refused, w.lost)
			}
		}
		t.Logf("%d journeys in %v: %.1f a second, peak of memory %d MB (core), %d MB (with providers)", len(walked), took.Round(time.Millisecond),
			float64(len(walked))/took.Seconds(), s.peak(s.command.Process.Pid), s.peakOfAll())
		if strings.Contains(s.log.String(), "locked") {
			t.Error("the log tells of a lock")
		}
		s.unharmed()
		s.stop(syscall.SIGTERM)
		s.agree(walked)
	})
}

// peak is the most memory that a process has had, in MB.
func (s *server) peak(pid int) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	var kb int
	_, _ = fmt.Sscan(rest, &kb)
	return kb >> 10
}

func (s *server) peakOfAll() int {
	sum := s.peak(s.command.Process.Pid)
	for _, pid := range s.children() {
		sum += s.peak(pid)
	}
	return sum
}

// children are the processes of the providers.
func (s *server) children() []int {
	var list []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		var pid, parent int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		raw, _ := os.ReadFile("/proc/" + e.Name() + "/status")
		_, rest, _ := strings.Cut(string(raw), "PPid:")
		if _, err := fmt.Sscan(rest, &parent); err == nil && s.command != nil && parent == s.command.Process.Pid {
			list = append(list, pid)
		}
	}
	return list
}

// store opens the database of a server that has been stopped.
func (s *server) store() *store.Store {
	s.t.Helper()
	opened, err := store.Open(background(s.t), store.Config{DatabaseURL: s.database, Path: s.data + "/paifang.db"})
	must(s.t, err)
	s.t.Cleanup(func() { opened.Close() })
	return opened
}

// agree holds what walkers were told against the database: every acknowledged
// step is there and was applied once, every message was asked for, and the
// record has one line for each.
func (s *server) agree(walked []*walker) {
	s.t.Helper()
	db, ctx := s.store(), context.Background()
	for _, w := range walked {
		id := kyc.ApplicationID(w.view.ID)
		steps, err := db.Steps(ctx, "demo", id)
		must(s.t, err)
		for _, name := range w.done {
			if !slices.ContainsFunc(steps, func(r kyc.StepRecord) bool { return string(r.Step) == name && r.State == kyc.StepDone }) {
				s.t.Errorf("%s: step %s was acknowledged and is lost", w.view.ID, name)
			}
		}
		lines, err := db.AuditLines(ctx, "demo", kyc.AuditFilter{ObjectKind: "application", ObjectID: w.view.ID}, "", 0)
		must(s.t, err)
		count := map[string]int{}
		for _, l := range lines {
			count[strings.TrimSuffix(l.Action+" "+l.Detail["step"], " ")]++
		}
		for _, name := range w.done {
			if n := count[audit.StepSubmitted+" "+name]; n != 1 {
				s.t.Errorf("%s: step %s was applied %d times", w.view.ID, name, n)
			}
		}
		for _, action := range []string{audit.ApplicationStarted, audit.ApplicationSubmitted, audit.ApplicationApproved} {
			if count[action] != 1 {
				s.t.Errorf("%s: %d lines %s", w.view.ID, count[action], action)
			}
		}
		account, err := db.AccountOfApplication(ctx, "demo", id)
		if err != nil || account.State != "active" {
			s.t.Errorf("%s: account is %q, %v", w.view.ID, account.State, err)
		}
		s.messagesAgree(db, w)
	}
	wholeRecord(s.t, db, "demo")
}

// wholeRecord verifies what is sealed of a tenant's record.
func wholeRecord(t *testing.T, db *store.Store, tenant kyc.TenantID) {
	t.Helper()
	report, err := trail.VerifyStored(context.Background(), db, tenant, trail.Options{})
	if err != nil || report.Lines < 10 {
		t.Errorf("the record of %d lines: %v", report.Lines, err)
	}
}

// messagesAgree wants one message for each request that asked for one, and
// nothing more to have reached the person.
func (s *server) messagesAgree(db *store.Store, w *walker) {
	s.t.Helper()
	list, err := db.Messages(context.Background(), "demo", kyc.ApplicationID(w.view.ID), 100)
	must(s.t, err)
	codes := map[string]bool{}
	for _, m := range list {
		if m.Challenge != "" {
			codes[string(m.ID)] = true
		}
	}
	came, seen := map[string]int{}, map[string]bool{}
	for _, m := range w.post.all(w.phone) {
		if seen[m.ID] {
			continue // the same message again: handedOnce tells whether it may be
		}
		seen[m.ID] = true
		if codeInText.MatchString(m.Text) {
			came[codeInText.FindString(m.Text)]++
		}
		if came[codeInText.FindString(m.Text)] > 1 {
			s.t.Errorf("%s: two messages have the same code", w.view.ID)
		}
	}
	if len(codes) != w.asked || len(came) != w.asked {
		s.t.Errorf("%s: %d codes were asked for, %d made, %d came", w.view.ID, w.asked, len(codes), len(came))
	}
}
