package journeys

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDiskFull: while there is no room, what cannot be kept is refused in words;
// when there is room again everything goes on, with the same process.
func TestDiskFull(t *testing.T) {
	disk := newDisk(t)
	s := newServerIn(t, "", disk.dir)
	post := watchMail(s.data)
	defer post.close()
	before := newWalker(func() string { return s.base }, post, 1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must(t, before.walk(ctx))
	waiting := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("full@example.com", "+201001234581", annas)))
	for waiting.view.Next.Step != "documents" {
		waiting.once("overseas")
	}
	disk.fill()
	refused := 0
	for n := range 40 { // the database has some room inside that it uses up first
		r := s.send("POST", "/api/v1/applications", asJSON("pk_test_demo"), strings.NewReader(`{"market":"mainland","locale":"en"}`))
		if r.status == 503 {
			refused++
			s.saysFull(r)
		} else if r.status != 201 && r.status != 200 {
			t.Errorf("start %d on a full disk answers %d %.300s", n, r.status, r.body)
		}
	}
	put := waiting.view.Next.Documents[0].Sides[0].Upload
	s.saysFull(s.send(put.Method, put.Href, map[string]string{"Content-Type": "image/jpeg", "Authorization": "Bearer " + waiting.auth}, strings.NewReader(string(picture(1)))))
	if refused == 0 {
		t.Error("nothing was refused: the disk was not full")
	}
	if page := s.send("GET", "/t/demo", nil, nil); page.status != 200 {
		t.Errorf("what needs no room answers %d", page.status)
	}
	disk.empty()
	waiting.wants("documents", "documents")
	waiting.upload()
	waiting.check(waiting.do(waiting.action("submit"), map[string]any{"values": map[string]any{}}))
	after := newWalker(func() string { return s.base }, post, 2)
	must(t, after.walk(ctx))
	if strings.Contains(s.log.String(), "status=500") || strings.Contains(s.log.String(), "msg=panic") {
		t.Error("the log has a fault of our own")
	}
	s.stop(syscall.SIGTERM)
	s.agree([]*walker{before, after})
	s.isWhole()
	t.Logf("%d of 40 starts were refused on a full disk, and the upload", refused)
}

// saysFull wants a problem that says that nothing can be saved.
func (s *server) saysFull(r reply) {
	s.t.Helper()
	if r.status != 503 || r.header.Get("Retry-After") == "" || !strings.Contains(r.body, `"storage"`) || !strings.Contains(r.body, "cannot save") {
		s.t.Errorf("%s on a full disk answers %d %.300s", r.what, r.status, r.body)
	}
	if found := innards.FindString(r.body); found != "" {
		s.t.Errorf("%s tells of its inside (%q)", r.what, found)
	}
}

// isWhole has the database examine itself.
func (s *server) isWhole() {
	s.t.Helper()
	var said string
	if err := s.store().Databases().SQLite.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		s.t.Errorf("the database is %s (%v)", said, err)
	}
}

// disk is a small one.
type disk struct {
	t   *testing.T
	dir string
}

// newDisk mounts a small file system for the data folder, which root may.
func newDisk(t *testing.T) disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	d := disk{t, t.TempDir()}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=24m,mode=700"); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Skip("this machine lets nobody mount a small disk")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill leaves no room at all.
func (d disk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(d.t, err)
	defer f.Close()
	for block := 1 << 20; block > 0; {
		switch _, err := f.Write(make([]byte, block)); {
		case errors.Is(err, syscall.ENOSPC):
			block /= 2
		case err != nil:
			d.t.Fatal(fmt.Errorf("fill the disk: %w", err))
		}
	}
}

func (d disk) empty() {
	d.t.Helper()
	must(d.t, os.Remove(d.ballast()))
}
