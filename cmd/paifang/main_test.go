package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/paifang/paifang/core/factor"
)

// TestMain puts this program on the PATH of the tests as "paifang".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"paifang": main})
}

// TestScripts runs the commands end to end, one script of testdata/script each.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PAIFANG_PROVIDERS", builtProviders(t))
			e.Setenv("PAIFANG_DATA", e.Getenv("WORK")+"/data")
			e.Setenv("TMPDIR", os.TempDir()) // a longer one leaves no room for names of sockets
			// What the go command needs to build a provider outside of here.
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
				e.Setenv(name, os.Getenv(name))
			}
			e.Setenv("OWN_HOME", os.Getenv("HOME"))
			e.Setenv("SDK", checkout(t))
			for _, name := range []string{"PORT", "OTHER_PORT"} {
				e.Setenv(name, freePort(t))
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await, "sign-in": signIn, "private": private, "answers": answers, "capture": capture,
			"meddle": meddle, "exits": exits, "until": until,
		},
	})
}

// builtProviders is the folder of the programs that make build leaves.
func builtProviders(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../../bin/providers")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "SHA256SUMS"))
	}
	if err != nil {
		t.Fatalf("the programs are not built, run make build: %v", err)
	}
	return dir
}

// checkout is the root of this repository.
func checkout(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// lastPort goes on from one test to the next, so that no two are given the same. It begins
// somewhere: the tests of another checkout may run at the same time.
var lastPort = func() *atomic.Uint32 { p := &atomic.Uint32{}; p.Store(rand.N[uint32](6000)); return p }()

// freePort is one below those that the system gives to whoever asks for any: until the
// server listens there nobody is given it.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(26000 + int(lastPort.Add(1)%6000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// await URL: until it answers 200.
func await(ts *testscript.TestScript, neg bool, args []string) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if resp, err := http.Get(args[0]); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	ts.Fatalf("%s does not answer", args[0])
}

// until PATTERN COMMAND: again and again, until it prints that. What it has printed can
// be asked for as after exec.
func until(ts *testscript.TestScript, neg bool, args []string) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if regexp.MustCompile(args[0]).MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%q was not printed", args[0])
}

// answers STATUS URL.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	resp, err := http.Get(args[1])
	ts.Check(err)
	resp.Body.Close()
	if fmt.Sprint(resp.StatusCode) != args[0] {
		ts.Fatalf("%s answers %d", args[1], resp.StatusCode)
	}
}

// capture NAME PATTERN: the first group of the pattern in what the last command
// printed becomes an environment variable.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("%q was not printed", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// meddle FILE COPY OLD NEW: a copy in which the first OLD is NEW.
func meddle(ts *testscript.TestScript, neg bool, args []string) {
	was := ts.ReadFile(args[0])
	is := strings.Replace(was, args[2], args[3], 1)
	if is == was {
		ts.Fatalf("there is no %s in %s", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(is), 0o600))
}

// exits CODE COMMAND: what it says can be asked for as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	if exit, ok := err.(*exec.ExitError); !ok || fmt.Sprint(exit.ExitCode()) != args[0] { //nolint:errorlint // Exec does not wrap it
		ts.Fatalf("%v exits with %v", args[1:], err)
	}
}

// private FOLDER: nothing in it may be read or written by others.
func private(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(filepath.Walk(ts.MkAbs(args[0]), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}))
}

var csrfField = regexp.MustCompile(`name="(_csrf)" value="([^"]*)"`)

// sign-in BASE TENANT LOGIN PASSWORD: as staff, in the way of a browser.
func signIn(ts *testscript.TestScript, neg bool, args []string) {
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	browser := &http.Client{Jar: jar}
	page := args[0] + "/admin/" + args[1] + "/sign-in"
	resp, err := browser.Get(page)
	ts.Check(err)
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	resp.Body.Close()
	field := csrfField.FindStringSubmatch(string(body))
	if field == nil {
		ts.Fatalf("no form on the sign-in page: %s", body)
	}
	resp, err = browser.PostForm(page, url.Values{field[1]: {field[2]}, "login": {args[2]}, "password": {args[3]}})
	ts.Check(err)
	resp = second(ts, browser, resp, strings.ToLower(strings.Join(args[1:4], " ")))
	if in := strings.HasSuffix(resp.Request.URL.Path, "/cases") && resp.StatusCode == http.StatusOK; in == neg {
		ts.Fatalf("signed in: %v (%d at %s)", in, resp.StatusCode, resp.Request.URL.Path)
	}
}

var (
	secretShown = regexp.MustCompile(`<code id="secret"[^>]*>([A-Z2-7 ]+)</code>`)
	ticketField = regexp.MustCompile(`name="ticket" value="([^"]*)"`)
	apps        sync.Map // secrets of authenticator apps, by tenant, login and password
)

// second adds an authenticator app at the first sign-in, and shows its code at
// others; where the password did not open, nothing is done.
func second(ts *testscript.TestScript, browser *http.Client, resp *http.Response, who string) *http.Response {
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	resp.Body.Close()
	form := url.Values{}
	if field := csrfField.FindStringSubmatch(string(body)); field != nil {
		form.Set(field[1], field[2])
	}
	switch path := resp.Request.URL.Path; {
	case strings.HasSuffix(path, "/sign-in/enrol"):
		secret := strings.ReplaceAll(secretShown.FindStringSubmatch(string(body))[1], " ", "")
		apps.Store(who, secret)
		// Of the periods that are over only one counts, and one may end meanwhile.
		code, err := factor.CodeAt(secret, time.Now().Add(5*time.Second).Unix()/30-1)
		ts.Check(err)
		form.Set("ticket", ticketField.FindStringSubmatch(string(body))[1])
		form.Set("code", code)
		done, err := browser.PostForm(resp.Request.URL.String(), form)
		ts.Check(err)
		done.Body.Close()
		home, err := browser.Get(strings.TrimSuffix(resp.Request.URL.Scheme+"://"+resp.Request.URL.Host+path, "/sign-in/enrol"))
		ts.Check(err)
		home.Body.Close()
		return home
	case strings.HasSuffix(path, "/sign-in/second"):
		secret, _ := apps.Load(who)
		text, _ := secret.(string)
		code, err := factor.CodeAt(text, time.Now().Unix()/30+1)
		ts.Check(err)
		form.Set("confirm_code", code)
		done, err := browser.PostForm(resp.Request.URL.String(), form)
		ts.Check(err)
		done.Body.Close()
		return done
	}
	return resp
}

// running is a command that serves, for tests in Go.
type running struct {
	*exec.Cmd
	base string
	log  *journal
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// run starts the command and waits until it is ready.
func run(t *testing.T, args ...string) *running {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	r := &running{base: "http://" + address, log: &journal{}}
	r.Cmd = exec.Command("paifang", append(args, "--listen", address)...)
	r.Env = append(os.Environ(), "PAIFANG_PROVIDERS="+builtProviders(t), "PAIFANG_DATABASE_URL=")
	r.Stderr = r.log
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Process.Kill(); _ = r.Wait() })
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if resp, err := http.Get(r.base + "/healthz/ready"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return r
			}
		}
	}
	t.Fatal("the server does not become ready")
	return nil
}
