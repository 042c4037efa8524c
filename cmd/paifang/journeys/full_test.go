package journeys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/paifang/paifang/core/store/storetest"
)

// TestDiskFull: while there is no room, what cannot be kept is refused in words;
// when there is room again everything goes on, with the same process.
func TestDiskFull(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		disk := newDisk(t, "size=24m,mode=700")
		s := newServerIn(t, "", disk.dir)
		s.onFullDisk(disk, func(waiting *client) {
			put := waiting.view.Next.Documents[0].Sides[0].Upload
			s.saysFull(s.send(put.Method, put.Href, map[string]string{"Content-Type": "image/jpeg", "Authorization": "Bearer " + waiting.auth}, strings.NewReader(string(picture(1)))))
			if page := s.send("GET", "/t/demo", nil, nil); page.status != 200 {
				t.Errorf("what needs no room answers %d", page.status)
			}
		})
		s.isWhole()
	})
	t.Run("postgres", func(t *testing.T) {
		disk := newDisk(t, "size=160m,mode=755")
		cluster := storetest.OwnServerIn(t, disk.dir)
		s := newServer(t, cluster.URL)
		s.onFullDisk(disk, func(*client) {
			if live := s.send("GET", "/healthz/live", nil, nil); live.status != 200 {
				t.Errorf("the process says that it does not live: %d", live.status)
			}
		})
		s.nothingIsStuck()
	})
}

// onFullDisk has people come before the disk is full, while it is, and after.
func (s *server) onFullDisk(disk disk, meanwhile func(waiting *client)) {
	s.t.Helper()
	post := watchMail(s.data)
	defer post.close()
	before := newWalker(func() string { return s.base }, post, 1)
	must(s.t, before.walk(background(s.t)))
	waiting := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson("full@example.com", "+201001234581", annas)))
	for waiting.view.Next.Step != "documents" {
		waiting.once("overseas")
	}
	disk.fill()
	s.refusesStarts(200)
	meanwhile(waiting)
	disk.empty()
	s.await("/healthz/ready")
	waiting.wants("documents", "documents")
	waiting.upload()
	waiting.check(waiting.do(waiting.action("submit"), map[string]any{"values": map[string]any{}}))
	after := newWalker(func() string { return s.base }, post, 2)
	must(s.t, after.walk(background(s.t)))
	if strings.Contains(s.log.String(), "status=500") || strings.Contains(s.log.String(), "msg=panic") {
		s.t.Error("the log has a fault of our own")
	}
	s.stop(syscall.SIGTERM)
	s.agree([]*walker{before, after})
}

// refusesStarts starts applications until several were refused: a database has
// some room inside that it uses up first.
func (s *server) refusesStarts(atMost int) {
	s.t.Helper()
	refused := 0
	for n := range atMost {
		r := s.send("POST", "/api/v1/applications", asJSON("pk_test_demo"), strings.NewReader(`{"market":"mainland","locale":"en"}`))
		if r.status == 503 {
			s.saysFull(r)
			if refused++; refused == 20 {
				s.t.Logf("%d starts were refused on a full disk, of %d", refused, n+1)
				return
			}
		} else if r.status != 201 && r.status != 200 {
			s.t.Errorf("start %d on a full disk answers %d %.300s", n, r.status, r.body)
		}
	}
	s.t.Errorf("%d of %d starts were refused: the disk was not full", refused, atMost)
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

// newDisk mounts a small file system, which root may.
func newDisk(t *testing.T, options string) disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	// Not t.TempDir, which only its owner can enter: PostgreSQL is somebody else.
	dir, err := os.MkdirTemp("", "paifang-disk-")
	must(t, err)
	d := disk{t, dir}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, options); err != nil {
		_ = os.Remove(dir)
		if errors.Is(err, syscall.EPERM) {
			t.Skip("this machine lets nobody mount a small disk")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
		_ = os.Remove(dir)
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
