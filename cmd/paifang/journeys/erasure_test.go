package journeys

import (
	"archive/zip"
	"database/sql"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // makes a back-up

	"github.com/paifang/paifang/core/store/storetest"
)

// TestErasureReachesBackups: two people register with pictures of their passports;
// the data is backed up; one of them is erased. A new server on the back-up, with
// the keys of today, reads the other and not the one.
func TestErasureReachesBackups(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		ann, bob := s.registered("ann.stays@example.com", "+201001234541"), s.registered("bob.goes@example.com", "+201001234542")
		for _, id := range []string{ann, bob} {
			if text := s.export(id, ""); !strings.Contains(text, "@example.com") || !strings.Contains(text, "files/") {
				t.Fatalf("the export lacks something: %.600s", text)
			}
		}
		restored := s.backUp()
		before := s.blobsOf(bob)
		if len(before) == 0 {
			t.Fatal("bob has no files")
		}
		if out := s.operate("person", "erase", "demo", bob, "--reason", "requested", "--yes"); !strings.Contains(out, "--force") {
			t.Errorf("who has an account is erased without force: %s", out)
		}
		s.export(bob, "")
		if out := s.operate("person", "erase", "demo", bob, "--reason", "requested", "--force", "--yes"); !strings.Contains(out, "Erased") {
			t.Fatalf("erase: %s", out)
		}
		if left := s.blobsOf(bob); len(left) > 0 {
			t.Errorf("blobs are left: %v", left)
		}
		s.export(ann, "")
		s.export(bob, "erased")

		// Only the data comes from the back-up.
		must(t, os.CopyFS(filepath.Join(restored.data, "keys"), os.DirFS(filepath.Join(s.data, "keys"))))
		master, err := os.ReadFile(filepath.Join(s.data, "master.key"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(restored.data, "master.key"), master, 0o600))
		must(t, exec.Command("chmod", "-R", "go=", restored.data).Run())
		if len(restored.blobsOf(bob)) != len(before) {
			t.Fatal("the back-up has not got bob's files")
		}
		if text := restored.export(ann, ""); !strings.Contains(text, "ann.stays@example.com") {
			t.Errorf("ann is not in the back-up: %.600s", text)
		}
		restored.export(bob, "gone")
	})
}

// registered is the application of somebody who has an account.
func (s *server) registered(email, phone string) string {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson(email, phone, annas)))
	c.run("overseas")
	if c.view.State == "in_review" {
		o := newOfficer(s, "demo")
		o.next()
		o.approve()
		c.run("overseas")
	}
	c.activated("")
	return c.view.ID
}

// operate runs a command beside the server, and tells what it said.
func (s *server) operate(args ...string) string {
	s.t.Helper()
	dir, err := programs()
	must(s.t, err)
	command := exec.Command(filepath.Join(dir, "paifang"), args...)
	command.Env = append(os.Environ(), "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	out, _ := command.CombinedOutput()
	return string(out)
}

// export is the names and the text of everything held about a person; refused is
// what the command says instead.
func (s *server) export(id, refused string) string {
	s.t.Helper()
	name := filepath.Join(s.t.TempDir(), "person.zip")
	out := s.operate("person", "export", "demo", id, name)
	if refused != "" {
		if _, err := os.Stat(name); err == nil || !strings.Contains(out, refused) {
			s.t.Errorf("export of %s is not refused with %q: %s", id, refused, out)
		}
		return ""
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		s.t.Fatalf("export of %s: %v\n%s", id, err, out)
	}
	defer archive.Close()
	var text strings.Builder
	for _, f := range archive.File {
		r, err := f.Open()
		must(s.t, err)
		raw, err := io.ReadAll(r)
		must(s.t, err)
		text.WriteString(f.Name + "\n")
		if f.Name == "person.json" {
			text.Write(raw)
		} else if len(raw) < 1000 {
			s.t.Errorf("%s has %d bytes", f.Name, len(raw))
		}
	}
	return text.String()
}

// blobsOf are the names of an application's blobs.
func (s *server) blobsOf(application string) []string {
	s.t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.data, "blobs", "demo", application))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// backUp copies the database and the blobs, while the server runs, as operating.md
// says, and puts them into a new installation without keys.
func (s *server) backUp() *server {
	s.t.Helper()
	restored := &server{t: s.t, data: s.t.TempDir(), log: &logFile{}}
	if s.database == "" {
		db, err := sql.Open("sqlite3", filepath.Join(s.data, "paifang.db"))
		must(s.t, err)
		_, err = db.ExecContext(background(s.t), "VACUUM INTO ?", filepath.Join(restored.data, "paifang.db"))
		must(s.t, err)
		must(s.t, db.Close())
	} else {
		restored.database = storetest.PostgresURL(s.t)
		copied := filepath.Join(restored.data, "copy.sql")
		out, err := exec.Command("pg_dump", "--clean", "--if-exists", "--no-owner", "--file="+copied, s.database).CombinedOutput()
		if err != nil {
			s.t.Fatalf("back up: %v\n%s", err, out)
		}
		if out, err = exec.Command("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--file="+copied, restored.database).CombinedOutput(); err != nil {
			s.t.Fatalf("restore: %v\n%s", err, out)
		}
		must(s.t, os.Remove(copied))
	}
	must(s.t, os.CopyFS(filepath.Join(restored.data, "blobs"), os.DirFS(filepath.Join(s.data, "blobs"))))
	return restored
}
