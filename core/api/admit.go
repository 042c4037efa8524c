package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/policies"
)

// caller is who a request comes from, as far as its route had to know.
type caller struct {
	tenant  kyc.TenantID
	key     kyc.APIKey
	holder  string // holder token; the pipeline checks it against the application
	account kyc.AccountID
	token   string     // session token
	desk    review.Who // a member of staff, in the tenant of the path
	locale  kyc.Locale
	client  pipeline.Client
}

// ref names an application with the caller's right to it.
func (w caller) ref(application string) pipeline.Ref {
	return pipeline.Ref{Tenant: w.tenant, Application: kyc.ApplicationID(application), Token: w.holder, Client: w.client}
}

// admit finds out who the caller is. What a route needs and nobody knows is refused.
func (d *Door) admit(c *fiber.Ctx, needs policies.Permission) (caller, error) {
	who := caller{locale: d.language(c), client: pipeline.Client{Address: c.IP(), Agent: c.Get(fiber.HeaderUserAgent)}}
	if needs == policies.Public {
		return who, nil
	}
	token, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	if !ok || token == "" {
		return who, nobody(needs)
	}
	switch needs {
	case policies.Key:
		return d.admitKey(c, who, token)
	case policies.Holder:
		return admitHolder(who, token)
	case keyOrHolder:
		if strings.HasPrefix(token, "ht.") {
			return admitHolder(who, token)
		}
		return d.admitKey(c, who, token)
	case policies.Account:
		return d.admitAccount(c, who, token)
	}
	if staffed(needs) {
		return d.admitStaff(c, who, token, needs)
	}
	return who, kyc.EKey(kyc.Forbidden, "error.forbidden", "route needs %q, which this door cannot grant", needs)
}

// nobody says what is missing where no bearer token came.
func nobody(needs policies.Permission) error {
	switch needs {
	case policies.Key, keyOrHolder:
		return kyc.EKey(kyc.Unauthorized, "error.key_missing", "no bearer token where a key is needed")
	case policies.Holder:
		return kyc.EKey(kyc.Unauthorized, "error.holder", "no bearer token where a holder's is needed")
	}
	return kyc.EKey(kyc.Unauthorized, "error.unauthorized", "no bearer token")
}

// keyOrHolder admits an API key or a holder token, for what has no personal data.
const keyOrHolder policies.Permission = "key_or_holder"

func (d *Door) admitKey(c *fiber.Ctx, who caller, token string) (_ caller, err error) {
	who.key, err = d.Keys.Resolve(c.UserContext(), token)
	who.tenant = who.key.Tenant
	return who, err
}

func admitHolder(who caller, token string) (caller, error) {
	tenant, ok := pipeline.TokenTenant(token)
	if !ok {
		return who, kyc.EKey(kyc.Unauthorized, "error.holder", "not a holder token")
	}
	who.tenant, who.holder = tenant, token
	return who, nil
}

func (d *Door) admitAccount(c *fiber.Ctx, who caller, token string) (caller, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != "st" {
		return who, kyc.EKey(kyc.Unauthorized, "error.session", "not a session token")
	}
	tenant, err := kyc.ParseTenantID(parts[1])
	if err != nil {
		return who, kyc.EKey(kyc.Unauthorized, "error.session", "not a session token")
	}
	who.tenant, who.token = tenant, token
	who.account, err = d.Sessions.Account(c.UserContext(), tenant, token)
	return who, err
}
