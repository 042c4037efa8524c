package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/policies"
)

// keyTable is the routes of a tenant's API keys and of the keys of marketplaces that
// vouch for their members.
func (d *Door) keyTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const at = base + "/tenants/:tenant"
	return []route{
		r("GET", at+"/keys", policies.KeyManage, "listKeys", "The tenant's API keys, revoked ones too, the oldest first; the keys themselves are not kept", call(d, 200, d.keys)),
		r("POST", at+"/keys", policies.KeyManage, "issueKey", "Make an API key; this answer is the only one that has it", call(d, 201, d.issueKey)).fresh(),
		r("POST", at+"/keys/:key/revoke", policies.KeyManage, "revokeKey", "End an API key for good: whoever comes with it is refused, on every server within a second", call(d, 200, d.revokeKey)).fresh(),
		r("GET", at+"/signers", policies.KeyManage, "listSigners", "The public keys under which marketplaces vouch for their members, withdrawn ones too", call(d, 200, d.signers)),
		r("POST", at+"/signers", policies.KeyManage, "admitSigner", "Let a marketplace vouch for its members with assertions under a key. A key id is given once; the same again changes nothing", call(d, 201, d.admitSigner)).fresh(),
		r("POST", at+"/signers/:signer/revoke", policies.KeyManage, "withdrawSigner", "Believe nothing any more that a key has signed; its id is not given again", call(d, 200, d.withdrawSigner)).fresh(),
	}
}

// KeyList is a tenant's API keys.
type KeyList struct {
	Keys []KeyItem `json:"keys"`
}

// KeyItem is an API key without its secret.
type KeyItem struct {
	ID       string `json:"id" format:"uuid"`
	Kind     string `json:"kind" enum:"publishable,secret"`
	TestMode bool   `json:"test_mode" doc:"What begins with it is a test"`
	Created  string `json:"created_at" format:"date-time"`
	Revoked  string `json:"revoked_at,omitempty" format:"date-time" doc:"Absent: it holds"`
}

// KeyRequest makes a key.
type KeyRequest struct {
	Kind string `json:"kind" enum:"publishable,secret" doc:"A publishable one may be seen by anybody and can only start applications"`
	Test bool   `json:"test_mode,omitempty"`
}

// KeyMade is a key that was made.
type KeyMade struct {
	KeyItem
	Key string `json:"key" doc:"Keep it now: it is never told again"`
}

// SignerList is the keys that marketplaces vouch under.
type SignerList struct {
	Signers []SignerItem `json:"signers"`
}

// SignerItem is one of them.
type SignerItem struct {
	ID      string `json:"id" doc:"The \"kid\" of its assertions"`
	Issuer  string `json:"issuer" doc:"Their \"iss\""`
	Revoked string `json:"revoked_at,omitempty" format:"date-time" doc:"Absent: it holds"`
}

// SignerRequest admits one.
type SignerRequest struct {
	ID     string `json:"id" minLength:"1" maxLength:"64" doc:"The \"kid\" of its assertions"`
	Issuer string `json:"issuer" minLength:"1" maxLength:"200" doc:"Their \"iss\""`
	Public string `json:"public_key" minLength:"1" maxLength:"2000" doc:"Ed25519, PEM (PKIX)"`
}

func keyItem(k kyc.APIKey) KeyItem {
	out := KeyItem{ID: string(k.ID), Kind: k.Kind, TestMode: k.TestMode, Created: stamp(k.Created)}
	if k.Revoked != 0 {
		out.Revoked = stamp(k.Revoked)
	}
	return out
}

func signerItem(s kyc.AssertionKey) SignerItem {
	out := SignerItem{ID: s.KeyID, Issuer: s.Issuer}
	if s.Revoked != 0 {
		out.Revoked = stamp(s.Revoked)
	}
	return out
}

func (d *Door) keys(c *fiber.Ctx, who caller, _ none) (KeyList, error) {
	found, err := d.KeyDesk.Keys(c.UserContext(), tenant.Who(who.desk))
	out := KeyList{Keys: []KeyItem{}}
	for _, k := range found {
		out.Keys = append(out.Keys, keyItem(k))
	}
	return out, err
}

func (d *Door) issueKey(c *fiber.Ctx, who caller, in KeyRequest) (KeyMade, error) {
	k, key, err := d.KeyDesk.Issue(c.UserContext(), tenant.Who(who.desk), in.Kind, in.Test)
	return KeyMade{KeyItem: keyItem(k), Key: key}, err
}

func (d *Door) revokeKey(c *fiber.Ctx, who caller, _ none) (KeyItem, error) {
	w, id := tenant.Who(who.desk), kyc.KeyID(c.Params("key"))
	if err := d.KeyDesk.Revoke(c.UserContext(), w, id); err != nil {
		return KeyItem{}, err
	}
	k, err := d.KeyDesk.Key(c.UserContext(), w, id)
	return keyItem(k), err
}

func (d *Door) signers(c *fiber.Ctx, who caller, _ none) (SignerList, error) {
	found, err := d.KeyDesk.Signers(c.UserContext(), tenant.Who(who.desk))
	out := SignerList{Signers: []SignerItem{}}
	for _, s := range found {
		out.Signers = append(out.Signers, signerItem(s))
	}
	return out, err
}

func (d *Door) admitSigner(c *fiber.Ctx, who caller, in SignerRequest) (SignerItem, error) {
	w := tenant.Who(who.desk)
	if err := d.KeyDesk.Admit(c.UserContext(), w, in.ID, in.Issuer, in.Public); err != nil {
		return SignerItem{}, err
	}
	s, err := d.KeyDesk.Signer(c.UserContext(), w, in.ID)
	return signerItem(s), err
}

func (d *Door) withdrawSigner(c *fiber.Ctx, who caller, _ none) (SignerItem, error) {
	w, id := tenant.Who(who.desk), c.Params("signer")
	if err := d.KeyDesk.Withdraw(c.UserContext(), w, id); err != nil {
		return SignerItem{}, err
	}
	s, err := d.KeyDesk.Signer(c.UserContext(), w, id)
	return signerItem(s), err
}
