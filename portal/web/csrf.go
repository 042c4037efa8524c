package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
)

const (
	// CSRFField is the hidden field of every form. In a multipart form it is the
	// first part, so that it can be checked before anything is read.
	CSRFField  = "_csrf"
	csrfHeader = "X-CSRF-Token"
	csrfCookie = "pf_csrf"
	csrfKey    = "paifang.csrf"
	nonceLen   = 9
)

// token signs a fresh nonce for the visitor's cookie: no two pages carry the
// same token, so that compression gives nothing away.
func (r *Renderer) token(c *fiber.Ctx) (string, error) {
	seed, err := r.seed(c)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, nonceLen)
	if _, err := io.ReadFull(r.Random, nonce); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(nonce, r.sign(nonce, seed)...)), nil
}

// seed is the cookie that tokens are bound to; it is made when it is missing.
func (r *Renderer) seed(c *fiber.Ctx) (string, error) {
	if seed := r.siteCookie(c, csrfCookie); len(seed) == 24 {
		return seed, nil
	}
	if seed, ok := c.Locals(csrfKey).(string); ok {
		return seed, nil
	}
	raw := make([]byte, 18)
	if _, err := io.ReadFull(r.Random, raw); err != nil {
		return "", err
	}
	seed := base64.RawURLEncoding.EncodeToString(raw)
	c.Locals(csrfKey, seed)
	r.SetCookie(c, csrfCookie, seed, wholeSite, 0)
	return seed, nil
}

func (r *Renderer) sign(nonce []byte, seed string) []byte {
	mac := hmac.New(sha256.New, r.Secret)
	mac.Write([]byte("csrf\x00"))
	mac.Write(nonce)
	mac.Write([]byte(seed))
	return mac.Sum(nil)[:18]
}

// VerifyToken checks a token; handlers that stream their body call it with
// the first part of the form.
func (r *Renderer) VerifyToken(c *fiber.Ctx, token string) error {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	seed := r.siteCookie(c, csrfCookie)
	if err != nil || len(raw) != nonceLen+18 || seed == "" ||
		!hmac.Equal(raw[nonceLen:], r.sign(raw[:nonceLen], seed)) {
		return kyc.EKey(kyc.Forbidden, "web.csrf", "forgery token is missing or wrong")
	}
	return nil
}

// CheckOrigin refuses requests that a browser says come from another site.
func (r *Renderer) CheckOrigin(c *fiber.Ctx) error {
	refuse := kyc.EKey(kyc.Forbidden, "web.csrf", "request from another site")
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return refuse
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, string(c.Context().Host())) {
			return refuse
		}
	}
	return nil
}

// CheckForm refuses an unsafe request without a token of this visitor, from
// another site, or with a body of more than MaxForm bytes.
func (r *Renderer) CheckForm(c *fiber.Ctx) error {
	if err := BoundBody(c, MaxForm); err != nil {
		return err
	}
	token := c.Get(csrfHeader)
	if token == "" {
		token = c.FormValue(CSRFField)
	}
	if err := r.VerifyToken(c, token); err != nil {
		return err
	}
	return r.CheckOrigin(c)
}

// Safe runs a handler of an unsafe method after CheckForm.
func (r *Renderer) Safe(h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := r.CheckForm(c); err != nil {
			return err
		}
		return h(c)
	}
}

// Guard is CheckForm as a handler in a chain.
func (r *Renderer) Guard(c *fiber.Ctx) error {
	if err := r.CheckForm(c); err != nil {
		return err
	}
	return c.Next()
}
