package journeys

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// postbox reads the sandbox mailboxes of servers as messages arrive there, which
// the messenger empties of the oldest.
type postbox struct {
	mu    sync.Mutex
	known map[string]bool      // files read
	to    map[string][]message // by recipient, as they came
	stop  context.CancelFunc
	ended chan struct{}
}

// watchMail watches the mailboxes of data folders until close.
func watchMail(folders ...string) *postbox {
	ctx, stop := context.WithCancel(context.Background())
	p := &postbox{known: map[string]bool{}, to: map[string][]message{}, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		for ctx.Err() == nil {
			for _, folder := range folders {
				p.read(filepath.Join(folder, "mailbox"))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return p
}

func (p *postbox) close() {
	p.stop()
	<-p.ended
}

func (p *postbox) read(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if filepath.Ext(path) != ".json" || e.Name()[0] == '.' || p.known[path] {
			continue
		}
		raw, err := os.ReadFile(path)
		var m message
		if err != nil || json.Unmarshal(raw, &m) != nil {
			continue // taken away, or not whole yet
		}
		p.known[path] = true
		p.mu.Lock()
		p.to[m.To] = append(p.to[m.To], m)
		slices.SortStableFunc(p.to[m.To], func(a, b message) int { return cmp.Compare(a.At, b.At) }) // files of textpost have no order
		p.mu.Unlock()
	}
}

// all lists what came for somebody.
func (p *postbox) all(to string) []message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]message(nil), p.to[to]...)
}

// code waits for a code for somebody; of several it is the last.
func (p *postbox) code(ctx context.Context, to string) (string, error) {
	for {
		if list := p.all(to); len(list) > 0 {
			return codeInText.FindString(list[len(list)-1].Text), nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no message came: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
