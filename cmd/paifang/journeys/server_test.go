package journeys

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/store/storetest"
)

// programs is the folder with the built programs, as `make build` leaves it.
var programs = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(strings.TrimSpace(string(root)), "bin")
	if _, err := os.Stat(filepath.Join(dir, "paifang")); err != nil {
		return "", fmt.Errorf("the programs are not built, run make build: %w", err)
	}
	return dir, nil
})

// server is a running `paifang demo`.
type server struct {
	t        *testing.T
	data     string
	database string // PostgreSQL, or "" for SQLite
	listen   string
	base     string
	password string // of the staff, printed at this start
	command  *exec.Cmd
	log      *logFile
	inbox    func(to string) []message // instead of the sandbox mailbox, newest first
	env      []string                  // beside that of the test
	spy      *spy                      // hears what people send and are given; nil: nobody does
}

// databases runs a test on both databases.
func databases(t *testing.T, test func(t *testing.T, s *server)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newServer(t, "")) })
	t.Run("postgres", func(t *testing.T) { test(t, newServer(t, storetest.PostgresURL(t))) })
}

// newServer starts a server with data of its own.
func newServer(t *testing.T, database string) *server {
	t.Helper()
	return newServerIn(t, database, t.TempDir())
}

// newServerIn starts a server on a data folder, with more in its environment.
func newServerIn(t *testing.T, database, data string, env ...string) *server {
	t.Helper()
	s := &server{t: t, data: data, database: database, log: &logFile{}, env: env}
	s.serve()
	return s
}

// serve starts it where nobody listens, until the test ends.
func (s *server) serve() {
	t := s.t
	t.Helper()
	s.listen = freeAddress(t)
	s.base = "http://" + s.listen
	s.start()
	t.Cleanup(func() {
		s.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Log(s.log.tail())
		}
	})
}

// lastPort goes on from one test to the next, so that no two are given the same. It begins
// somewhere: the tests of another checkout may run at the same time.
var lastPort = func() *atomic.Uint32 { p := &atomic.Uint32{}; p.Store(rand.N[uint32](6000)); return p }()

// freeAddress is one below the ports that the system gives to whoever asks for any:
// until the server listens there, and while it is started anew, nobody is given it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		free, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+lastPort.Add(1)%6000))
		if err == nil {
			must(t, free.Close())
			return free.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

var passwordLine = regexp.MustCompile(`password (\S+)`)

func (s *server) start() {
	s.t.Helper()
	dir, err := programs()
	must(s.t, err)
	s.command = exec.Command(filepath.Join(dir, "paifang"), "demo")
	s.command.Env = append(os.Environ(), "PAIFANG_LISTEN="+s.listen, "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	s.command.Env = append(s.command.Env, s.env...)
	s.command.Stderr = s.log
	out, err := s.command.StdoutPipe()
	must(s.t, err)
	must(s.t, s.command.Start())
	printed := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := passwordLine.FindStringSubmatch(lines.Text()); m != nil {
				printed <- m[1]
			}
		}
		close(printed)
	}()
	var ok bool
	select {
	case s.password, ok = <-printed:
		if !ok {
			s.t.Fatalf("the server ended\n%s", s.log.tail())
		}
	case <-time.After(60 * time.Second):
		s.t.Fatalf("the server printed no password\n%s", s.log.tail())
	}
	s.await("/healthz/ready")
}

func (s *server) await(path string) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(s.base + path)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == 200 {
				return
			}
		}
	}
	s.t.Fatalf("%s does not answer\n%s", path, s.log.tail())
}

// stop ends the server by a signal and waits for it.
func (s *server) stop(signal syscall.Signal) {
	s.t.Helper()
	if s.command == nil {
		return
	}
	_ = s.command.Process.Signal(signal)
	done := make(chan error, 1)
	go func() { done <- s.command.Wait() }()
	select {
	case err := <-done:
		if signal == syscall.SIGTERM && err != nil {
			s.t.Errorf("the server did not stop cleanly: %v", err)
		}
	case <-time.After(30 * time.Second):
		_ = s.command.Process.Kill()
		s.t.Errorf("the server did not stop")
	}
	s.command = nil
}

// restart stops and starts it: everything must go on where it was.
func (s *server) restart() {
	s.t.Helper()
	s.stop(syscall.SIGTERM)
	s.start()
}

// message waits for a message to somebody that is newer than the ones seen.
type message struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Again   bool   `json:"again"` // of textpost, as the gateway said
	At      int64  `json:"at"`    // of textpost: when it was called, in nanoseconds
}

// messages lists what was sent to somebody, newest first.
func (s *server) messages(to string) []message {
	s.t.Helper()
	if s.inbox != nil {
		return s.inbox(to)
	}
	resp, err := http.Get(s.base + "/dev/messages?format=json&to=" + url.QueryEscape(to))
	must(s.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(s.t, err)
	var list []message
	if err := json.Unmarshal(body, &list); err != nil {
		var wrapped struct{ Messages []message }
		must(s.t, json.Unmarshal(body, &wrapped))
		list = wrapped.Messages
	}
	return list
}

// newMessage waits for the n-th message to somebody.
func (s *server) newMessage(to string, n int) message {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if list := s.messages(to); len(list) >= n {
			return list[0]
		}
	}
	s.t.Fatalf("message %d was not sent\n%s", n, s.log.tail())
	return message{}
}

// codes lists what was sent to somebody with a code in it, newest first.
func (s *server) codes(to string) []message {
	s.t.Helper()
	return slices.DeleteFunc(s.messages(to), func(m message) bool { return !codeInText.MatchString(m.Text) })
}

// newCode waits for the n-th code for somebody. Notices, such as that an account is open,
// are sent in their own time and may come in between.
func (s *server) newCode(to string, n int) string {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if list := s.codes(to); len(list) >= n {
			return list[0].code(s.t)
		}
	}
	s.t.Fatalf("code %d was not sent\n%s", n, s.log.tail())
	return ""
}

var codeInText = regexp.MustCompile(`\b\d{6}\b`)

func (m message) code(t *testing.T) string {
	t.Helper()
	code := codeInText.FindString(m.Text)
	if code == "" {
		t.Fatalf("no code in %q", m.Text)
	}
	return code
}

func (m message) link(t *testing.T) string {
	t.Helper()
	for _, word := range strings.Fields(m.Text) {
		if strings.Contains(word, "/l/") {
			return word
		}
	}
	t.Fatalf("no link in %q", m.Text)
	return ""
}

// logFile keeps what the server logs.
type logFile struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logFile) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logFile) tail() string {
	s := l.String()
	return s[max(0, len(s)-6000):]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
