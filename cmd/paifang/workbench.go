package main

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/paifang/paifang/plugins/host"
)

// kept is how many programs a workbench keeps: the one in force, the one before
// that ends its calls, and one more.
const kept = 3

// workbench has one provider under change, beside all that is installed: each
// program that was built takes the place of the one before. It is the host's
// Versions.
type workbench struct {
	name string
	dir  string // nobody else may write to it
	next host.Versions

	mu    sync.Mutex
	built []build // the newest last
	round int
}

type build struct {
	version string // with the round as build metadata, which no installed one has
	sum     []byte
}

// put copies a program onto the bench: the version is what it says itself.
func (w *workbench) put(program, version string) error {
	raw, err := os.ReadFile(program) //nolint:gosec // the author's own program
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.round++
	sum := sha256.Sum256(raw)
	b := build{version + "+dev." + strconv.Itoa(w.round), sum[:]}
	if err := replace(filepath.Join(w.dir, b.version), raw, 0o500); err != nil {
		return err
	}
	if w.built = append(w.built, b); len(w.built) > kept {
		_ = os.Remove(filepath.Join(w.dir, w.built[0].version)) // a process that runs it goes on
		w.built = w.built[1:]
	}
	return nil
}

// Program opens a program of the bench, or what is installed.
func (w *workbench) Program(name, version string) (*os.File, []byte, error) {
	w.mu.Lock()
	i := slices.IndexFunc(w.built, func(b build) bool { return name == w.name && b.version == version })
	var b build
	if i >= 0 {
		b = w.built[i]
	}
	w.mu.Unlock()
	if i < 0 {
		return w.next.Program(name, version)
	}
	f, err := os.Open(filepath.Join(w.dir, b.version))
	return f, b.sum, err
}

// plan puts what is on the bench in force, whatever else was decided of the
// provider. Before the first program there is none.
func (w *workbench) plan(plans map[string]host.Plan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	plans[w.name] = host.Plan{Off: true}
	if n := len(w.built); n > 0 {
		plans[w.name] = host.Plan{Version: w.built[n-1].version}
	}
}

// pid is the process of the provider that answers now; 0: none does.
func (w *workbench) pid(list []host.Status) int {
	for _, s := range list {
		if s.Name == w.name && s.State.Callable() {
			return s.PID
		}
	}
	return 0
}

// answers tells what the program that was put on the bench last says that it
// is, once it has taken the place of the process before. It is an error with the
// reason when it does not come up; done is false while that is open.
func (w *workbench) answers(list []host.Status, before int) (version string, done bool, err error) {
	for _, s := range list {
		if s.Name != w.name {
			continue
		}
		for _, g := range s.Generations {
			coming := g.Role == host.Next || g.Role == host.Current && (g.PID == 0 || g.PID != before)
			switch {
			case !coming:
			case g.State == host.Backoff || g.State == host.Quarantined || g.State == host.Stopped:
				return "", true, errors.New(g.Reason)
			case g.State == host.Ready && g.Role == host.Current:
				return g.Version, true, nil
			}
		}
	}
	return "", false, nil
}
