package web

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// FuzzFormToken: no token but one that was signed for this very cookie is let through.
func FuzzFormToken(f *testing.F) {
	r := &Renderer{Options: Options{Secret: []byte("0123456789abcdef0123456789abcdef")}}
	nonce, seed := bytes.Repeat([]byte{7}, nonceLen), "seedseedseedseedseedseed"
	good := base64.RawURLEncoding.EncodeToString(append(bytes.Clone(nonce), r.sign(nonce, seed)...))
	f.Add(good, seed)
	f.Add(good[:len(good)-1], seed)
	f.Add(good, "")
	f.Add("", seed)
	f.Add(good+"=", seed+"\n")
	app := fiber.New()
	f.Fuzz(func(t *testing.T, token, cookie string) {
		c := app.AcquireCtx(&fasthttp.RequestCtx{})
		defer app.ReleaseCtx(c)
		c.Request().Header.SetCookie(csrfCookie, cookie)
		if r.VerifyToken(c, token) != nil {
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if sent := c.Cookies(csrfCookie); err != nil || !bytes.Equal(raw[nonceLen:], r.sign(raw[:nonceLen], sent)) || sent == "" {
			t.Errorf("%q is let through with the cookie %q", token, cookie)
		}
	})
}
