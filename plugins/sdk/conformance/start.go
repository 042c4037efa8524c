package conformance

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// handshakeID is the case without which there are no others.
const handshakeID = "start.handshake"

func startCases() []check {
	return []check{
		{handshakeID, "it starts with next to no environment, shakes hands and describes itself",
			"Print nothing to stdout before the handshake line (sdk.Serve prints it), read no files and no variables at the start, and take no longer than a few seconds.", startHandshake},
		{"start.program", "it is one executable file, not a script",
			"A host runs a program through its open, hashed file, where an interpreter cannot find a script. Build a single executable.", startProgram},
		{"start.by-hand", "without a host it does not serve, but ends",
			"Refuse to serve when the magic cookie is not in the environment: sdk.Serve does.", startByHand},
		{"start.socket", "its socket is in the folder that it was given",
			"Listen at a Unix socket within the folder of the variable PLUGIN_UNIX_SOCKET_DIR.", startSocket},
		{"start.closed-door", "only the host that started it can speak to it",
			"Serve with mutual TLS: present a certificate of your own in the handshake line and demand the one of PLUGIN_CLIENT_CERT.", startClosedDoor},
		{"start.beside", "two of it run side by side and are the same",
			"Share nothing between processes (no lock file, no fixed port): an upgrade starts the new one beside the old one.", startBeside},
		{"start.anew", "after kill -9 it starts again as the same",
			"Keep nothing that a sudden death leaves broken.", startAnew},
		{"start.term", "it ends within a second when asked to (SIGTERM) and leaves no process behind",
			"Do not ignore SIGTERM, and end what you have started.", startTerm},
	}
}

func startHandshake(ctx context.Context, t *trial) {
	p, err := t.start(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	t.about = p.About
	p.stop()
	if t.main, err = t.configured(ctx); err != nil {
		t.errorf("%v", err)
		t.about = nil
	}
}

func startProgram(_ context.Context, t *trial) {
	f, err := os.Open(t.Program)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer f.Close()
	head := make([]byte, 4)
	if _, err := io.ReadFull(f, head); err != nil || bytes.HasPrefix(head, []byte("#!")) || string(head) != "\x7fELF" {
		t.errorf("it is no ELF executable")
	}
}

func startByHand(ctx context.Context, t *trial) {
	program, err := filepath.Abs(t.Program)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, t.limit(3*time.Second))
	defer cancel()
	cmd := exec.CommandContext(ctx, program) //nolint:gosec // the program is what is tested
	cmd.Env, cmd.Dir, cmd.WaitDelay = environment(t.dir), "/", time.Second
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		t.errorf("it still runs after some seconds")
	case err == nil:
		t.errorf("it ends as if all were well")
	}
	t.want(!bytes.Contains(out, []byte("|grpc")), "it prints a handshake")
}

func startSocket(_ context.Context, t *trial) {
	at := filepath.Dir(filepath.Clean(t.main.runner.address))
	t.want(at == t.main.runner.sockets, "it listens in another folder")
}

func startClosedDoor(ctx context.Context, t *trial) {
	for name, transport := range map[string]credentials.TransportCredentials{
		"without TLS":         insecure.NewCredentials(),
		"without certificate": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}), //nolint:gosec // whoever it is, it must not answer
	} {
		conn, err := grpc.NewClient("unix:"+t.main.runner.address, grpc.WithTransportCredentials(transport), grpc.WithAuthority("localhost"))
		if err != nil {
			t.errorf("%v", err)
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
		_, err = wirev1.NewBaseServiceClient(conn).Describe(ctx, &wirev1.DescribeRequest{})
		cancel()
		_ = conn.Close()
		t.want(err != nil, "somebody %s gets an answer", name)
	}
}

func startBeside(ctx context.Context, t *trial) {
	other, err := t.configured(ctx)
	if err != nil {
		t.errorf("the second: %v", err)
		return
	}
	defer other.stop()
	t.want(same(other.About, t.about), "the second describes itself otherwise")
	for _, p := range []*process{t.main, other} {
		if _, err := t.health(ctx, p); err != nil {
			t.errorf("health: %v", err)
		}
	}
}

func startAnew(ctx context.Context, t *trial) {
	p, err := t.configured(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	p.stop()
	if p, err = t.configured(ctx); err != nil {
		t.errorf("after its death: %v", err)
		return
	}
	defer p.stop()
	t.want(same(p.About, t.about), "it describes itself otherwise")
}

func startTerm(ctx context.Context, t *trial) {
	p, err := t.configured(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer p.stop()
	group := p.runner.cmd.Process.Pid
	p.runner.signal(syscall.SIGTERM)
	t.want(p.runner.gone(t.limit(time.Second)), "it does not end")
	t.want(errors.Is(syscall.Kill(-group, 0), syscall.ESRCH), "a process that it started is still there")
}

// same compares descriptions, in which the order of languages and codes says nothing.
func same(a, b *wirev1.DescribeResponse) bool { return proto.Equal(sorted(a), sorted(b)) }

func sorted(d *wirev1.DescribeResponse) *wirev1.DescribeResponse {
	d = proto.CloneOf(d)
	slices.SortFunc(d.Catalogues, func(a, b *wirev1.Catalogue) int { return strings.Compare(a.Locale, b.Locale) })
	slices.SortFunc(d.OwnCodes, func(a, b *wirev1.OwnCode) int { return strings.Compare(a.Code, b.Code) })
	return d
}
