package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a provider's process group. It is started and awaited on an OS
// thread of its own, because the parent-death signal is sent when the thread
// that forked ends, not when the process does.
type process struct {
	pid    int
	stdout *os.File
	exited chan struct{} // closed once the leader is reaped and its group killed
	status string        // how it ended; read after exited

	mu     sync.Mutex
	reaped bool
}

// startProcess executes the open program with nothing but env, stdin at
// /dev/null, memory bytes that it may take, and log taking what may be kept of
// stderr.
func startProcess(program *os.File, name string, env []string, memory int64, log *stderrLog) (*process, error) {
	stdout, stdoutW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stderr, stderrW, err := os.Pipe()
	if err != nil {
		stdout.Close()
		stdoutW.Close()
		return nil, err
	}
	cmd := &exec.Cmd{
		Path: fmt.Sprintf("/proc/self/fd/%d", program.Fd()),
		Args: []string{name}, Env: env, Dir: "/", Stdout: stdoutW, Stderr: stderrW,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	p := &process{stdout: stdout, exited: make(chan struct{})}
	started := make(chan error)
	go p.run(cmd, memory, started, stderr)
	err = <-started
	stdoutW.Close()
	stderrW.Close()
	runtime.KeepAlive(program)
	if err != nil {
		stdout.Close()
		stderr.Close()
		return nil, err
	}
	go func() {
		log.diary.pid = p.pid
		log.read(stderr)
		stderr.Close()
	}()
	return p, nil
}

func (p *process) run(cmd *exec.Cmd, memory int64, started chan<- error, stderr *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	p.pid = cmd.Process.Pid
	limitProcess(p.pid, memory)
	started <- nil
	// The leader is killed with its group while it is still a zombie: until it
	// is reaped, nobody else can have its number.
	for {
		err := unix.Waitid(unix.P_PID, p.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	p.mu.Lock()
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	err := cmd.Wait()
	p.reaped = true
	p.mu.Unlock()
	p.status = "exit status 0"
	if err != nil {
		p.status = err.Error()
	}
	// A grandchild in a group of its own may still hold the pipes.
	soon := time.Now().Add(200 * time.Millisecond)
	_ = p.stdout.SetReadDeadline(soon)
	_ = stderr.SetReadDeadline(soon)
	close(p.exited)
}

// signal sends a signal to the whole group, if it is still there.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.pid, s)
	}
}

// stop ends the group: politely, then after term for good.
func (p *process) stop(term time.Duration) {
	p.signal(syscall.SIGTERM)
	if p.gone(term) {
		return
	}
	p.signal(syscall.SIGKILL)
	p.gone(2 * time.Second)
}

// gone waits for the end for at most d.
func (p *process) gone(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}
