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
	if seed := c.Cookies(csrfCookie); len(seed) == 24 {
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
	c.Cookie(&fiber.Cookie{Name: csrfCookie, Value: seed, Path: "/", HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode, Secure: r.Secure})
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
	seed := c.Cookies(csrfCookie)
	if err != nil || len(raw) != nonceLen+18 || seed == "" ||
		!hmac.Equal(raw[nonceLen:], r.sign(raw[:nonceLen], seed)) {
		return kyc.EKey(kyc.Forbidden, "web.csrf", "forgery token is missing or wrong")
	}
	return nil
}

// SameOrigin is a handler that refuses unsafe requests from other sites.
func (r *Renderer) SameOrigin(c *fiber.Ctx) error {
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
	return c.Next()
}

// Guard is a handler that lets an unsafe request through only with a token of
// this visitor, from this site, and with a body of at most MaxForm bytes.
func (r *Renderer) Guard(c *fiber.Ctx) error {
	if err := bound(c, MaxForm); err != nil {
		return err
	}
	token := c.Get(csrfHeader)
	if token == "" {
		token = c.FormValue(CSRFField)
	}
	if err := r.VerifyToken(c, token); err != nil {
		return err
	}
	return r.SameOrigin(c)
}
