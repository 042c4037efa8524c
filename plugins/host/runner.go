package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/go-plugin/runner"
)

// maxHandshake bounds the one line that go-plugin reads of stdout.
const maxHandshake = 8 << 10

// inherited are the variables of our environment that providers get: where
// the certificates of the world's authorities are.
var inherited = []string{"SSL_CERT_FILE", "SSL_CERT_DIR"}

// strictRunner is go-plugin's Runner over a process. It shows go-plugin the
// first line of stdout and nothing at all of stderr.
type strictRunner struct {
	name    string
	program *os.File
	env     []string
	dir     string // the socket must be in here
	memory  int64
	log     *stderrLog
	process atomic.Pointer[process] // nil until started

	handshake *io.PipeReader
}

var _ runner.Runner = (*strictRunner)(nil)

// environment is everything that a provider sees of ours, with what go-plugin
// tells it.
func environment(plugin []string, tmp string) []string {
	env := []string{"LANG=C.UTF-8", "TZ=UTC", "GOTRACEBACK=single", "GOMEMLIMIT=96MiB", "GOMAXPROCS=" + processors(), "TMPDIR=" + tmp}
	for _, name := range inherited {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, plugin...)
}

// processors is how many cores a provider written in Go works on at once: one for
// each eight. A call takes a tenth of a millisecond, and a runtime with one core
// hands it on without waking a second thread, for a third less of the processor.
func processors() string { return strconv.Itoa(max(1, runtime.NumCPU()/8)) }

func (r *strictRunner) Start(context.Context) error {
	p, err := startProcess(r.program, r.name, r.env, r.memory, r.log)
	if err != nil {
		return err
	}
	var w *io.PipeWriter
	r.handshake, w = io.Pipe()
	r.process.Store(p)
	go func() {
		line, err := bufio.NewReaderSize(p.stdout, maxHandshake).ReadSlice('\n')
		if err == nil {
			_, _ = w.Write(line)
			_, _ = io.Copy(io.Discard, p.stdout)
		}
		_ = w.Close()
		p.stdout.Close()
	}()
	return nil
}

func (r *strictRunner) Wait(context.Context) error {
	<-r.process.Load().exited
	return nil
}

func (r *strictRunner) Kill(context.Context) error {
	if p := r.process.Load(); p != nil {
		p.stop(0)
	}
	return nil
}

func (r *strictRunner) Stdout() io.ReadCloser { return r.handshake }

// Stderr is empty: go-plugin panics on some lines that look like its own logs.
func (r *strictRunner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

func (r *strictRunner) Name() string                    { return r.name }
func (r *strictRunner) Diagnose(context.Context) string { return "" }

func (r *strictRunner) ID() string {
	p := r.process.Load()
	if p == nil {
		return ""
	}
	return strconv.Itoa(p.pid)
}

// PluginToHost refuses any address that is not a socket in the directory that
// was made for this process: a provider must not choose whom we talk to.
func (r *strictRunner) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != r.dir {
		return "", "", errors.New("the provider listens at an address that was not given to it")
	}
	return network, address, nil
}

// HostToPlugin is never needed: providers do not call back.
func (r *strictRunner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
