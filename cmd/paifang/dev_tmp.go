package main

import (
	"crypto/ed25519"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/web"
)

type devConfig struct {
	Mailbox  string
	Signer   ed25519.PrivateKey
	KeyID    string
	Issuer   string
	Audience func(kyc.TenantID) string
	Tenant   kyc.TenantID
	Random   io.Reader
	Clock    kyc.Clock
	Keys     map[kyc.TenantID]string
}

func devRoutes(c devConfig) func(g *gateway, app *fiber.App, r *web.Renderer) {
	return func(g *gateway, app *fiber.App, r *web.Renderer) {
		app.Get("/dev/messages", func(x *fiber.Ctx) error {
			files, _ := filepath.Glob(filepath.Join(c.Mailbox, "*.json"))
			var list []map[string]any
			for _, f := range files {
				raw, err := os.ReadFile(f)
				if err != nil {
					continue
				}
				var m map[string]any
				if json.Unmarshal(raw, &m) == nil && (x.Query("to") == "" || m["to"] == x.Query("to")) {
					list = append(list, m)
				}
			}
			sort.Slice(list, func(i, j int) bool {
				return list[i]["time"].(string)+list[i]["id"].(string) > list[j]["time"].(string)+list[j]["id"].(string)
			})
			return x.JSON(list)
		})
		app.Get("/dev/marketplace", func(x *fiber.Ctx) error {
			s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: c.Signer}, (&jose.SignerOptions{}).WithHeader("kid", c.KeyID))
			if err != nil {
				return err
			}
			now := c.Clock()
			tok, err := jwt.Signed(s).Claims(jwt.Claims{Issuer: c.Issuer, Subject: x.Query("member"), ID: newID(), Audience: jwt.Audience{c.Audience(c.Tenant)},
				IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute))}).
				Claims(map[string]any{"site": "global", "membership": x.Query("membership"), "phone": x.Query("phone")}).Serialize()
			if err != nil {
				return err
			}
			return x.JSON(fiber.Map{"assertion": tok})
		})
	}
}
