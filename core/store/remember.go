package store

import (
	"sync"
	"time"
)

const (
	// rememberFor is how late a node learns what another one has changed.
	rememberFor = time.Second
	// rememberMost bounds the rows kept; past it all are forgotten.
	rememberMost = 4096
)

// remembered keeps what an operator sets up and nearly every request reads:
// tenants, their markets, legal texts, API keys. What this process changes it
// forgets at once, what another one changes after rememberFor. Callers must not
// change what they get.
type remembered struct {
	mu      sync.Mutex
	rows    map[place]kept
	changes int64
}

// place names a row: the kind, then what it is looked up by.
type place [5]string

type kept struct {
	row   any
	until time.Time
}

// recall gives a row from memory, or reads it. Errors are not remembered.
func recall[R any](s *Store, at place, read func() (R, error)) (R, error) {
	m, now := &s.known, s.clock()
	m.mu.Lock()
	changes, found := m.changes, m.rows[at]
	m.mu.Unlock()
	if row, ok := found.row.(R); ok && now.Before(found.until) {
		return row, nil
	}
	row, err := read()
	if err != nil {
		return row, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes == changes { // else it may have been read before the change
		if m.rows == nil || len(m.rows) >= rememberMost {
			m.rows = map[place]kept{}
		}
		m.rows[at] = kept{row, now.Add(rememberFor)}
	}
	return row, nil
}

func (m *remembered) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = nil
	m.changes++
}
