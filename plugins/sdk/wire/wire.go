// Package wire holds what both ends of the transport must agree on before the
// first call. The messages themselves are in wire/v1, generated from
// plugins/sdk/proto.
package wire

const (
	// Protocol is the version of the provider protocol: package
	// paifang.provider.v1.
	Protocol = 1
	// Plugin is the name under which go-plugin dispenses a provider.
	Plugin = "provider"
	// CookieKey and CookieValue tell a provider that it was started by a host
	// and not by a person; they are no secret.
	CookieKey   = "PAIFANG_PROVIDER"
	CookieValue = "5f1c7a52-6d0e-4f0b-9a35-3d3c5c0b1f77"
	// MaxMessage bounds a message in either direction, in bytes.
	MaxMessage = 4 << 20
	// MaxChunk bounds a chunk of a file, in bytes.
	MaxChunk = 256 << 10
	// Window is how much may be under way to either end before it has been read, of
	// a call and of all calls together, in bytes. As it is said here, neither end
	// measures with pings of its own, a frame more in each direction for every call,
	// how much the line between two processes of one machine bears.
	Window = 1 << 20
)
