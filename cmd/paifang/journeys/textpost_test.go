package journeys

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// shippedBut are the providers that the program comes with, without one.
func shippedBut(t *testing.T, without string) []string {
	t.Helper()
	from, err := programs()
	must(t, err)
	all, err := os.ReadDir(filepath.Join(from, "providers"))
	must(t, err)
	var names []string
	for _, e := range all {
		if name := e.Name(); name != "SHA256SUMS" && name != without {
			names = append(names, name)
		}
	}
	return names
}

// installProviders makes a folder of providers as an operator with messengers of
// their own has it: the named ones, and testdata/textpost under each messenger's name.
func installProviders(t *testing.T, dir string, messengers, names []string) {
	t.Helper()
	from, err := programs()
	must(t, err)
	must(t, os.Mkdir(dir, 0o700))
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(from, "providers", name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), raw, 0o700))
	}
	for _, name := range messengers {
		build := exec.Command("go", "build", "-ldflags", "-X main.id="+name, "-o", filepath.Join(dir, name), "./testdata/textpost")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build the messenger: %v\n%s", err, out)
		}
	}
	sums := ""
	for _, name := range slices.Concat(names, messengers) {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(raw), name)
		must(t, os.Chmod(filepath.Join(dir, name), 0o700))
	}
	must(t, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums), 0o600))
}

// death is a kill, from the moment before it until what was killed ran again.
type death struct{ before, after time.Time }

// handedOnce wants each message of whatever template to have been given to the
// messenger once. A second time is for a kill in between only, which may have come
// before the result was stored, and then the messenger is told that it is one. Nothing
// that was not asked for comes.
func (s *server) handedOnce(walked []*walker, deaths []death) {
	s.t.Helper()
	db, total, second := s.store(), map[string]int{}, 0
	for _, w := range walked {
		list, err := db.Messages(background(s.t), "demo", kyc.ApplicationID(w.view.ID), 100)
		must(s.t, err)
		calls, templates := map[string][]message{}, map[string]int{}
		for _, m := range w.post.all(w.phone) {
			calls[m.ID] = append(calls[m.ID], m)
		}
		for _, m := range list {
			here := calls[string(m.ID)]
			delete(calls, string(m.ID))
			if templates[m.Template]++; len(here) == 0 && (m.State == kyc.MessageSent || m.State == kyc.MessageDelivered) {
				s.t.Errorf("%s: %s is %s and was never given to the messenger", w.view.ID, m.Template, m.State)
			}
			for i := 1; i < len(here); i++ {
				second++
				if !here[i].Again || !diedBetween(deaths, here[i-1].At, here[i].At) {
					s.t.Errorf("%s: %s was given to the messenger again after %v, marked as again: %t, with a kill in between: %t", w.view.ID, m.Template,
						time.Duration(here[i].At-here[i-1].At), here[i].Again, diedBetween(deaths, here[i-1].At, here[i].At))
				}
			}
		}
		for _, rest := range calls {
			s.t.Errorf("%s: %d messages came that are none of the application's", w.view.ID, len(rest))
		}
		for template, n := range templates {
			total[template] += n
			if template != "code" && n != 1 { // of codes messagesAgree knows how many were asked for
				s.t.Errorf("%s: %d messages %s", w.view.ID, n, template)
			}
		}
	}
	s.t.Logf("%v messages were asked for, %d were given to the messenger a second time because of a kill", total, second)
	if len(total) < 2 {
		s.t.Errorf("only %v was asked for: nothing but codes was tested", total)
	}
}

// diedBetween tells whether something was dead at some time between two calls.
func diedBetween(deaths []death, first, next int64) bool {
	for _, d := range deaths {
		if d.after.UnixNano() >= first && d.before.UnixNano() <= next {
			return true
		}
	}
	return false
}
