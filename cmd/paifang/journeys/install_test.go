package journeys

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// enclosed is a part of a form: a value, or a file with its name.
type enclosed struct {
	name, file string
	content    []byte
}

func enclosing(t *testing.T, parts ...enclosed) (contentType string, body io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		create := func() (io.Writer, error) { return w.CreateFormField(p.name) }
		if p.file != "" {
			create = func() (io.Writer, error) { return w.CreateFormFile(p.name, p.file) }
		}
		to, err := create()
		must(t, err)
		_, err = to.Write(p.content)
		must(t, err)
	}
	must(t, w.Close())
	return w.FormDataContentType(), &b
}

// TestProviderIsInstalledThroughTheDoors: what a trusted publisher has signed is taken by
// API and portal, put in force, and registers people; whatever nobody vouches for is
// not, though the command line of this installation would take it.
func TestProviderIsInstalledThroughTheDoors(t *testing.T) {
	t.Setenv("PAIFANG_ALLOW_UNSIGNED", "true")
	s := newServer(t, "")
	dir, err := programs()
	must(t, err)
	program, key := filepath.Join(dir, "providers", "mainland"), filepath.Join(t.TempDir(), "publisher")
	statement := key + ".signed"
	s.office("provider", "key", "example.com/providers", "--out", key)
	s.office("provider", "sign", program, "--key", key, "--out", statement, "--patience", "5")
	signed, err := os.ReadFile(statement)
	must(t, err)
	code, err := os.ReadFile(program)
	must(t, err)
	_, password, _ := strings.Cut(strings.TrimSpace(s.office("staff", "add", "platform", "olga", "--name", "Olga", "--role", "platform_operator")), "once: ")
	olga := newClerk(s, "platform", "olga", password)
	told, it := enclosed{"signed", "mainland.signed", signed}, enclosed{"program", "mainland", code}
	install := func(parts ...enclosed) reply {
		contentType, body := enclosing(t, parts...)
		return s.send("POST", olga.at+"/providers", map[string]string{"Authorization": "Bearer " + olga.token, "Content-Type": contentType}, body)
	}
	wants := func(r reply, status int, code string) {
		t.Helper()
		if f := r.refused(t, status); f.Code != code {
			t.Errorf("%s: %+v, want %s", r.what, f, code)
		}
	}
	wants(install(told, it), 403, "package_signature")
	s.office("provider", "trust", key+".pub")
	wants(install(it, told), 400, "package_parts")
	wants(install(told, enclosed{"program", "mainland", append(bytes.Clone(code[:len(code)-1]), code[len(code)-1]^1)}), 403, "package_mismatch")
	wants(install(enclosed{"signed", "mainland.signed", bytes.Replace(signed, []byte("mainland"), []byte("mainlane"), 1)}, it), 403, "package_signature")
	wants(s.send("POST", olga.at+"/providers", asJSON(olga.token), strings.NewReader("{}")), 400, "package_parts")
	first := install(told, it)
	var got struct{ Provider, Version, Publisher, Digest string }
	if must(t, json.Unmarshal([]byte(first.body), &got)); first.status != 201 || got.Provider != "mainland" || got.Publisher != "example.com/providers" || len(got.Digest) != 64 {
		t.Fatalf("installed: %d %s", first.status, first.body)
	}

	o := signedIn(s, "platform", "olga", password)
	o.get("/admin/platform/install")
	token := attributes(inputTag.FindString(o.page[strings.Index(o.page, `action="/admin/platform/install"`):]))["value"]
	post := func(parts ...enclosed) {
		t.Helper()
		contentType, body := enclosing(t, parts...)
		resp, err := o.http.Post(s.base+"/admin/platform/install", contentType, body)
		must(t, err)
		o.take(resp, 400, 403, 409)
	}
	words := pageWords(s)
	ours := enclosed{"_csrf", "", []byte(token)}
	for name, c := range map[string]struct {
		parts []enclosed
		reads string
	}{
		"no token":    {[]enclosed{told, it}, words.T("web.csrf")},
		"wrong token": {[]enclosed{{"_csrf", "", []byte("AAAA")}, told, it}, words.T("web.csrf")},
		"no program":  {[]enclosed{ours, told}, words.T("error.package_parts")},
		"not its own": {[]enclosed{ours, told, {"program", "mainland", code[1:]}}, words.T("error.package_mismatch")},
	} {
		if post(c.parts...); !strings.Contains(o.page, c.reads) {
			t.Errorf("%s: the page does not say %q: %.2000s", name, c.reads, o.page)
		}
	}
	post(ours, told, it) // again, which changes nothing
	if o.at.Path != "/admin/platform/providers/mainland" || !strings.Contains(o.page, "example.com/providers") {
		t.Fatalf("installed in the portal: %s %.2000s", o.at, o.page)
	}
	o.submit("/providers/mainland/upgrade", url.Values{"version": {got.Version}, "applications": {"0"}})
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson("+8613800138097")))
	c.run("mainland")
	c.activated("verified")
	if r := s.send("GET", olga.at+"/providers/mainland", asJSON(olga.token), http.NoBody); !strings.Contains(r.body, `"now":{"provider":"mainland","number":1,"version":"`+got.Version+`"`) {
		t.Errorf("the view: %.500s", r.body)
	}
}
