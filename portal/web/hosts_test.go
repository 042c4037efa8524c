package web

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzHosts: whatever is sent as Host is answered only if it is a name of ours with
// a port, and what counts as a page of this site is one to every reader of URLs.
func FuzzHosts(f *testing.F) {
	for _, s := range []string{"id.example", "id.example:443", "[::1]:80", "evil.example", "id.example.evil.example", "//evil.example", "/t/demo", "/\\evil", "id.example\x00", ":", "[", "İd.example"} {
		f.Add(s)
	}
	r := &Renderer{Options: Options{Hosts: []string{"id.example", "::1"}}}
	base, _ := url.Parse("https://id.example")
	f.Fuzz(func(t *testing.T, s string) {
		if r.answersTo(s) {
			name := strings.ToLower(s)
			if !strings.HasPrefix(name, "id.example") && !strings.HasPrefix(name, "::1") && !strings.HasPrefix(name, "[::1") {
				t.Errorf("%q is answered", s)
			}
			if rest := strings.TrimPrefix(name, "id.example"); rest != name && rest != "" && rest[0] != ':' && rest[0] != '.' && rest[0] != ']' {
				t.Errorf("%q is answered", s)
			}
		}
		if local(s) {
			if to, err := base.Parse(s); err == nil && to.Host != "id.example" {
				t.Errorf("%q leads to %s", s, to.Host)
			}
		}
	})
}
