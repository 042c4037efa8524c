package web

import (
	"errors"
	"io"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestWhoIsBehindAProxy(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"203.0.113.9", "", "203.0.113.9"},
		{"203.0.113.9", "198.51.100.1", "203.0.113.9"}, // anybody can write it
		{"10.0.0.1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"}, // the first was there before our proxy
		{"10.0.0.1", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"},
		{"fd00::1", "2001:db8::7", "2001:db8::7"},
		{"10.0.0.1", "", "10.0.0.1"},
		{"10.0.0.1", "unknown, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1", "10.0.0.3", "10.0.0.3"},
	} {
		if got := origin(proxies, netip.MustParseAddr(c.peer), c.forwarded); got.String() != c.want {
			t.Errorf("%s forwarding %q is %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

// TestProxiesThatAddALine: a proxy may add a line of its own to what somebody has
// written (RFC 9110, section 5.3: lines are one list in their order); what counts is
// the end of the list, not the first line.
func TestProxiesThatAddALine(t *testing.T) {
	app := fiber.New()
	app.Use(BehindProxies([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")})) // where a tested app is asked from
	app.Get("/", func(c *fiber.Ctx) error { return c.SendString(c.IP()) })
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{[]string{"203.0.113.9, 203.0.113.10", "198.51.100.7"}, "198.51.100.7"},
		{[]string{"203.0.113.9", "198.51.100.7, 0.0.0.0"}, "198.51.100.7"},
		{[]string{"203.0.113.9", "198.51.100.7", "0.0.0.0"}, "198.51.100.7"},
		{[]string{"203.0.113.9", "unknown"}, "0.0.0.0"},
		{[]string{"203.0.113.9"}, "203.0.113.9"},
		{nil, "0.0.0.0"},
	} {
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		for _, line := range c.lines {
			req.Header.Add("x-forwarded-for", line)
		}
		res, err := app.Test(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil || string(got) != c.want {
			t.Errorf("%q: %s, want %s (%v)", c.lines, got, c.want, err)
		}
	}
}

// FuzzOrigin: whatever is in the header, the address is the connection's unless
// that is a proxy of ours, and else one that the header has.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"198.51.100.1", "unknown, 10.0.0.2", "::ffff:198.51.100.1,,", "10.0.0.1,10.0.0.1", "fe80::1%eth0", "\x00", strings.Repeat("10.0.0.1,", 500)} {
		f.Add("10.0.0.1", s)
		f.Add("203.0.113.9", s)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		from, err := netip.ParseAddr(peer)
		if err != nil {
			return
		}
		got := origin(proxies, from, forwarded)
		if !proxies[0].Contains(from) && got != from {
			t.Errorf("%s is taken for %s", from, got)
		}
		if got == from {
			return
		}
		for part := range strings.SplitSeq(forwarded, ",") {
			if a, err := netip.ParseAddr(strings.TrimSpace(part)); err == nil && a.Unmap() == got {
				return
			}
		}
		t.Errorf("%q from %s is taken for %s", forwarded, from, got)
	})
}
