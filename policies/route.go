package policies

// Permission is what somebody must hold to use a route or to see something.
// The first four are not about staff: the door that owns the route checks them.
type Permission string

const (
	Public  Permission = "public"  // anybody
	Key     Permission = "key"     // an API key of the tenant
	Holder  Permission = "holder"  // the holder token of the application
	Account Permission = "account" // a signed-in applicant
)

// Permissions of staff; roles.csv gives them to roles.
const (
	CaseRead       Permission = "case.read"       // queue and case pages, personal data masked
	CaseClaim      Permission = "case.claim"      // claim and release
	CaseDecide     Permission = "case.decide"     // decide a case that one has claimed
	DocumentView   Permission = "document.view"   // open uploaded files; leaves an audit line
	DataReveal     Permission = "data.reveal"     // see personal data unmasked, for a reason; leaves an audit line
	AuditRead      Permission = "audit.read"      // the tenant's audit record
	ProviderRead   Permission = "provider.read"   // state of the providers
	ProviderManage Permission = "provider.manage" // which versions of providers run, for the whole platform
	SendingRead    Permission = "sending.read"    // the budgets of messages
	SendingRelease Permission = "sending.release" // re-open them; leaves an audit line
	MessageRead    Permission = "message.read"    // find applications, see what became of their messages; a search leaves an audit line
	MessageRepeat  Permission = "message.repeat"  // have the newest sent again; leaves an audit line
	AccountFreeze  Permission = "account.freeze"  // freeze an account on its holder's word; leaves an audit line
	PersonErase    Permission = "person.erase"    // see who asks to be erased, answer, and erase; leaves audit lines
	PersonExport   Permission = "person.export"   // give out all that is held of a person; leaves an audit line
	StaffSelf      Permission = "staff.self"      // one's own session and settings
	StaffRead      Permission = "staff.read"      // who works for the tenant, and which roles there are
	StaffAppoint   Permission = "staff.appoint"   // give a role, shut out, let in again
	RoleManage     Permission = "role.manage"     // make and change the tenant's own roles
	RoleGrant      Permission = "role.grant"      // give more than one has oneself, within the tenant
	MarketRead     Permission = "market.read"     // which markets the tenant offers and how, without what is secret
	MarketManage   Permission = "market.manage"   // change that; leaves an audit line
	KeyManage      Permission = "key.manage"      // the keys of the tenant's API and of marketplaces that vouch: see, make, end; leaves an audit line
	TenantList     Permission = "tenant.list"     // the tenants of the platform
)

// StaffPermissions lists every permission that a role can have.
func StaffPermissions() []Permission {
	return []Permission{CaseRead, CaseClaim, CaseDecide, DocumentView, DataReveal,
		AuditRead, ProviderRead, SendingRead, SendingRelease, MessageRead, MessageRepeat, AccountFreeze, PersonErase, PersonExport, StaffSelf, StaffRead, StaffAppoint, RoleManage, RoleGrant, MarketRead, MarketManage, KeyManage, TenantList, ProviderManage}
}

// OwnPermissions lists those that a tenant can give to a role of its own. Every
// such role has StaffSelf, too.
func OwnPermissions() []Permission {
	return []Permission{CaseRead, CaseClaim, CaseDecide, DocumentView, DataReveal,
		AuditRead, ProviderRead, SendingRead, SendingRelease, MessageRead, MessageRepeat, AccountFreeze, PersonErase, PersonExport, StaffRead, StaffAppoint, RoleManage, MarketRead, MarketManage, KeyManage}
}

// Narrowed tells by which attributes of its object a permission can be narrowed.
func (p Permission) Narrowed() (market, class, risk bool) {
	switch p {
	case CaseRead, CaseClaim, CaseDecide:
		return true, false, true
	case DocumentView, DataReveal:
		return true, true, true
	}
	return false, false, false
}

// Route is one line of a door's table: H is the door's kind of handler.
type Route[H any] struct {
	Method string
	Path   string // in the router's pattern syntax
	Needs  Permission
	Handle H

	// Fresh asks of staff to have shown within the last minutes who they are: an
	// unattended screen reveals nothing, decides nothing and changes nobody's keys.
	Fresh bool
	// Streams tells that the body is read by the handler, and with it the token of a
	// form: it is too large to be looked at before.
	Streams bool
}

// Line is a route without its handler: what a list of all doors says of it.
type Line struct {
	Method string
	Path   string
	Needs  Permission
	Fresh  bool
}

// Lines are the routes of a door's table, in its order.
func Lines[H any](table []Route[H]) []Line {
	list := make([]Line, len(table))
	for i, r := range table {
		list[i] = Line{r.Method, r.Path, r.Needs, r.Fresh}
	}
	return list
}
