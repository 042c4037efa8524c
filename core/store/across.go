package store

import "github.com/paifang/paifang/core/kyc"

// scope is the database as one tenant sees it. On PostgreSQL every statement is
// asked under a setting that lasts as long as its transaction, and the policies of
// the tables let through what belongs to the tenant that it names, whatever the
// statement says: a forgotten clause finds nothing (decision 29).
type scope struct {
	*Store
	setting string
}

// everybody is the setting that all tenants' rows are seen under. It is no tenant's
// id, and nobody can name it from outside: see of.
const everybody = "*"

// of is what a tenant sees; "" sees only what belongs to no tenant.
func (s *Store) of(tenant kyc.TenantID) scope {
	if tenant == everybody {
		tenant = ""
	}
	return scope{s, string(tenant)}
}

// crossing is a reason to look at all tenants at once. These are all there are;
// testdata/across.golden has who uses which.
type crossing string

const (
	byKey        crossing = "whose API key it is says only the key"
	dueSomehow   crossing = "applications that expire, are to be reminded of or were left unverified are looked for in one read"
	sweeping     crossing = "what has expired is deleted everywhere"
	sealing      crossing = "the record of whoever has lines to seal is sealed"
	operating    crossing = "the operator lists tenants and sees which provider versions are in use"
	sealingNames crossing = "names of staff that stand in clear are sealed, whoever's they are"
	rotatingAll  crossing = "before a master key is destroyed, all there is is looked through for its mark"
)

// across is the one door through which all tenants are seen.
func (s *Store) across(_ crossing) scope { return scope{s, everybody} }
