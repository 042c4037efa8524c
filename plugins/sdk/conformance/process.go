package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// process is a provider that was started as a host starts it: with next to
// nothing in its environment and a folder of its own for the socket.
type process struct {
	*Client
	launched *plugin.Client
	runner   *watched
}

// start starts the program; env replaces variables of the usual environment.
func (s *suite) start(ctx context.Context, env ...string) (*process, error) {
	dir, err := os.MkdirTemp(s.dir, "")
	if err != nil {
		return nil, err
	}
	w := &watched{program: s.Program, dir: dir, exited: make(chan struct{}), env: append(environment(dir), env...)}
	p := &process{runner: w}
	p.Client, p.launched, err = Connect(ctx, &plugin.ClientConfig{
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, tmp string) (runner.Runner, error) {
			w.env = append(w.env, cmd.Env...)
			w.sockets = tmp
			return w, nil
		},
		SkipHostEnv: true, AutoMTLS: true, StartTimeout: s.limit(10 * time.Second),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		SyncStdout:       &w.stdout, SyncStderr: &w.stderr,
	})
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%w%s", err, w.excuse())
	}
	return p, nil
}

// configured starts the program and gives it its configuration.
func (s *suite) configured(ctx context.Context, env ...string) (*process, error) {
	p, err := s.start(ctx, env...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.limit(5*time.Second))
	defer cancel()
	r, err := p.Base.Configure(ctx, &wirev1.ConfigureRequest{Config: s.Config})
	if err == nil && len(r.Diagnostics) > 0 {
		err = fmt.Errorf("the configuration is refused: %s", diagnosed(r.Diagnostics))
	}
	if err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func diagnosed(list []*wirev1.Diagnostic) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, strings.TrimSpace(d.Path+" "+d.Code))
	}
	return strings.Join(parts, "; ")
}

func environment(tmp string) []string {
	return []string{"LANG=C.UTF-8", "TZ=UTC", "GOTRACEBACK=single", "GOMEMLIMIT=96MiB", "GOMAXPROCS=1", "TMPDIR=" + tmp}
}

func (p *process) ended() bool {
	select {
	case <-p.runner.exited:
		return true
	default:
		return false
	}
}

func (p *process) status() string { return p.runner.how + p.runner.excuse() }

// stop ends the process with all that it has started. It may be called on nil
// and again.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.runner.signal(syscall.SIGKILL)
	p.runner.gone(5 * time.Second)
	if p.launched != nil {
		p.launched.Kill()
	}
}

// watched runs a program for go-plugin and keeps what it writes.
type watched struct {
	program string
	env     []string
	dir     string
	sockets string // where the socket must be
	address string // where it is

	cmd            *exec.Cmd
	handshake      *io.PipeReader
	exited         chan struct{}
	how            string // it ended; read after exited
	stdout, stderr record
}

var _ runner.Runner = (*watched)(nil)

func (w *watched) Start(context.Context) error {
	program, err := filepath.Abs(w.program)
	if err != nil {
		return err
	}
	w.cmd = &exec.Cmd{Path: program, Args: []string{filepath.Base(program)}, Env: w.env, Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}, WaitDelay: time.Second}
	var pipe *io.PipeWriter
	w.handshake, pipe = io.Pipe()
	w.cmd.Stdout = &firstLine{to: pipe, rest: &w.stdout}
	w.cmd.Stderr = &w.stderr
	if err := w.cmd.Start(); err != nil {
		close(w.exited)
		_ = pipe.Close()
		return err
	}
	go func() {
		err := w.cmd.Wait()
		w.how = "exit status 0"
		if err != nil {
			w.how = err.Error()
		}
		_ = pipe.Close()
		close(w.exited)
	}()
	return nil
}

func (w *watched) signal(s syscall.Signal) {
	if w.cmd != nil && w.cmd.Process != nil {
		_ = syscall.Kill(-w.cmd.Process.Pid, s)
	}
}

func (w *watched) gone(d time.Duration) bool {
	if w.cmd == nil {
		return true
	}
	select {
	case <-w.exited:
		return true
	case <-time.After(d):
		return false
	}
}

// excuse is what the program wrote to stderr, for its author.
func (w *watched) excuse() string {
	if text := strings.TrimSpace(w.stderr.text()); text != "" {
		return "; it wrote: " + text[:min(len(text), 600)]
	}
	return ""
}

func (w *watched) Wait(context.Context) error { <-w.exited; return nil }

func (w *watched) Kill(context.Context) error {
	w.signal(syscall.SIGKILL)
	w.gone(5 * time.Second)
	return nil
}

func (w *watched) Stdout() io.ReadCloser           { return w.handshake }
func (w *watched) Stderr() io.ReadCloser           { return io.NopCloser(strings.NewReader("")) }
func (w *watched) Name() string                    { return w.program }
func (w *watched) Diagnose(context.Context) string { return "" }
func (w *watched) ID() string {
	if w.cmd == nil || w.cmd.Process == nil {
		return "" // it could not be started
	}
	return strconv.Itoa(w.cmd.Process.Pid)
}
func (w *watched) HostToPlugin(n, a string) (_, _ string, _ error) { return n, a, nil }

// PluginToHost notes where the provider listens.
func (w *watched) PluginToHost(network, address string) (string, string, error) {
	w.address = address
	if network != "unix" {
		return "", "", errors.New("the provider does not listen at a Unix socket")
	}
	return network, address, nil
}

const maxRecord = 64 << 10

// record keeps the beginning of what was written.
type record struct {
	mu  sync.Mutex
	buf []byte
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf = append(r.buf, p[:min(len(p), maxRecord-len(r.buf))]...)
	return len(p), nil
}

func (r *record) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.buf)
}

// firstLine hands the first line to go-plugin and keeps the rest.
type firstLine struct {
	to   *io.PipeWriter
	rest io.Writer
	done bool
}

func (f *firstLine) Write(p []byte) (int, error) {
	if f.done {
		return f.rest.Write(p)
	}
	before, after, found := strings.Cut(string(p), "\n")
	if !found {
		_, err := f.to.Write(p)
		return len(p), err
	}
	f.done = true
	_, _ = f.to.Write([]byte(before + "\n"))
	_, _ = f.rest.Write([]byte(after))
	return len(p), nil
}
