package host

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

const (
	maxStderrLine = 4096
	maxStderrLogs = 100 // lines logged of one generation
)

var (
	logCode = regexp.MustCompile(`^[a-z0-9_.]{1,64}$`)
	frame   = regexp.MustCompile(`^\t([\w./@+-]{1,200}\.go:\d{1,7})( \+0x[0-9a-f]+)?$`)
)

// stderrLog reads a provider's stderr to its end. Nothing can tell whether a
// line holds personal data, so only its form comes through: a level and a code
// of a JSON line, that the process panicked, and the source places of the
// trace. Everything else is counted and dropped.
type stderrLog struct {
	log     *slog.Logger
	logged  int
	dropped int
}

func (s *stderrLog) read(r io.Reader) {
	lines := bufio.NewReaderSize(r, maxStderrLine)
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
	if s.dropped > 0 {
		s.log.Info("provider stderr dropped", "lines", s.dropped)
	}
}

func (s *stderrLog) line(line string) {
	if s.logged >= maxStderrLogs {
		s.dropped++
		return
	}
	s.logged++
	if place := frame.FindStringSubmatch(line); place != nil {
		s.log.Error("provider trace", "at", place[1])
		return
	}
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		s.log.Error("provider panicked")
		return
	}
	var entry struct {
		Level slog.Level `json:"level"`
		Code  string     `json:"code"`
	}
	if json.Unmarshal([]byte(line), &entry) == nil && logCode.MatchString(entry.Code) {
		s.log.Log(context.Background(), entry.Level, "provider says", "code", entry.Code)
		return
	}
	s.logged--
	s.dropped++
}
