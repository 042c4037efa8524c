package journeys

import (
	"archive/zip"
	"database/sql"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // makes a back-up

	"github.com/paifang/paifang/core/store/storetest"
)

// TestErasureReachesBackups: two people have accounts, with pictures of their
// passports, a reviewer's words about them and a message that waits to be sent; two
// are half-way, with a draft. The data is backed up; then one of each is erased. A
// new server on the back-up, with the keys of today, reads and sends what is of those
// who stay, and nothing of those who went.
func TestErasureReachesBackups(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		ann, bob := s.registered("ann.stays@example.com", "+201001234541"), s.registered("bob.goes@example.com", "+201001234542")
		abe, bea := s.halfway("abe.stays@example.com", "+201001234543"), s.halfway("bea.goes@example.com", "+201001234544")
		for _, c := range []*client{ann, bob} {
			if text := s.export(c.view.ID, ""); !strings.Contains(text, "@example.com") || !strings.Contains(text, "files/") || !strings.Contains(text, reviewersNote) {
				t.Fatalf("the export lacks something: %.600s", text)
			}
		}
		s.mailboxIsAway()
		for _, login := range []string{"ann.stays@example.com", "bob.goes@example.com"} {
			s.session(login, password, 201)
		}
		restored := s.backUp()
		before := s.blobsOf(bob.view.ID)
		if len(before) < 2 {
			t.Fatal("bob has not got a file and its drawing")
		}
		if out := s.operate("person", "erase", "demo", bob.view.ID, "--reason", "requested", "--yes"); !strings.Contains(out, "--force") {
			t.Errorf("who has an account is erased without force: %s", out)
		}
		s.export(bob.view.ID, "")
		for _, c := range []*client{bob, bea} {
			if out := s.operate("person", "erase", "demo", c.view.ID, "--reason", "requested", "--force", "--yes"); !strings.Contains(out, "Erased") {
				t.Fatalf("erase: %s", out)
			}
			if left := s.blobsOf(c.view.ID); len(left) > 0 {
				t.Errorf("blobs are left: %v", left)
			}
			s.export(c.view.ID, "erased")
		}
		s.export(ann.view.ID, "")
		restored.takeKeys(s)
		restored.hasRows(bob, bea, len(before))
		if text := restored.export(ann.view.ID, ""); !strings.Contains(text, "ann.stays@example.com") || !strings.Contains(text, reviewersNote) {
			t.Errorf("ann is not in the back-up: %.600s", text)
		}
		if text := restored.export(abe.view.ID, ""); !strings.Contains(text, "a draft of abe.stays") {
			t.Errorf("abe's draft is not in the back-up: %.600s", text)
		}
		restored.export(bob.view.ID, "gone")
		restored.export(bea.view.ID, "gone")
		restored.serve()
		restored.showsThePages(ann, bob)
		restored.showsTheDraft(abe, bea)
		restored.sendsWhatWaited(bob)
		restored.unharmed()
	})
}

// reviewersNote is what a reviewer wrote to them.
const reviewersNote = "Welcome, Anna Maria Eriksson."

// registered is somebody who has an account.
func (s *server) registered(email, phone string) *client {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson(email, phone, annas)))
	c.run("overseas")
	o := newOfficer(s, "demo")
	o.next()
	o.submit("/decide", url.Values{"outcome": {"approve"}, "note": {reviewersNote}})
	o.seconded()
	c.run("overseas")
	c.activated("")
	return c
}

// halfway is somebody whose profile fell short, which is kept as a draft.
func (s *server) halfway(email, phone string) *client {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson(email, phone, annas)))
	for c.view.Next.Step != "profile" {
		c.once("overseas")
	}
	values := c.fill("overseas")
	values["name_latin"], values["birth_date"] = "a draft of "+strings.TrimSuffix(email, "@example.com"), "2999-01-01"
	if f := c.do(c.action("submit"), map[string]any{"values": values}); f == nil || f.Status != 422 {
		s.t.Fatalf("the profile does not fall short: %+v", f)
	}
	return c
}

// mailboxIsAway lets no message be sent: they wait, sealed.
func (s *server) mailboxIsAway() {
	s.t.Helper()
	box := filepath.Join(s.data, "mailbox")
	must(s.t, os.Rename(box, box+".away"))
	must(s.t, os.WriteFile(box, nil, 0o600))
}

// takeKeys gives a restored installation the keys of today: only the data comes from
// the back-up.
func (s *server) takeKeys(from *server) {
	s.t.Helper()
	must(s.t, os.CopyFS(filepath.Join(s.data, "keys"), os.DirFS(filepath.Join(from.data, "keys"))))
	master, err := os.ReadFile(filepath.Join(from.data, "master.key"))
	must(s.t, err)
	must(s.t, os.WriteFile(filepath.Join(s.data, "master.key"), master, 0o600))
	must(s.t, exec.Command("chmod", "-R", "go=", s.data).Run())
}

// hasRows wants everything of the erased to be in the back-up: keys, files, a draft,
// a message that waits and its job.
func (s *server) hasRows(bob, bea *client, blobs int) {
	s.t.Helper()
	db := s.rows()
	for query, of := range map[string]*client{
		"SELECT COUNT(*) FROM applicants p JOIN applications a ON a.tenant_id = p.tenant_id AND a.applicant_id = p.applicant_id WHERE length(p.key_wrapped) > 0 AND a.application_id = $1": bob,
		"SELECT COUNT(*) FROM messages WHERE length(body_sealed) > 0 AND state = 'queued' AND application_id = $1":                                                                         bob,
		"SELECT COUNT(*) FROM decisions WHERE length(note_sealed) > 0 AND application_id = $1":                                                                                             bob,
		"SELECT COUNT(*) FROM files WHERE length(key_sealed) > 0 AND application_id = $1":                                                                                                  bob,
		"SELECT COUNT(*) FROM steps WHERE length(draft_sealed) > 0 AND application_id = $1":                                                                                                bea,
	} {
		var n int
		if err := db.QueryRowContext(background(s.t), query, of.view.ID).Scan(&n); err != nil || n == 0 {
			s.t.Errorf("the back-up proves nothing: %d by %s, %v", n, query, err)
		}
	}
	if n := len(s.blobsOf(bob.view.ID)); n != blobs {
		s.t.Errorf("the back-up has %d of bob's %d blobs", n, blobs)
	}
}

// rows is the database past the program.
func (s *server) rows() *sql.DB {
	s.t.Helper()
	driver, source := "pgx", s.database
	if s.database == "" {
		driver, source = "sqlite3", filepath.Join(s.data, "paifang.db")
	}
	db, err := sql.Open(driver, source)
	must(s.t, err)
	s.t.Cleanup(func() { _ = db.Close() })
	return db
}

// showsThePages: staff read the case of who stays, and of who went neither data nor
// the reviewer's words nor a picture.
func (s *server) showsThePages(ann, bob *client) {
	s.t.Helper()
	k := newClerk(s, "demo", "officer", s.password)
	see := func(c *client) (string, []reply) {
		var list struct {
			Cases []struct{ ID, Application string }
		}
		k.request("GET", k.at+"/cases?state=decided", k.token, nil, &list)
		at := slices.IndexFunc(list.Cases, func(x struct{ ID, Application string }) bool { return x.Application == c.view.ID })
		if at < 0 {
			s.t.Fatalf("no case of %s", c.view.ID)
		}
		here := k.at + "/cases/" + list.Cases[at].ID
		page := s.send("POST", here+"/reveal", asJSON(k.token), strings.NewReader(`{"what":"everything","why":"complaint"}`))
		text := page.body + s.send("GET", here, asJSON(k.token), nil).body
		var files []reply
		for _, id := range s.filesOf(c) {
			files = append(files, s.send("GET", here+"/files/"+id, asJSON(k.token), nil), s.send("GET", here+"/files/"+id+"?original=true", asJSON(k.token), nil))
		}
		return text, files
	}
	text, files := see(ann)
	if !strings.Contains(text, reviewersNote) || !strings.Contains(text, "ann.stays@example.com") || !strings.Contains(text, "Anna Maria Eriksson") {
		s.t.Errorf("of ann staff read %.900s", text)
	}
	text, gone := see(bob)
	if strings.Contains(text, "Eriksson") || strings.Contains(text, "bob.goes") || strings.Contains(text, "C01X0006H") {
		s.t.Errorf("of bob staff read %.900s", text)
	}
	if len(files) < 2 || len(gone) < 2 {
		s.t.Fatalf("%d and %d files", len(files), len(gone))
	}
	for _, r := range files {
		if r.status != 200 || len(r.body) < 1000 {
			s.t.Errorf("ann's picture: %d %s", r.status, r.what)
		}
	}
	for _, r := range gone {
		if r.status != 410 {
			s.t.Errorf("bob's picture: %d %s", r.status, r.what)
		}
	}
}

// filesOf are the ids of somebody's files, by the rows.
func (s *server) filesOf(c *client) (list []string) {
	s.t.Helper()
	found, err := s.rows().QueryContext(background(s.t), "SELECT file_id FROM files WHERE application_id = $1", c.view.ID)
	must(s.t, err)
	defer found.Close()
	for found.Next() {
		var id string
		must(s.t, found.Scan(&id))
		list = append(list, id)
	}
	must(s.t, found.Err())
	return list
}

// showsTheDraft to who stays and comes back, and not to who went.
func (s *server) showsTheDraft(abe, bea *client) {
	s.t.Helper()
	if r := s.send("GET", "/api/v1/applications/"+abe.view.ID, asJSON(abe.auth), nil); r.status != 200 || !strings.Contains(r.body, "a draft of abe.stays") {
		s.t.Errorf("abe comes back to %d %.600s", r.status, r.body)
	}
	if r := s.send("GET", "/api/v1/applications/"+bea.view.ID, asJSON(bea.auth), nil); r.status != 410 || strings.Contains(r.body, "bea.goes") {
		s.t.Errorf("bea comes back to %d %.600s", r.status, r.body)
	}
}

// sendsWhatWaited to who stays. The message to who went is given up unread.
func (s *server) sendsWhatWaited(bob *client) {
	s.t.Helper()
	s.awaitText("ann.stays@example.com", "device not seen before")
	db, failure := s.rows(), ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var waits int
		must(s.t, db.QueryRowContext(background(s.t), "SELECT COUNT(*), COALESCE(MAX(failure), '') FROM messages WHERE application_id = $1 AND (state = 'queued' OR failure = 'erased')", bob.view.ID).Scan(&waits, &failure))
		if failure == "erased" {
			break
		}
	}
	if failure != "erased" || len(s.messages("bob.goes@example.com")) > 0 {
		s.t.Errorf("the message to bob: %q, and he got %d", failure, len(s.messages("bob.goes@example.com")))
	}
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
	out := s.operate("person", "export", "demo", id, name, "--why", "supervision")
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
