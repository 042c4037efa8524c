package web

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// BehindProxies makes a request's address that of the person: the last one in
// X-Forwarded-For that is not a proxy of ours. The header counts only when the
// connection itself comes from such a proxy, because anybody can write it. Lines of
// it are one list in their order (RFC 9110, section 5.3): some proxies add one.
func BehindProxies(proxies []netip.Prefix) fiber.Handler {
	return func(c *fiber.Ctx) error {
		peer, err := netip.ParseAddrPort(c.Context().Conn().RemoteAddr().String())
		if err == nil {
			lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor)
			from := origin(proxies, peer.Addr().Unmap(), string(bytes.Join(lines, []byte(","))))
			c.Context().SetRemoteAddr(net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, peer.Port())))
		}
		return c.Next()
	}
}

func origin(proxies []netip.Prefix, peer netip.Addr, forwarded string) netip.Addr {
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	list := strings.Split(forwarded, ",")
	for ours(peer) && len(list) > 0 {
		before, err := netip.ParseAddr(strings.TrimSpace(list[len(list)-1]))
		if err != nil {
			break
		}
		peer, list = before.Unmap(), list[:len(list)-1]
	}
	return peer
}
