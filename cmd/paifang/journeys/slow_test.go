package journeys

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSlowClients: who sends a byte now and then, or asks for much and reads none of
// it, does not keep others from being served, and is sent away when their time is over.
// Another address that opens more connections than it may is told so, and stops
// nobody but itself.
func TestSlowClients(t *testing.T) {
	const slow, most = 200, 300
	s := newServerIn(t, "", t.TempDir(), fmt.Sprintf("PAIFANG_CONNECTIONS=%d", most))
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("slow@example.com", "+201001234571", annas)))
	head := "POST /api/v1/applications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer pk_test_demo\r\nContent-Type: application/json\r\n"
	var group sync.WaitGroup
	var sentAway atomic.Int64
	ending := make(chan struct{})
	begin := time.Now()
	for i := range slow {
		conn, err := net.Dial("tcp", s.listen)
		must(t, err)
		defer conn.Close()
		sent := head // half of them stop within the header, half within the body
		if i%2 == 0 {
			sent += "Content-Length: 40000\r\n\r\n{"
		}
		_, err = io.WriteString(conn, sent)
		must(t, err)
		group.Go(func() {
			if i%2 == 0 {
				go drip(conn, " ", ending)
			} else {
				go drip(conn, "X-A: b\r\n", ending)
			}
			_, _ = io.Copy(io.Discard, conn)
			select {
			case <-ending:
			default:
				sentAway.Add(1)
			}
		})
	}
	for range slow / 10 {
		conn, err := net.Dial("tcp", s.listen)
		must(t, err)
		defer conn.Close()
		group.Go(func() { readsNothing(conn, ending) })
	}
	s.greedy(most)
	var took []time.Duration
	for range 50 {
		at := time.Now()
		if r := s.send("GET", "/api/v1/applications/"+c.view.ID, asJSON(c.auth), nil); r.status != 200 {
			t.Errorf("beside slow clients a request answers %d", r.status)
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	usual, worst := took[len(took)/2], took[len(took)-1]
	if usual > 2*time.Second || worst > 20*time.Second { // a single one may meet what else the machine does
		t.Errorf("beside %d slow clients a request takes %v, one took %v", slow, usual, worst)
	}
	if full() {
		group.Wait() // all are sent away, however long they go on
		t.Logf("all slow clients were sent away after %v", time.Since(begin).Round(time.Second))
		if all := time.Since(begin); all > 6*time.Minute {
			t.Errorf("a client could be slow for %v", all)
		}
	}
	close(ending)
	t.Logf("beside %d slow clients the slowest of 50 requests took %v", slow, worst)
	s.unharmed()
}

// greedy opens as many connections as one address may have, and more, and keeps them.
func (s *server) greedy(most int) {
	s.t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for i := range most + 5 {
		conn, err := from.Dial("tcp", s.listen)
		must(s.t, err)
		s.t.Cleanup(func() { _ = conn.Close() })
		if i < most {
			continue
		}
		must(s.t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		if said, err := io.ReadAll(conn); !strings.HasPrefix(string(said), "HTTP/1.1 503 ") {
			s.t.Errorf("connection %d of one address hears %q, %v", i+1, said, err)
		}
	}
}

// drip sends a little every half second until it is not taken any more.
func drip(conn net.Conn, what string, ending <-chan struct{}) {
	for {
		select {
		case <-ending:
			_ = conn.Close()
			return
		case <-time.After(500 * time.Millisecond):
		}
		if _, err := io.WriteString(conn, what); err != nil {
			return
		}
	}
}

// readsNothing asks for far more than the connection holds until it is cut off.
func readsNothing(conn net.Conn, ending <-chan struct{}) {
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		ask := strings.Repeat("GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 1000)
		for {
			if _, err := io.WriteString(conn, ask); err != nil {
				return
			}
		}
	}()
	select {
	case <-cut:
	case <-ending:
		_ = conn.Close()
		<-cut
	}
}

// TestPolyglots: a photo that is also something else is taken for the photo,
// and what staff and checks get to see is only the photo.
func TestPolyglots(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("poly@example.com", "+201001234572", annas)))
	for c.view.Next.Step != "documents" {
		c.once("overseas")
	}
	put := c.view.Next.Documents[0].Sides[0].Upload
	header := asJSON(c.auth)
	header["Content-Type"] = "text/html"
	for name, content := range polyglots(t) {
		r := s.send(put.Method, put.Href, header, bytes.NewReader(content))
		if r.what += " (" + name + ")"; r.status != 200 {
			t.Errorf("%s answers %d %.300s", r.what, r.status, r.body)
		}
		r.discreet(t)
	}
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	c.check(c.do(c.action("submit"), map[string]any{"values": map[string]any{}}))
	c.run("overseas")
	o := newOfficer(s, "demo")
	o.next()
	pictures := documentPicture.FindAllStringSubmatch(o.page, -1)
	if len(pictures) == 0 {
		t.Fatal("the case has no pictures")
	}
	for _, src := range pictures {
		where, err := o.at.Parse(src[1])
		must(t, err)
		resp, err := o.http.Get(where.String())
		must(t, err)
		raw, err := io.ReadAll(resp.Body)
		must(t, err)
		resp.Body.Close()
		if kind := resp.Header.Get("Content-Type"); kind != "image/jpeg" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("a picture is served as %q, %v", kind, resp.Header)
		}
		if bytes.Contains(raw, []byte(needle)) || bytes.Contains(raw, []byte("<script")) || bytes.Contains(raw, []byte("PK\x03\x04")) {
			t.Error("what stood beside the photo is served")
		}
	}
	must(t, filepath.WalkDir(filepath.Join(s.data, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(path, needle) {
			t.Errorf("a name was taken: %s", path)
		}
		return err
	}))
	s.unharmed()
}

// polyglots are photos with something else before their end, behind it, and in
// their comment.
func polyglots(t *testing.T) map[string][]byte {
	t.Helper()
	html := []byte("<html><script>alert('" + needle + "')</script></html>")
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	f, err := z.Create("../../" + needle + ".sh")
	must(t, err)
	_, err = f.Write([]byte("#!/bin/sh\necho " + needle))
	must(t, err)
	must(t, z.Close())
	script := []byte("*/=1;alert('" + needle + "')/*")
	return map[string][]byte{
		"JPEG and HTML":       append(picture(41), html...),
		"JPEG and zip":        append(picture(42), packed.Bytes()...),
		"JPEG with a comment": withComment(picture(43), html),
		"JPEG and JavaScript": withComment(picture(44), script),
		"JPEG and PDF":        append(picture(45), "\n%PDF-1.7\n"+needle...),
	}
}

// withComment puts a COM segment (ITU-T T.81, B.2.4.5) behind the start marker.
func withComment(jpeg, comment []byte) []byte {
	segment := append([]byte{0xff, 0xfe, byte((len(comment) + 2) >> 8), byte(len(comment) + 2)}, comment...)
	return append(append(bytes.Clone(jpeg[:2]), segment...), jpeg[2:]...)
}

// TestHostileHeaders: what two readers could understand differently is refused,
// and nothing that was sent becomes a header of the answer.
func TestHostileHeaders(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "mainland", "en", nil)
	step := "/api/v1/applications/" + c.view.ID + "/steps/account"
	body := `{"values":{}}`
	for name, lines := range map[string]string{
		"two lengths":            fmt.Sprintf("Content-Length: %d\r\nContent-Length: 3\r\n", len(body)),
		"length and chunked":     fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", len(body)),
		"below zero":             "Content-Length: -1\r\n",
		"not a number":           "Content-Length: 1e1\r\n",
		"too long a number":      "Content-Length: 99999999999999999999999\r\n",
		"space before the colon": fmt.Sprintf("Content-Length : %d\r\n", len(body)),
		"NUL":                    fmt.Sprintf("X-A: \x00\r\nContent-Length: %d\r\n", len(body)),
	} {
		text := s.raw("POST "+step+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+c.auth+"\r\nContent-Type: application/json\r\n"+lines+"\r\n"+body+
			"GET /healthz/"+needle+" HTTP/1.1\r\nHost: x\r\n\r\n", name)
		if strings.Contains(text, "HTTP/1.1 2") || innards.MatchString(text) || strings.Contains(text, " 500 ") {
			t.Errorf("%s: %.400s", name, text)
		}
	}
	for _, path := range []string{"/t/demo%0d%0aX-Evil:%20" + needle, "/t/demo?x=%0d%0aX-Evil:%20" + needle, "/l/%0d%0aX-Evil:" + needle,
		"/t/demo/%2e%2e/%2e%2e/admin/demo/cases", "/assets/..%2f..%2fmaster.key", "/assets/%00", "/t/demo/..%5c..%5cmaster.key", "//evil.example/%2e%2e", "/t/demo//"} {
		r := s.send("GET", path, nil, nil)
		if r.header.Get("X-Evil") != "" || r.status >= 500 || strings.Contains(r.header.Get("Location"), "evil") {
			t.Errorf("%s answers %d %v", path, r.status, r.header)
		}
		if strings.Contains(r.body, "primaryKeyId") {
			t.Errorf("%s serves the master key", path)
		}
	}
	c.unchanged()
	s.unharmed()
}

// raw sends bytes as they are and reads what comes for a while.
func (s *server) raw(text, what string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.listen)
	must(s.t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, text)
	must(s.t, conn.SetReadDeadline(time.Now().Add(3*time.Second)))
	var got strings.Builder
	in := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return got.String()
		}
		raw, _ := io.ReadAll(resp.Body)
		fmt.Fprintf(&got, "%s %s\n%s\n", resp.Proto, resp.Status, raw)
	}
}
