package web

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	// writeFor is how long a piece of an answer may take to be read: who does not
	// read holds a connection and what was to be said.
	writeFor = 2 * time.Minute
	// pieceSize is what is written at once, in bytes: the unit of a reader's progress.
	pieceSize = 64 << 10
	// sendBuffer bounds what the system keeps of an answer for one reader, in bytes
	// (Linux takes twice as much). It counts a connection as ready again when a third of it was
	// read, so that a line of 2 kB/s is still fast enough, which the megabytes that it keeps
	// otherwise would cut off.
	sendBuffer = 256 << 10
	// warnEvery is how often the log says that somebody was turned away.
	warnEvery = time.Minute
	// acceptAgain is how long is waited when there is no room for a connection.
	acceptAgain = 20 * time.Millisecond
)

// passing are errors of accepting that end by themselves, when connections do: the
// server must not end with them.
var passing = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR}

// tooMany is all that is said to a connection more than one address may have.
const tooMany = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nCache-Control: no-store\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 52\r\n\r\nToo many connections from your address: close some.\n"

// Entrance is a listener that bounds what one network address can hold: its
// connections, and how long they are read from without progress. An IPv6 address
// counts by its network of 64 bits, which is what one line has.
type Entrance struct {
	net.Listener
	PerAddress int            // connections at a time; 0: any number
	Proxies    []netip.Prefix // of the operator's: their connections are other people's, and are not counted
	Log        *slog.Logger

	write  time.Duration // a piece of an answer; 0: writeFor
	mu     sync.Mutex
	open   map[netip.Addr]int
	warned time.Time
}

// Accept waits for the next connection that may come in.
func (e *Entrance) Accept() (net.Conn, error) {
	for {
		conn, err := e.Listener.Accept()
		if slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) }) {
			time.Sleep(acceptAgain)
			continue
		}
		if err != nil {
			return nil, err
		}
		from, counted := e.counts(conn)
		if counted && !e.enter(from) {
			turnAway(conn)
			continue
		}
		if tcp, is := conn.(*net.TCPConn); is {
			_ = tcp.SetWriteBuffer(sendBuffer) // what the system has of it otherwise is worse, not wrong
		}
		guest := &guest{Conn: conn, write: e.write, leave: func() {}}
		if guest.write == 0 {
			guest.write = writeFor
		}
		if counted {
			guest.leave = func() { e.leave(from) }
		}
		return guest, nil
	}
}

// counts tells under which address a connection is counted, if it is.
func (e *Entrance) counts(conn net.Conn) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || e.PerAddress == 0 {
		return netip.Addr{}, false
	}
	from := peer.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(e.Proxies, func(p netip.Prefix) bool { return p.Contains(from) }) {
		return netip.Addr{}, false
	}
	if from.Is6() {
		from = netip.PrefixFrom(from, 64).Masked().Addr()
	}
	return from, true
}

// enter counts a connection, or says that there are too many.
func (e *Entrance) enter(from netip.Addr) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open == nil {
		e.open = map[netip.Addr]int{}
	}
	if e.open[from] < e.PerAddress {
		e.open[from]++
		return true
	}
	if now := time.Now(); e.Log != nil && now.Sub(e.warned) > warnEvery {
		e.warned = now
		e.Log.Warn("connections are turned away: one address has as many as it may; if it is a reverse proxy, name it in --proxies (PAIFANG_PROXIES)", "limit", e.PerAddress)
	}
	return false
}

func (e *Entrance) leave(from netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.open[from]--; e.open[from] == 0 {
		delete(e.open, from)
	}
}

// turnAway says why and closes. It never waits: the buffer of a new connection holds
// all that is said. Who has sent a request already may hear of the close only.
func turnAway(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte(tooMany))
	_ = conn.Close()
}

// guest is a connection that came in.
type guest struct {
	net.Conn
	write time.Duration
	leave func()
	once  sync.Once
}

// Write writes piece by piece, each with its own time: whoever reads goes on, however
// long it takes, and who reads nothing ends.
func (g *guest) Write(b []byte) (int, error) {
	written := 0
	for {
		if err := g.SetWriteDeadline(time.Now().Add(g.write)); err != nil {
			return written, err
		}
		n, err := g.Conn.Write(b[written:min(written+pieceSize, len(b))])
		if written += n; err != nil || written == len(b) {
			return written, err
		}
	}
}

// Close closes it, once or more often.
func (g *guest) Close() error {
	g.once.Do(g.leave)
	return g.Conn.Close()
}
