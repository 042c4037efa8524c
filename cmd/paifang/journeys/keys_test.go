package journeys

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/rotation"
)

// TestKeysAreRotatedBesideTheServer: an operator rotates the keys of every level while
// people are read and sign in. Two of the commands die after their first transaction
// and go on when they are given again. Two minutes later the older keys are destroyed,
// and everybody is read as before.
func TestKeysAreRotatedBesideTheServer(t *testing.T) {
	test := func(t *testing.T, s *server) {
		const email = "keys@example.com"
		ann, abe := s.registered(email, "+201001234551"), s.halfway("abe.keys@example.com", "+201001234552")
		stop := s.isReadMeanwhile(abe)
		levels := s.levels(ann)
		s.cutOff(levels[0], "master", `^master demo: 1 keys and values sealed anew, ended \S+, older keys kept\nmaster harbor: 0 keys and values sealed anew, under way since \S+\nmaster platform: 0 `)
		s.key("rotate", levels[0], `^master harbor: 1 keys and values sealed anew, ended \S+, older keys kept\nmaster platform: 1 keys and values sealed anew, ended \S+, older keys kept\n$`)
		s.cutOff(levels[1], "tenant", `(?m)^tenant demo: [1-9]\d* keys and values sealed anew, under way since `)
		s.key("rotate", levels[1], `^tenant demo: [1-9]\d* keys and values sealed anew, ended \S+, older keys kept\n$`)
		s.key("rotate", levels[2], `^index demo: [1-9]\d* keys and values sealed anew, ended \S+, older keys kept\n$`)
		s.key("rotate", levels[3], `^applicant/\S+ demo: [1-9]\d* keys and values sealed anew, under way since \S+\napplicant/\S+ demo: [1-9]\d* keys and values sealed anew, ended \S+, older keys kept\n$`)
		for _, level := range levels {
			s.key("retire", level, `: try again 2m0s after the rotation, at 20`)
		}
		s.session(email, password, 201)
		stop()
		s.rests()
		stop = s.isReadMeanwhile(abe)
		for _, level := range levels {
			s.key("retire", level, "")
		}
		s.key("status", nil, `(?m)^index demo: .*, older key destroyed \S+, retire once more after `)
		stop()
		s.rests()
		s.key("retire", levels[2], "")
		if out := s.key("status", nil, ""); strings.Count(out, ", older keys destroyed 20") != 6 || strings.Count(out, "\n") != 6 {
			t.Errorf("in the end: %s", out)
		}
		s.session(email, password, 201)
		if text := s.export(ann.view.ID, ""); !strings.Contains(text, email) || !strings.Contains(text, "files/") || !strings.Contains(text, reviewersNote) {
			t.Errorf("the export lacks something: %.600s", text)
		}
		s.halfway("after.keys@example.com", "+201001234553")
	}
	if full() {
		databases(t, test)
	} else {
		test(t, newServer(t, "")) // core/rotation does the same in both databases
	}
}

// levels are what is rotated: the words of the command.
func (s *server) levels(c *client) [][]string {
	s.t.Helper()
	var applicant string
	must(s.t, s.rows().QueryRowContext(background(s.t), "SELECT applicant_id FROM applications WHERE application_id = $1", c.view.ID).Scan(&applicant))
	return [][]string{{"master"}, {"tenant", "demo"}, {"index", "demo"}, {"applicant", "demo", applicant}}
}

// key runs `paifang key`, and wants it to say something.
func (s *server) key(verb string, level []string, want string) string {
	s.t.Helper()
	out := s.operate(append([]string{"key", verb}, level...)...)
	if want == "" && strings.Contains(out, "paifang:") || !regexp.MustCompile(want).MatchString(out) {
		s.t.Errorf("key %s %v says %q, not %s", verb, level, out, want)
	}
	return out
}

// cutOff kills a rotation after its first transaction: nobody reads what it says, so
// that it waits there. The status then tells how far it came.
func (s *server) cutOff(level []string, name, status string) {
	s.t.Helper()
	unread, full, err := os.Pipe()
	must(s.t, err)
	defer unread.Close()
	stuff(s.t, full)
	dir, err := programs()
	must(s.t, err)
	command := exec.Command(filepath.Join(dir, "paifang"), append([]string{"key", "rotate"}, level...)...)
	command.Env = append(os.Environ(), "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	command.Stdout = full
	must(s.t, command.Start())
	must(s.t, full.Close())
	db, came := s.rows(), 0
	for end := time.Now().Add(patience); came == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		must(s.t, db.QueryRowContext(background(s.t), "SELECT COUNT(*) FROM rotations WHERE level = $1 AND done > 0", name).Scan(&came))
	}
	must(s.t, command.Process.Kill())
	if err := command.Wait(); err == nil || came == 0 {
		s.t.Errorf("the rotation of %s was not cut off: %v, %d transactions", name, err, came)
	}
	s.key("status", nil, status)
}

// stuff writes to a pipe until nothing more goes in.
func stuff(t *testing.T, pipe *os.File) {
	t.Helper()
	raw, err := pipe.SyscallConn()
	must(t, err)
	var last error
	must(t, raw.Write(func(fd uintptr) bool {
		for last == nil {
			_, last = syscall.Write(int(fd), make([]byte, 4096))
		}
		return true
	}))
	if !errors.Is(last, syscall.EAGAIN) {
		t.Fatal(last)
	}
}

// rests lets the time pass after which no process has keys from before the rotation.
// The short form moves the rotation back instead, and makes the server forget.
func (s *server) rests() {
	s.t.Helper()
	if full() {
		time.Sleep(rotation.Rest + time.Second)
		return
	}
	_, err := s.rows().ExecContext(background(s.t), "UPDATE rotations SET ended_at = ended_at - $1", rotation.Rest.Milliseconds())
	must(s.t, err)
	s.restart()
}

// isReadMeanwhile reads what somebody has typed again and again, until stop is called.
func (s *server) isReadMeanwhile(c *client) (stop func()) {
	var reading sync.WaitGroup
	over, times, wrong := make(chan struct{}), 0, ""
	reading.Go(func() {
		for ; ; times++ {
			select {
			case <-over:
				return
			case <-time.After(20 * time.Millisecond):
			}
			if r := s.send("GET", "/api/v1/applications/"+c.view.ID, asJSON(c.auth), nil); r.status != 200 || !strings.Contains(r.body, "a draft of ") {
				wrong = fmt.Sprintf("%d %.600s", r.status, r.body)
			}
		}
	})
	return func() {
		s.t.Helper()
		close(over)
		reading.Wait()
		if times == 0 || wrong != "" {
			s.t.Errorf("read %d times meanwhile: %s", times, wrong)
		}
	}
}
