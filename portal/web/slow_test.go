package web

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// entrance is one on a port of its own.
func entrance(t *testing.T, e *Entrance) *Entrance {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.Listener = l
	t.Cleanup(func() { _ = l.Close() })
	return e
}

// from dials from a loopback address.
func (e *Entrance) from(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).Dial("tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// said is what the server says to a connection that asks nothing; "" when it waits.
func said(t *testing.T, conn net.Conn, wait time.Duration) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(conn)
	return string(raw)
}

// long is a stream that tells when it was closed.
type long struct {
	left   int64
	closed chan struct{}
}

func (l *long) Read(b []byte) (int, error) {
	n := min(l.left, int64(len(b)))
	if l.left -= n; n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

func (l *long) Close() error { close(l.closed); return nil }

// TestSlowReaders: an answer goes on for as long as it is read, several times as
// long as one piece of it may take, whether it is streamed or whole; who
// reads nothing is cut off.
func TestSlowReaders(t *testing.T) {
	const size, piece = 12 << 20, 1500 * time.Millisecond
	app := fiber.New(fiber.Config{DisableStartupMessage: true, WriteTimeout: piece})
	idle := &long{left: size, closed: make(chan struct{})}
	app.Get("/streamed", func(c *fiber.Ctx) error { return c.SendStream(&long{size, make(chan struct{})}, size) })
	app.Get("/whole", func(c *fiber.Ctx) error { return c.Send(make([]byte, size)) })
	app.Get("/idle", func(c *fiber.Ctx) error { return c.SendStream(idle, size) })
	e := entrance(t, &Entrance{write: piece})
	served := make(chan error, 1)
	go func() { served <- app.Listener(e) }()
	t.Cleanup(func() {
		_ = app.Shutdown()
		<-served
	})
	ask := func(path string) net.Conn {
		conn := e.from(t, "127.0.0.1")
		_ = conn.(*net.TCPConn).SetReadBuffer(128 << 10)
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	began := time.Now()
	nothing, done := ask("/idle"), make(chan int64, 2)
	for _, path := range []string{"/streamed", "/whole"} {
		go func(conn net.Conn) {
			var got int64
			for {
				n, err := io.CopyN(io.Discard, conn, 256<<10)
				if got += n; err != nil {
					break
				}
				time.Sleep(75 * time.Millisecond)
			}
			done <- got
		}(ask(path))
	}
	select {
	case <-idle.closed:
	case <-time.After(30 * piece):
		t.Error("who reads nothing holds the answer")
	}
	if left := len(said(t, nothing, 10*time.Second)); left >= size {
		t.Errorf("who reads nothing for a while has got all: %d", left)
	}
	for range 2 {
		if got := <-done; got < size {
			t.Errorf("who reads slowly has got %d of %d", got, size)
		}
	}
	if took := time.Since(began); took < 2*piece {
		t.Errorf("the slow readers were not slow: %v", took)
	}
}

// TestEntrance: one address has so many connections at a time and no more. Another
// address, and a proxy of ours, are not kept from theirs by it.
func TestEntrance(t *testing.T) {
	var log strings.Builder
	e := entrance(t, &Entrance{PerAddress: 3, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/", func(c *fiber.Ctx) error { return c.SendString("in") })
	served := make(chan error, 1)
	go func() { served <- app.Listener(e) }()
	in := func(conn net.Conn) bool {
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		b := make([]byte, 15)
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err := io.ReadFull(conn, b)
		return err == nil && string(b) == "HTTP/1.1 200 OK"
	}
	guests := []net.Conn{e.from(t, "127.0.0.1"), e.from(t, "127.0.0.1"), e.from(t, "127.0.0.1")}
	for _, g := range guests {
		if !in(g) {
			t.Error("somebody is not let in")
		}
	}
	for range 3 {
		if got := said(t, e.from(t, "127.0.0.1"), 10*time.Second); !strings.HasPrefix(got, "HTTP/1.1 503 ") || !strings.HasSuffix(got, "\r\n\r\nToo many connections from your address: close some.\n") {
			t.Errorf("one too many is told %q", got)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || strings.Contains(log.String(), "127.0.0.1") {
		t.Errorf("the log has %d lines, or an address:\n%s", n, &log)
	}
	if !in(e.from(t, "127.0.0.2")) {
		t.Error("another address is kept out")
	}
	for range 5 {
		if !in(e.from(t, "127.0.0.9")) {
			t.Error("the proxy is kept out")
		}
	}
	_ = guests[0].Close()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if in(e.from(t, "127.0.0.1")) {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nobody comes in when somebody has left")
		}
	}
	_ = app.Shutdown()
	<-served
}

// TestEntranceForgets: who has left is counted once and leaves no trace, and an
// IPv6 address counts by its network.
func TestEntranceForgets(t *testing.T) {
	e := &Entrance{PerAddress: 2}
	for text, want := range map[string]string{"[2001:db8::1]:5": "2001:db8::", "[2001:db8::ffff:2]:5": "2001:db8::", "[2001:db8:0:1::1]:5": "2001:db8:0:1::",
		"[::ffff:192.0.2.1]:5": "192.0.2.1", "192.0.2.1:7": "192.0.2.1", "[fe80::1%eth0]:5": "fe80::"} {
		if from, counted := e.counts(addressed{addr: text}); !counted || from.String() != want {
			t.Errorf("%s counts as %s, %t", text, from, counted)
		}
	}
	at := netip.MustParseAddr("192.0.2.1")
	for i := range 3 {
		if in := e.enter(at); in != (i < 2) {
			t.Errorf("connection %d of two: %t", i+1, in)
		}
	}
	for range 2 {
		g := &guest{Conn: addressed{}, leave: func() { e.leave(at) }}
		_, _ = g.Close(), g.Close()
	}
	if len(e.open) != 0 {
		t.Errorf("%v are left", e.open)
	}
}

// addressed is a connection of which only the address is known.
type addressed struct {
	net.Conn
	addr string
}

func (a addressed) RemoteAddr() net.Addr { return named(a.addr) }
func (addressed) Close() error           { return nil }

type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }

// TestNoRoom: having no more file descriptors does not end the server.
func TestNoRoom(t *testing.T) {
	e := entrance(t, &Entrance{})
	e.Listener = &full{Listener: e.Listener, times: 3}
	conn := e.from(t, "127.0.0.1")
	in, err := e.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	_ = in.Close()
	if got := said(t, conn, 10*time.Second); !bytes.Equal([]byte(got), []byte("x")) {
		t.Errorf("read %q", got)
	}
	_ = e.Close()
	if _, err := e.Accept(); err == nil {
		t.Error("a closed door accepts")
	}
}

// full has no room some times.
type full struct {
	net.Listener
	times int
}

func (f *full) Accept() (net.Conn, error) {
	if f.times--; f.times >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return f.Listener.Accept()
}
