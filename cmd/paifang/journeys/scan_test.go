package journeys

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault/vaulttest"
)

// TestNothingIsKeptInClear: after all journeys, with everything that people and staff
// typed, uploaded, were sent and signed in with known, nothing of it is in the
// database, the job rows, the files, the key store, the logs at their most
// talkative, the metrics or the folder for temporary files, which is watched.
func TestNothingIsKeptInClear(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { scanned(t, "") })
	t.Run("postgres", func(t *testing.T) { scanned(t, storetest.PostgresURL(t)) })
}

func scanned(t *testing.T, database string) {
	left, temporary, metrics := t.TempDir(), t.TempDir(), freeAddress(t)
	for _, place := range []string{"temporary", "database", "log", "metrics"} {
		must(t, os.Mkdir(filepath.Join(left, place), 0o700))
	}
	w := watch(temporary, filepath.Join(left, "temporary"))
	s := newServerIn(t, database, t.TempDir(), "TMPDIR="+temporary, "PAIFANG_METRICS="+metrics, "PAIFANG_LOG_LEVEL=debug", "PAIFANG_RECOVERY_WAIT=1s", "PAIFANG_ERASURE_WAIT=2s",
		"PAIFANG_NO_HASH=true")
	s.spy = &spy{heard: map[string]bool{}}
	passing := filepath.Join(temporary, "passing")
	must(t, os.WriteFile(passing, []byte("for a moment"), 0o600))
	w.saw(t, "passing")
	must(t, os.Remove(passing))
	s.everybody()
	resp, err := http.Get("http://" + metrics + "/metrics")
	must(t, err)
	counted, err := io.ReadAll(resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
	must(t, os.WriteFile(filepath.Join(left, "metrics", "metrics"), counted, 0o600))
	s.spy.mail(t, filepath.Join(s.data, "mailbox"))
	s.keepDatabase(filepath.Join(left, "database", "running"))
	s.dump(filepath.Join(left, "tables"))
	s.stop(syscall.SIGTERM)
	w.end()
	s.keepDatabase(filepath.Join(left, "database", "stopped"))
	// How long something took is a number of its own, and with six digits one day somebody's code.
	log := regexp.MustCompile(`\bduration_us=\d+`).ReplaceAllString(s.log.String(), "duration_us=")
	must(t, os.WriteFile(filepath.Join(left, "log", "server.log"), []byte(log), 0o600))
	for _, name := range []string{"blobs", "keys"} {
		must(t, os.CopyFS(filepath.Join(left, name), os.DirFS(filepath.Join(s.data, name))))
	}
	secrets := s.spy.all()
	if len(secrets) < 200 {
		t.Errorf("only %d values are known", len(secrets))
	}
	proveTheScan(t, left)
	vaulttest.Scan(t, left, secrets...)
}

// keepDatabase keeps the files of SQLite as they are, its log among them, and
// everything else that lies in the data folder beside folders.
func (s *server) keepDatabase(dir string) {
	s.t.Helper()
	must(s.t, os.Mkdir(dir, 0o700))
	entries, err := os.ReadDir(s.data)
	must(s.t, err)
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), "demo-") {
			continue // the mailbox is meant to hold messages
		}
		raw, err := os.ReadFile(filepath.Join(s.data, e.Name()))
		must(s.t, err)
		must(s.t, os.WriteFile(filepath.Join(dir, e.Name()), raw, 0o600))
	}
}

// proveTheScan wants it to find what is there: words that are kept in clear, in the
// places where they are, and a value that is planted everywhere in every form.
func proveTheScan(t *testing.T, left string) {
	t.Helper()
	for place, word := range map[string]string{"tables": "application.submitted", "log": "state=starting", "metrics": "paifang_provider_ready",
		"temporary": "for a moment"} {
		if found, err := vaulttest.Find(filepath.Join(left, place), word); err != nil || len(found) == 0 {
			t.Errorf("the scan does not see %q in %s: %v", word, place, err)
		}
	}
	const planted = "Plänted+Person 4711@Example.com"
	forms := map[string]string{}
	for name, v := range map[string]string{"as it is": planted, "small": strings.ToLower(planted), "bare": strings.NewReplacer("+", "", " ", "", ".", "").Replace(planted)} {
		forms[name], forms[name+" query"], forms[name+" hex"] = v, url.QueryEscape(v), hex.EncodeToString([]byte(v))
		forms[name+" JSON"] = strings.ReplaceAll(v, "ä", `\u00e4`)
		for offset := range 3 {
			forms[fmt.Sprint(name, " base64 ", offset)] = base64.StdEncoding.EncodeToString([]byte("xyz"[:offset] + v + "and more"))
		}
		var wide strings.Builder
		for _, u := range utf16.Encode([]rune(v)) {
			wide.Write([]byte{byte(u), byte(u >> 8)})
		}
		forms[name+" UTF-16"] = wide.String()
	}
	entries, err := os.ReadDir(left)
	must(t, err)
	for _, place := range entries {
		for name, text := range forms {
			f := filepath.Join(left, place.Name(), "planted")
			must(t, os.WriteFile(f, []byte("\x00\x17"+text+"\x00"), 0o600))
			if found, err := vaulttest.Find(f, planted); err != nil || len(found) != 1 {
				t.Errorf("%s %s is not found: %v, %v", place.Name(), name, found, err)
			}
			must(t, os.Remove(f))
		}
	}
	if len(entries) < 6 {
		t.Errorf("only %d places", len(entries))
	}
}
