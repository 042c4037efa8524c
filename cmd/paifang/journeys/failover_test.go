package journeys

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// TestFailover: of two messengers for text messages the first sends while it lives.
// When it has died for good the second sends, and nobody who registers notices.
func TestFailover(t *testing.T) {
	home := t.TempDir()
	folder, settings := filepath.Join(home, "providers"), map[string]any{}
	installProviders(t, folder, []string{"first", "second"}, shippedBut(t, "sandboxmailbox"))
	inboxes := map[string]*postbox{}
	for _, name := range []string{"first", "second"} {
		settings[name] = map[string]string{"dir": filepath.Join(home, name, "mailbox")}
		inboxes[name] = watchMail(filepath.Join(home, name))
		t.Cleanup(inboxes[name].close)
	}
	raw, err := json.Marshal(settings)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(home, "settings.json"), raw, 0o600))
	s := newServerIn(t, "", t.TempDir(), "PAIFANG_PROVIDERS="+folder, "PAIFANG_SETTINGS="+filepath.Join(home, "settings.json"),
		"PAIFANG_MESSENGERS=phone=first,second;email=second")

	s.registersBy(inboxes, 1, "first", "second")
	pid := s.processOf("first")
	must(t, os.Remove(filepath.Join(folder, "first"))) // it cannot start again
	must(t, syscall.Kill(pid, syscall.SIGKILL))
	for end := time.Now().Add(patience); !strings.Contains(s.log.String(), "provider=first state=quarantined"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody notices that the first messenger is dead")
		}
	}
	s.registersBy(inboxes, 2, "second", "first")
	s.unharmed()
}

// registersBy has somebody register by M1, whose messages the one messenger sends,
// each once, and the other none.
func (s *server) registersBy(inboxes map[string]*postbox, n int, one, other string) {
	s.t.Helper()
	w := newWalker(func() string { return s.base }, inboxes[one], n)
	must(s.t, w.walk(background(s.t)))
	var sent []message
	for end := time.Now().Add(patience); len(sent) < 2 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		sent = inboxes[one].all(w.phone) // the code, and that the account is open
	}
	list, err := s.store().Messages(background(s.t), "demo", kyc.ApplicationID(w.view.ID), 100)
	must(s.t, err)
	if len(sent) != 2 || len(list) != 2 || sent[0].ID == sent[1].ID {
		s.t.Errorf("%s was given %d messages of %d", one, len(sent), len(list))
	}
	for _, m := range sent {
		if m.Again {
			s.t.Errorf("%s is told that %s may have been sent already", one, m.ID)
		}
	}
	if astray := inboxes[other].all(w.phone); len(astray) > 0 {
		s.t.Errorf("%s was given %d messages, too", other, len(astray))
	}
}

// processOf is the process of a provider, by what the log says of it.
func (s *server) processOf(name string) int {
	s.t.Helper()
	said := regexp.MustCompile(`provider=`+name+` state=\w+ pid=([1-9]\d*)`).FindAllStringSubmatch(s.log.String(), -1)
	if len(said) == 0 {
		s.t.Fatalf("%s does not run", name)
	}
	pid, err := strconv.Atoi(said[len(said)-1][1])
	must(s.t, err)
	return pid
}
