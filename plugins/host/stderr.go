package host

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxStderrLine = 4096
	tellDropped   = time.Second // lines that are dropped are told of so often at most
	stderrBurst   = 64 << 10    // bytes that are read at once
	stderrRate    = 256 << 10   // bytes that are read in a second after that
)

var (
	logCode   = regexp.MustCompile(`^[a-z0-9_.]{1,64}$`)
	requestID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	traceID   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	frame     = regexp.MustCompile(`^\t([\w./@+-]{1,200}\.go:\d{1,7})( \+0x[0-9a-f]+)?$`)
)

// stderrLog reads a provider's stderr to its end. Nothing can tell whether a
// line holds personal data, so only its form comes through: level, code and
// request of a JSON line, that the process panicked, and the source places of
// the trace. Everything else, and what is too much, is counted and dropped.
type stderrLog struct {
	log   *slog.Logger
	diary diary

	mu      sync.Mutex
	allowed allowance
	dropped int
	telling *time.Timer // nil: nobody was told of yet
}

// A provider that writes faster than it is read waits at its own pipe: whoever
// read as fast as it writes would spend a processor on it, and others wait for that.
func (s *stderrLog) read(r io.Reader) {
	lines := bufio.NewReaderSize(&slowly{r: r, left: stderrBurst, at: time.Now()}, maxStderrLine)
	for {
		line, more, err := lines.ReadLine()
		if err != nil {
			break
		}
		for more && err == nil { // the rest of a line that is too long
			line = nil
			_, more, err = lines.ReadLine()
		}
		s.line(string(line))
	}
	s.mu.Lock()
	if s.telling != nil {
		s.telling.Stop()
	}
	s.mu.Unlock()
	s.tell()
}

func (s *stderrLog) line(line string) {
	if place := frame.FindStringSubmatch(line); place != nil {
		s.say(slog.LevelError, "provider trace", "at", place[1], "", "")
		return
	}
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		s.say(slog.LevelError, "provider panicked", "code", "panic", "", "")
		return
	}
	var entry struct {
		Level   slog.Level `json:"level"`
		Code    string     `json:"code"`
		Request string     `json:"request"`
		Trace   string     `json:"trace"`
	}
	if json.Unmarshal([]byte(line), &entry) != nil || !logCode.MatchString(entry.Code) {
		s.drop()
		return
	}
	if !requestID.MatchString(entry.Request) {
		entry.Request = ""
	}
	if !traceID.MatchString(entry.Trace) {
		entry.Trace = ""
	}
	s.say(entry.Level, "provider says", "code", entry.Code, entry.Request, entry.Trace)
}

// say passes a line on if there are not too many.
func (s *stderrLog) say(level slog.Level, what, name, text, request, trace string) {
	s.mu.Lock()
	ok := s.allowed.take(s.diary.clock())
	s.mu.Unlock()
	if !ok {
		s.drop()
		return
	}
	args := []any{name, text}
	if request != "" {
		args = append(args, "request", request)
	}
	if trace != "" {
		args = append(args, "trace", trace)
	}
	s.log.Log(context.Background(), level, what, args...)
	s.diary.write(level, text, request)
}

func (s *stderrLog) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped++; s.dropped == 1 {
		s.telling = time.AfterFunc(tellDropped, s.tell)
	}
}

// tell says how many lines were dropped since it last did.
func (s *stderrLog) tell() {
	s.mu.Lock()
	n := s.dropped
	s.dropped = 0
	s.mu.Unlock()
	if n > 0 {
		s.log.Info("provider stderr dropped", "lines", n)
		s.diary.write(slog.LevelInfo, "dropped "+strconv.Itoa(n)+" lines: too many, or no code", "")
	}
}

// slowly reads at most stderrRate bytes a second, after a burst.
type slowly struct {
	r    io.Reader
	left int // bytes that may be read now
	at   time.Time
}

func (s *slowly) Read(p []byte) (int, error) {
	now := time.Now()
	s.left = min(stderrBurst, s.left+int(now.Sub(s.at).Seconds()*stderrRate))
	s.at = now
	if s.left <= 0 {
		time.Sleep(time.Duration(1-s.left) * time.Second / stderrRate)
	}
	n, err := s.r.Read(p)
	s.left -= n
	return n, err
}
