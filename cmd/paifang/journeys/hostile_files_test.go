package journeys

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// TestHostileFiles: a file that is no picture, or not a whole one, is refused by
// what it is and not by what it says it is; nothing of it is kept.
func TestHostileFiles(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("files@example.com", "+201001234502", annas)))
	for c.view.Next.Step != "documents" {
		c.once("overseas")
	}
	put := c.view.Next.Documents[0].Sides[0].Upload
	for name, x := range badFiles(t) {
		header := asJSON(c.auth)
		header["Content-Type"] = "image/jpeg"
		header["Content-Disposition"] = `attachment; filename="../../` + needle + `.jpg"`
		for _, body := range []io.Reader{bytes.NewReader(x.content), io.MultiReader(bytes.NewReader(x.content))} { // with and without a length
			r := s.send(put.Method, put.Href, header, body)
			r.what += " (" + name + ")"
			f := r.refused(t, 422)
			if len(f.Errors) != 1 || f.Errors[0].Code != x.code || f.Errors[0].Path != "passport.data_page" {
				t.Errorf("%s: %+v, want %s", name, f.Errors, x.code)
			}
		}
		c.multipart(name, x.content)
	}
	for _, path := range []string{"/passport/" + needle, "/" + needle + "/data_page", "/passport/..", "/%2e%2e/data_page", "/passport/%00", "/passport/data_page%2f.."} {
		s.send("PUT", "/api/v1/applications/"+c.view.ID+"/documents"+path, asJSON(c.auth), bytes.NewReader(picture(1))).refused(t, 404)
	}
	c.cutOff(put.Href, picture(2))
	c.noFiles()
	s.send("POST", c.action("submit").Href, asJSON(c.auth), strings.NewReader(`{"values":{}}`)).refused(t, 422)
	// Two uploads of one side at once: one of them is what is kept.
	statuses := together(4, func(i int) int {
		return s.send(put.Method, put.Href, asJSON(c.auth), bytes.NewReader(picture(10+i))).status
	})
	if statuses[200] == 0 || statuses[200]+statuses[409] != 4 {
		t.Errorf("four uploads at once answer %v", statuses)
	}
	c.wants("documents", "documents")
	s.unharmed()
}

// noFiles wants no side to be uploaded, and no file on disk.
func (c *client) noFiles() {
	c.t.Helper()
	c.wants("documents", "documents")
	for _, d := range c.view.Next.Documents {
		for _, side := range d.Sides {
			if side.Uploaded {
				c.t.Errorf("%s is uploaded", side.Side)
			}
		}
	}
	must(c.t, filepath.WalkDir(filepath.Join(c.data, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			c.t.Errorf("a refused file was kept: %s", path)
		}
		return err
	}))
}

// cutOff sends the head of an upload and half of its body, and hangs up.
func (c *client) cutOff(href string, content []byte) {
	c.t.Helper()
	for _, length := range []string{fmt.Sprintf("Content-Length: %d", len(content)), "Transfer-Encoding: chunked"} {
		conn, err := net.Dial("tcp", c.listen)
		must(c.t, err)
		_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: image/jpeg\r\n%s\r\n\r\n", href, c.auth, length)
		must(c.t, err)
		if strings.HasPrefix(length, "Transfer") {
			_, err = fmt.Fprintf(conn, "%x\r\n", len(content))
			must(c.t, err)
		}
		_, err = conn.Write(content[:len(content)/2])
		must(c.t, err)
		if half, ok := conn.(*net.TCPConn); ok {
			must(c.t, half.CloseWrite())
		}
		_, _ = io.Copy(io.Discard, conn) // until the server has done with it
		must(c.t, conn.Close())
	}
}

// multipart posts a file to the page's form without its forgery token.
func (c *client) multipart(name string, content []byte) {
	c.t.Helper()
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + needle + ".jpg\"\r\n\r\n" + string(content) + "\r\n--b--\r\n"
	r := c.send("POST", "/t/demo/applications/"+c.view.ID+"/documents/passport/data_page",
		map[string]string{"Content-Type": "multipart/form-data; boundary=b", "Cookie": "pf_app=" + c.auth}, strings.NewReader(body))
	r.what += " (" + name + ")"
	if r.discreet(c.t); r.status != http.StatusForbidden {
		c.t.Errorf("%s answers %d", r.what, r.status)
	}
}

type badFile struct {
	code    string
	content []byte
}

func badFiles(t *testing.T) map[string]badFile {
	t.Helper()
	photo := picture(3)
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	f, err := z.Create("word/document.xml")
	must(t, err)
	_, err = f.Write(photo)
	must(t, err)
	must(t, z.Close())
	var small bytes.Buffer
	must(t, png.Encode(&small, image.NewGray(image.Rect(0, 0, 120, 80))))
	noise := bytes.Repeat([]byte(needle), 4000)
	return map[string]badFile{
		"nothing":          {"file.empty", nil},
		"a few bytes":      {"file.unsupported_type", []byte("x")},
		"words":            {"file.unsupported_type", noise},
		"SVG":              {"file.unsupported_type", append([]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>`), noise...)},
		"HTML":             {"file.unsupported_type", append([]byte("<!doctype html><script>alert(1)</script>"), noise...)},
		"zip":              {"file.unsupported_type", append(packed.Bytes(), noise...)},
		"GIF":              {"file.unsupported_type", append([]byte("GIF89a\x10\x00\x10\x00"), noise...)},
		"PDF":              {"file.pdf", append([]byte("%PDF-1.7\n"), noise...)},
		"HEIC":             {"file.heic", append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), noise...)},
		"program":          {"file.unsupported_type", append([]byte("\x7fELF\x02\x01\x01"), noise...)},
		"JPEG that is not": {"file.corrupt", append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), noise...)},
		"half a JPEG":      {"file.corrupt", photo[:len(photo)/2]},
		"small":            {"image.low_resolution", append(small.Bytes(), make([]byte, 20_000)...)},
		"bomb":             {"file.too_many_pixels", bomb(t)},
		"too large":        {"file.too_large", append(bytes.Clone(photo), make([]byte, kyc.MaxDocumentBytes+1-len(photo))...)},
	}
}

// bomb is a small PNG that says it has 60,000 by 60,000 pixels.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		must(t, binary.Write(&b, binary.BigEndian, uint32(len(data))))
		b.WriteString(name)
		b.Write(data)
		must(t, binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(name), data...))))
	}
	chunk("IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 60_000), 60_000), 8, 2, 0, 0, 0))
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	_, err := z.Write(make([]byte, 20<<20))
	must(t, err)
	must(t, z.Close())
	chunk("IDAT", pixels.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}
