package journeys

import (
	"encoding/json"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// spy hears every value that people and staff send and every secret that they are
// given, so that a journey which is added is listened to without anybody thinking
// of it. A nil one hears nothing.
type spy struct {
	mu    sync.Mutex
	heard map[string]bool
}

// public are the names of what is no secret and no personal value of its own: choices
// from lists, versions, reasons.
var public = []string{"residence", "gender", "nationality", "document_kind", "issuing_country", "kind", "registered", "country", "postal_code",
	"region", "way", "market", "locale", "version", "outcome", "evidence", "why", "what", "question", "occupation", "licence_term",
	"account_country", "account_kind", "human_test", "human", "document", "side", "role", "subject", "ref", "_csrf", "reason",
	"consents", "reasons", "bind_phone", "percentage", "type"}

// secret are the names of what is given to one person alone.
var secret = []string{"token", "holder_token", "session_token", "device_token", "staff_token", "pending_token", "ticket", "secret", "recovery_codes",
	"code", "url", "assertion"}

func (s *spy) add(values ...string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		for _, line := range strings.Split(v, "\n") {
			parts := strings.Fields(line)
			if len(parts) > 4 { // a sentence, whose words are anybody's
				parts = nil
			}
			for _, part := range append(parts, line) {
				number := strings.Trim(part, "0123456789") == ""
				if !number && len(part) >= 6 || number && (len(part) == 6 || len(part) >= 8) {
					s.heard[part] = true
				}
			}
		}
	}
}

// whole adds what is no text.
func (s *spy) whole(values ...[]byte) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		s.heard[string(v)] = true
	}
}

// sent is the body of a request: all but what is public.
func (s *spy) sent(raw []byte) {
	s.read(raw, private)
}

// private tells whether a value that was sent is a person's: some login names of
// staff are words that stand elsewhere, too ("officer").
func private(name, value string) bool {
	return !slices.Contains(public, name) && (name != "login" || strings.ContainsAny(value, "@+0123456789")) && (name != "code" || !strings.Contains(value, "."))
}

// got is the body of an answer: only what is secret.
func (s *spy) got(raw []byte) {
	s.read(raw, func(name, value string) bool {
		return slices.Contains(secret, name) && (name != "code" || strings.Trim(value, "0123456789") == "")
	})
}

func (s *spy) form(values url.Values) {
	for name, list := range values {
		for _, v := range list {
			if private(name, v) {
				s.add(v)
			}
		}
	}
}

func (s *spy) read(raw []byte, wanted func(name, value string) bool) {
	var body any
	if s == nil || json.Unmarshal(raw, &body) != nil {
		return
	}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		name = name[strings.LastIndex(name, ".")+1:]
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				if !slices.Contains(public, key) {
					walk(key, inner)
				}
			}
		case []any:
			for _, inner := range v {
				walk(name, inner)
			}
		case string:
			if name == "url" {
				v = path.Base(v)
			}
			if wanted(name, v) {
				s.add(v)
			}
		}
	}
	walk("", body)
}

var longToken = regexp.MustCompile(`[\w-]{22,}`)

// mail is the mailbox: to whom, codes, and the secrets of links.
func (s *spy) mail(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		var m message
		must(t, json.Unmarshal(raw, &m))
		s.add(m.To)
		s.add(codeInText.FindAllString(m.Text, -1)...)
		for _, word := range strings.Fields(m.Text) {
			if _, at, ok := strings.Cut(word, "://"); ok {
				s.add(longToken.FindAllString(path.Base(at), -1)...)
			}
		}
	}
}

// all are what must not be found.
func (s *spy) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for v := range s.heard {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

// watcher keeps what appears in a folder for a moment only.
type watcher struct {
	dir, kept string
	stop      chan struct{}
	ended     chan struct{}
}

// watch copies everything that turns up in dir into kept, again when it has grown.
func watch(dir, kept string) *watcher {
	w := &watcher{dir, kept, make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(w.ended)
		seen := map[string]int64{}
		for {
			w.look(seen)
			select {
			case <-w.stop:
				w.look(seen)
				return
			case <-time.After(3 * time.Millisecond):
			}
		}
	}()
	return w
}

func (w *watcher) look(seen map[string]int64) {
	_ = filepath.WalkDir(w.dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || p == w.dir {
			return nil // gone already
		}
		size := int64(0)
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		if before, known := seen[p]; known && before == size {
			return nil
		}
		seen[p] = size
		rel, _ := filepath.Rel(w.dir, p)
		flat := filepath.Join(w.kept, strings.ReplaceAll(rel, "/", "__"))
		var raw []byte
		if d.Type().IsRegular() {
			raw, _ = os.ReadFile(p)
		}
		_ = os.WriteFile(flat, raw, 0o600) // of folders and sockets the name
		return nil
	})
}

// saw waits until it has kept something.
func (w *watcher) saw(t *testing.T, name string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if raw, err := os.ReadFile(filepath.Join(w.kept, name)); err == nil && len(raw) > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s was not seen", name)
		}
	}
}

func (w *watcher) end() {
	close(w.stop)
	<-w.ended
}
