package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// watch runs the server as long as its standard input is open, which is as
// long as the test binary lives, however that ends, and then removes what it is
// told to, if anything.
const watch = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= \
	-c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=32MB -c deadlock_timeout=100ms $3 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
[ -z "$4" ] || rm -rf "$4"`

// StartServer starts a server in a directory of its own that ends with this
// process, and returns the URL of its first database. It also ends when the
// returned pipe is closed, or collected as garbage. Its data does not survive,
// so that nothing is synchronised with the disk unless a setting ("fsync=on")
// says so. Settings have no spaces.
func StartServer(settings ...string) (string, io.Closer, error) {
	programs, err := findPrograms()
	if err != nil {
		return "", nil, err
	}
	credential, err := plainUser()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "paifang-pg-")
	if err != nil {
		return "", nil, err
	}
	c := plainCluster{programs: programs, dir: dir, attributes: &syscall.SysProcAttr{Credential: credential, Setpgid: true}}
	if err := c.initialise(); err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, err
	}
	alive, err := c.launch(dir, settings...)
	return c.url(), alive, err
}

// plainCluster is a data directory and who works on it.
type plainCluster struct {
	programs, dir string
	attributes    *syscall.SysProcAttr
}

func (c plainCluster) url() string {
	return (&url.URL{Scheme: "postgres", User: url.User("paifang"), Path: "/postgres",
		RawQuery: url.Values{"host": {c.dir}}.Encode()}).String()
}

func (c plainCluster) initialise() error {
	if who := c.attributes.Credential; who != nil {
		if err := os.Chown(c.dir, int(who.Uid), int(who.Gid)); err != nil {
			return err
		}
	}
	initialise := exec.Command(filepath.Join(c.programs, "initdb"), "-D", filepath.Join(c.dir, "data"),
		"-U", "paifang", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initialise.Dir, initialise.SysProcAttr = c.dir, c.attributes
	if out, err := initialise.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// launch starts the server, which ends when the returned pipe is closed; then
// remove is removed.
func (c plainCluster) launch(remove string, settings ...string) (io.Closer, error) {
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	more := ""
	for _, setting := range settings {
		more += " -c " + setting
	}
	server := exec.Command("/bin/sh", "-c", watch, "sh", c.programs, c.dir, more, remove)
	server.Dir, server.SysProcAttr = c.dir, c.attributes
	server.Stdout, server.Stderr = log, log
	alive, err := server.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	go reap(server)
	return alive, waitFor(c.url(), log.Name())
}

// reap waits for a server that lives as long as this program.
func reap(server *exec.Cmd) { _ = server.Wait() }

// waitFor waits until the server answers.
func waitFor(address, log string) error {
	var err error
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(context.Background(), address); err == nil {
			return conn.Close(context.Background())
		}
	}
	said, _ := os.ReadFile(log)
	return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, said)
}

// findPrograms finds the directory with initdb and postgres.
func findPrograms() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append([]string{filepath.Dir(path)}, dirs...)
		}
	}
	for _, dir := range dirs {
		if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if _, err := exec.LookPath(filepath.Join(dir, "postgres")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("no PostgreSQL server is installed (initdb and postgres)")
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// plainUser is who runs the server, since it refuses to run as root: nil
// unless we are root, then the user postgres or nobody.
func plainUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses root, and there is neither a user postgres nor nobody")
}
