package admin

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// keyRoutes is the part of the table for the keys of the tenant's API and of
// marketplaces that vouch for their members.
func (d *Door) keyRoutes(base string) []policies.Route[fiber.Handler] {
	key, signer := base+"/keys/:key", base+"/signers/:signer"
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/keys", Needs: policies.KeyManage, Handle: d.keysPage},
		{Method: fiber.MethodPost, Path: base + "/keys", Needs: policies.KeyManage, Handle: d.issueKey, Fresh: true},
		{Method: fiber.MethodGet, Path: key, Needs: policies.KeyManage, Handle: d.keyPage},
		{Method: fiber.MethodPost, Path: key + "/revoke", Needs: policies.KeyManage, Handle: d.revokeKey, Fresh: true},
		{Method: fiber.MethodPost, Path: base + "/signers", Needs: policies.KeyManage, Handle: d.admitSigner, Fresh: true},
		{Method: fiber.MethodGet, Path: signer, Needs: policies.KeyManage, Handle: d.signerPage},
		{Method: fiber.MethodPost, Path: signer + "/revoke", Needs: policies.KeyManage, Handle: d.withdrawSigner, Fresh: true},
	}
}

func keyWho(c *fiber.Ctx) tenant.Who {
	w, _ := whoOf(c)
	return tenant.Who(w)
}

// keysData is the page of all keys.
type keysData struct {
	Bar         bar
	Keys        []keyRow
	Signers     []signerRow
	ID, Issuer  string // as typed
	Public      string
	Kind        string
	Test        bool
	Problem     string // message key
	At          string // the field that it is about: kind, kid, iss, pem; "" for none
	OfTheSigner bool   // the problem is about the second form
}

// Wrong makes the title begin with "Error:".
func (d keysData) Wrong() bool { return d.Problem != "" }

type keyRow struct {
	ID, Short, Kind  string
	Test, Holds      bool
	Created, Revoked moment
}

type signerRow struct {
	ID, Issuer string
	Holds      bool
	Revoked    moment
}

func (d *Door) keyRow(c *fiber.Ctx, k kyc.APIKey) keyRow {
	at := clockwork{d.Renderer.Clock(), web.VisitOf(c).Printer}
	return keyRow{ID: string(k.ID), Short: short(string(k.ID)), Kind: k.Kind, Test: k.TestMode, Holds: k.Revoked == 0, Created: at.at(k.Created), Revoked: at.at(k.Revoked)}
}

func (d *Door) signerRow(c *fiber.Ctx, s kyc.AssertionKey) signerRow {
	at := clockwork{d.Renderer.Clock(), web.VisitOf(c).Printer}
	return signerRow{ID: s.KeyID, Issuer: s.Issuer, Holds: s.Revoked == 0, Revoked: at.at(s.Revoked)}
}

func (d *Door) keysPage(c *fiber.Ctx) error { return d.keysAs(c, fiber.StatusOK, keysData{}) }

func (d *Door) keysAs(c *fiber.Ctx, status int, page keysData) error {
	w := keyWho(c)
	keys, err := d.Keys.Keys(c.UserContext(), w)
	if err != nil {
		return err
	}
	signers, err := d.Keys.Signers(c.UserContext(), w)
	if err != nil {
		return err
	}
	for _, k := range keys {
		page.Keys = append(page.Keys, d.keyRow(c, k))
	}
	for _, s := range signers {
		page.Signers = append(page.Signers, d.signerRow(c, s))
	}
	page.Bar = d.bar(c, "keys")
	return d.Renderer.Page(c, status, "admin/keys", page)
}

// newKeyData shows a key this once.
type newKeyData struct {
	Bar  bar
	Kind string
	Key  string
	Next string
}

func (d *Door) issueKey(c *fiber.Ctx) error {
	in := keysData{Kind: c.FormValue("kind"), Test: c.FormValue("test") != ""}
	k, key, err := d.Keys.Issue(c.UserContext(), keyWho(c), in.Kind, in.Test)
	if err != nil {
		problem, status, ok := mendable(err)
		if !ok {
			return err
		}
		in.Problem, in.At = problem, "kind"
		return d.keysAs(c, status, in)
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/newkey", newKeyData{Bar: d.bar(c, "keys"), Kind: k.Kind, Key: key, Next: base(c) + "/keys"})
}

// oneKeyData asks whether a key is to end.
type oneKeyData struct {
	Bar    bar
	Key    *keyRow
	Signer *signerRow
	Action string
}

func (d *Door) keyPage(c *fiber.Ctx) error {
	k, err := d.Keys.Key(c.UserContext(), keyWho(c), kyc.KeyID(c.Params("key")))
	if err != nil {
		return err
	}
	row := d.keyRow(c, k)
	return d.Renderer.Page(c, fiber.StatusOK, "admin/key", oneKeyData{Bar: d.bar(c, "keys"), Key: &row, Action: base(c) + "/keys/" + row.ID + "/revoke"})
}

func (d *Door) revokeKey(c *fiber.Ctx) error {
	if err := d.Keys.Revoke(c.UserContext(), keyWho(c), kyc.KeyID(c.Params("key"))); err != nil {
		return err
	}
	return seeOther(c, "/keys")
}

// signerFields are the fields that what is wrong with a key of a marketplace is about.
var signerFields = map[string]string{"error.signer_id": "kid", "error.signer_taken": "kid", "error.signer_issuer": "iss", "error.signer_key": "pem"}

func (d *Door) admitSigner(c *fiber.Ctx) error {
	in := keysData{ID: c.FormValue("kid"), Issuer: c.FormValue("iss"), Public: c.FormValue("pem"), OfTheSigner: true}
	err := d.Keys.Admit(c.UserContext(), keyWho(c), in.ID, in.Issuer, in.Public)
	if err == nil {
		return seeOther(c, "/keys")
	}
	problem, status, ok := mendable(err)
	if !ok {
		return err
	}
	in.Problem, in.At = problem, signerFields[problem]
	return d.keysAs(c, status, in)
}

func (d *Door) signerPage(c *fiber.Ctx) error {
	s, err := d.Keys.Signer(c.UserContext(), keyWho(c), c.Params("signer"))
	if err != nil {
		return err
	}
	row := d.signerRow(c, s)
	return d.Renderer.Page(c, fiber.StatusOK, "admin/key", oneKeyData{Bar: d.bar(c, "keys"), Signer: &row, Action: base(c) + "/signers/" + row.ID + "/revoke"})
}

func (d *Door) withdrawSigner(c *fiber.Ctx) error {
	if err := d.Keys.Withdraw(c.UserContext(), keyWho(c), c.Params("signer")); err != nil {
		return err
	}
	return seeOther(c, "/keys")
}
