package journeys

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// TestUpgradeWhilePeopleRegister: the rules of the mainland are upgraded and rolled
// back while people register by them. Nobody is refused, and everybody's steps are
// judged by the version that the application began with.
func TestUpgradeWhilePeopleRegister(t *testing.T) {
	t.Setenv("PAIFANG_ALLOW_UNSIGNED", "true")
	if full() {
		databases(t, func(t *testing.T, s *server) { s.upgraded(20) })
		return
	}
	newServer(t, "").upgraded(2)
}

// upgraded makes so many upgrades and as many roll-backs while four people at a
// time register.
func (s *server) upgraded(rounds int) {
	versions := []string{"1.99.1", "1.99.2"}
	for _, v := range versions {
		s.office("provider", "install", mainlandOf(s.t, v))
	}
	post := watchMail(s.data)
	defer post.close()
	var ended atomic.Bool
	var mu sync.Mutex
	var walked []*walker
	var all sync.WaitGroup
	for c := range 4 {
		all.Go(func() {
			for n := 0; !ended.Load(); n++ {
				w := newWalker(func() string { return s.base }, post, c*10000+n)
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // on a busy machine
				if err := w.walk(ctx); err != nil {
					s.t.Errorf("client %d, journey %d: %v", c, n, err)
				}
				cancel()
				mu.Lock()
				walked = append(walked, w)
				mu.Unlock()
			}
		})
	}
	for i := range rounds {
		s.office("provider", "upgrade", "mainland", versions[i%2], "--applications", "0")
		s.inForce(2*i + 1)
		s.office("provider", "rollback", "mainland")
		s.inForce(2*i + 2)
	}
	ended.Store(true)
	all.Wait()
	lost := 0
	for _, w := range walked {
		lost += w.lost + len(w.refused)
		if w.lost+len(w.refused) > 0 {
			s.t.Errorf("refused with %v, %d requests without answer", w.refused, w.lost)
		}
	}
	s.unharmed()
	s.stop(syscall.SIGTERM)
	s.t.Logf("%d upgrades and as many roll-backs, %d people registered, %d requests failed; by version: %v", rounds, len(walked), lost, s.bound("demo", walked))
}

// bound counts the applications by the version that they are bound to, and wants
// it to have judged all of their steps.
func (s *server) bound(tenant kyc.TenantID, walked []*walker) map[string]int {
	db, count := s.store(), map[string]int{}
	for _, w := range walked {
		app, err := db.Application(background(s.t), tenant, kyc.ApplicationID(w.view.ID))
		must(s.t, err)
		steps, err := db.Steps(background(s.t), tenant, app.ID)
		must(s.t, err)
		count[app.Provider]++
		for _, step := range steps {
			if step.Provider != "" && step.Provider != app.Provider {
				s.t.Errorf("an application by %s has step %s by %s", app.Provider, step.Step, step.Provider)
			}
		}
	}
	if len(count) < 2 {
		s.t.Errorf("all applications began with one version: %v", count)
	}
	return count
}

// inForce waits until the server has changed versions so often.
func (s *server) inForce(changes int) {
	s.t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if strings.Count(s.log.String(), `msg="provider version" provider=mainland`) >= changes {
			return
		}
	}
	s.t.Fatalf("change %d of versions did not come about\n%s", changes, s.log.tail())
}

// office runs a command of the same installation and gives what it says.
func (s *server) office(args ...string) string {
	s.t.Helper()
	dir, err := programs()
	must(s.t, err)
	c := exec.Command(filepath.Join(dir, "paifang"), args...)
	c.Env = append(os.Environ(), "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	out, err := c.CombinedOutput()
	if err != nil {
		s.t.Fatalf("paifang %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// mainlandOf builds the market of the mainland as another version of itself, with
// words of its main file replaced by others, in turn.
func mainlandOf(t *testing.T, version string, changes ...string) string {
	t.Helper()
	return build(t, "mainland", version, nil, changes...)
}

// build builds a provider that is shipped as another version of itself, with files more
// (name -> where they are) and words of its main file replaced by others, in turn.
func build(t *testing.T, name, version string, more map[string]string, changes ...string) string {
	t.Helper()
	dir, err := programs()
	must(t, err)
	folder := filepath.Join(dir, "..", "plugins", name)
	source := filepath.Join(folder, "main.go")
	text, err := os.ReadFile(source)
	must(t, err)
	before, after, ok := strings.Cut(string(text), `Version: "`)
	_, rest, closed := strings.Cut(after, `"`)
	if !ok || !closed {
		t.Fatal("the provider's version is not where it was")
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(before+rest, changes[i]) {
			t.Fatalf("the provider has no %q", changes[i])
		}
		before, rest = strings.ReplaceAll(before, changes[i], changes[i+1]), strings.ReplaceAll(rest, changes[i], changes[i+1])
	}
	out := t.TempDir()
	changed := filepath.Join(out, "main.go")
	must(t, os.WriteFile(changed, fmt.Appendf(nil, `%sVersion: "%s"%s`, before, version, rest), 0o600))
	replace := map[string]string{source: changed}
	for file, at := range more {
		replace[filepath.Join(folder, file)], err = filepath.Abs(at)
		must(t, err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(out, "overlay.json"), overlay, 0o600))
	program := filepath.Join(out, name)
	build := exec.Command("go", "build", "-overlay", filepath.Join(out, "overlay.json"), "-o", program, "github.com/paifang/paifang/plugins/"+name)
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return program
}
