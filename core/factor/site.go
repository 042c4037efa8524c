package factor

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// Site is where passkeys are good: a passkey is made for one name and answers at
// pages of that name and below it (WebAuthn Level 3, 5.4.2 and 13.4.9). The zero
// value has no name: passkeys are neither offered nor taken.
type Site struct {
	ID      string   // relying party id, a host name
	Origins []string // of the pages: "https://id.example.com"
}

// SiteOf is the site of a server with a base URL and further names. Passkeys need
// a name, not an address, and TLS; on a loopback address they are good at the name
// localhost, if the server answers to it. Names that are not below that of the
// base URL are left out: a passkey of one is unknown at the other.
func SiteOf(base string, names []string) Site {
	u, err := url.Parse(base)
	if err != nil {
		return Site{}
	}
	id := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(id); ip != nil && ip.IsLoopback() && slices.Contains(names, "localhost") {
		id = "localhost"
	}
	local := id == "localhost" || strings.HasSuffix(id, ".localhost")
	if id == "" || net.ParseIP(id) != nil || u.Scheme != "https" && !local {
		return Site{}
	}
	s := Site{ID: id}
	for _, name := range append([]string{id}, names...) {
		host := strings.ToLower(name)
		if host != id && !strings.HasSuffix(host, "."+id) {
			continue
		}
		if port := u.Port(); port != "" {
			host = net.JoinHostPort(host, port)
		}
		if origin := u.Scheme + "://" + host; !slices.Contains(s.Origins, origin) {
			s.Origins = append(s.Origins, origin)
		}
	}
	return s
}

// Serves tells whether a page at a host ("name" or "name:port", as in the Host
// header) can use passkeys.
func (s Site) Serves(host string) bool {
	return slices.ContainsFunc(s.Origins, func(origin string) bool {
		_, ours, _ := strings.Cut(origin, "://")
		return strings.EqualFold(ours, host)
	})
}
