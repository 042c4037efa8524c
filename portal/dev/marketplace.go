package dev

import (
	"encoding/hex"
	"io"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/portal/web"
)

// assertionLife is how long the marketplace's word is good for.
const assertionLife = 5 * time.Minute

// member is who the marketplace vouches for.
type member struct {
	Subject    string `json:"member"`
	Site       string `json:"site"`
	Membership string `json:"membership"`
	Phone      string `json:"phone"`
}

// marketplace answers GET /dev/marketplace. With ?format=json (and any of
// subject, site, membership, phone) it answers with an assertion.
func (d *Door) marketplace(c *fiber.Ctx) error {
	m, err := d.member(c.Query)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return d.assertion(c, m)
	}
	return d.Pages.Page(c, fiber.StatusOK, "dev/marketplace", map[string]any{"Member": m, "Tenant": d.Tenant, "Members": members()})
}

// preset is somebody to begin with; the form is filled in with them.
type preset struct{ Label, Href string }

// members are one of each sort that enters, and one that does not.
func members() []preset {
	query := func(member, membership, phone string) string {
		return "?" + url.Values{"member": {member}, "membership": {membership}, "phone": {phone}}.Encode()
	}
	return []preset{
		{"dev.marketplace.member.gold_phone", query("seller-1001", "gold", "+4915112345678")},
		{"dev.marketplace.member.gold", query("seller-1002", "gold", "")},
		{"dev.marketplace.member.company_phone", query("company-2001", "gold", "+4915112345679")},
		{"dev.marketplace.member.company", query("company-2002", "gold", "")},
		{"dev.marketplace.member.silver", query("seller-1003", "silver", "")},
	}
}

// vouch answers POST /dev/marketplace: signs the member in. Signing changes
// nothing here, so that it needs no forgery token.
func (d *Door) vouch(c *fiber.Ctx) error {
	if err := web.BoundBody(c, web.MaxForm); err != nil {
		return err
	}
	m, err := d.member(func(name string, _ ...string) string { return c.FormValue(name) })
	if err != nil {
		return err
	}
	if c.Is("json") {
		if err := c.BodyParser(&m); err != nil {
			return kyc.Wrap(kyc.Invalid, err, "not JSON")
		}
	}
	if wantsJSON(c) {
		return d.assertion(c, m)
	}
	token, err := d.sign(m)
	if err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "dev/vouched", map[string]any{"Member": m, "Assertion": token, "Enter": d.enter()})
}

func (d *Door) enter() string { return "/t/" + string(d.Tenant) + "/enter/crossborder" }

func (d *Door) assertion(c *fiber.Ctx, m member) error {
	token, err := d.sign(m)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"assertion": token, "tenant": d.Tenant, "market": "crossborder", "enter": d.enter()})
}

// member is who is named, an eligible one by default.
func (d *Door) member(value func(name string, or ...string) string) (member, error) {
	m := member{Subject: value("member"), Site: value("site"), Membership: value("membership"), Phone: value("phone")}
	if m.Subject == "" {
		id, err := d.random()
		if err != nil {
			return m, err
		}
		m.Subject = "member-" + id[:8]
	}
	if m.Site == "" {
		m.Site = "intl"
	}
	if m.Membership == "" {
		m.Membership = "gold"
	}
	return m, nil
}

func (d *Door) random() (string, error) {
	raw := make([]byte, 16)
	_, err := io.ReadFull(d.Random, raw)
	return hex.EncodeToString(raw), err
}

// sign makes an Ed25519 JWT (RFC 8037) for one entry.
func (d *Door) sign(m member) (string, error) {
	id, err := d.random()
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", d.KeyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: d.Signer}, options)
	if err != nil {
		return "", err
	}
	now := d.Clock()
	claims := jwt.Claims{Issuer: d.Issuer, Subject: m.Subject, ID: id, Audience: jwt.Audience{d.Audience(d.Tenant)},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife))}
	own := map[string]any{"site": m.Site, "membership": m.Membership}
	if m.Phone != "" {
		own["phone"] = m.Phone
	}
	return jwt.Signed(signer).Claims(claims).Claims(own).Serialize()
}
