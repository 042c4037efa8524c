package api

// TenantPage is a page of the tenants of the platform.
type TenantPage struct {
	Tenants []TenantItem `json:"tenants" doc:"By id, at most 50"`
	After   string       `json:"after,omitempty" doc:"Place of the next page, for the query parameter of this name; absent on the last page"`
}

// TenantItem is a tenant.
type TenantItem struct {
	ID       string   `json:"id" example:"demo"`
	Name     string   `json:"name"`
	TestMode bool     `json:"test_mode"`
	Locales  []string `json:"locales" doc:"BCP 47; offered languages, the default first"`
	Created  string   `json:"created_at" format:"date-time"`
}

// ColleagueList is the staff of a tenant.
type ColleagueList struct {
	Staff []Colleague `json:"staff" doc:"By login, at most 500"`
}

// Colleague is a member of the staff as others see them.
type Colleague struct {
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Role     string `json:"role" example:"reviewer"`
	RoleName string `json:"role_name" doc:"In words"`
	State    string `json:"state" example:"active" doc:"active; anything else means that they cannot sign in"`
	Self     bool   `json:"self" doc:"It is you"`
	Since    string `json:"created_at" format:"date-time"`
}

// ColleagueProfile is a member of the staff with what they may do.
type ColleagueProfile struct {
	Colleague
	Rules   []Rule       `json:"rules" doc:"What the role gives, as long as they are active"`
	Actions []CaseAction `json:"actions" doc:"What you may do about them"`
	Roles   []Option     `json:"roles" doc:"That you may give them"`
}

// GiveRoleRequest gives a role.
type GiveRoleRequest struct {
	Role string `json:"role" minLength:"1" maxLength:"64" doc:"Id of a role"`
}

// Rule is a permission and for what it holds.
type Rule struct {
	Permission string   `json:"permission" enum:"case.read,case.claim,case.decide,document.view,data.reveal,audit.read,provider.read,sending.read,sending.release,message.read,message.repeat,account.freeze,person.erase,person.export,staff.self,staff.read,staff.appoint,role.manage,role.grant,market.read,market.manage,key.manage,tenant.list,provider.manage"`
	Markets    []string `json:"markets,omitempty" maxItems:"100" doc:"\"*\" for every market there is or will be"`
	Classes    []string `json:"classes,omitempty" maxItems:"10" enum:"*,identity,business,financial,address,other" doc:"Of documents; for document.view and data.reveal"`
	Risks      []string `json:"risks,omitempty" maxItems:"4" enum:"*,low,medium,high"`
}

// RoleList is the roles of a tenant.
type RoleList struct {
	Roles []Role `json:"roles"`
}

// Role is a role.
type Role struct {
	ID      string `json:"id" example:"reviewer"`
	Name    string `json:"name" doc:"In words"`
	Shipped bool   `json:"shipped" doc:"Of every tenant; it cannot be changed"`
	Version int64  `json:"version,omitempty" doc:"Of a role of the tenant's own; give it back with a change"`
	State   string `json:"state" enum:"active,retired"`
	People  int    `json:"people" doc:"Active members of the staff who have it"`
	Rules   []Rule `json:"rules"`
}

// RoleHistory is a role with all its versions.
type RoleHistory struct {
	Role
	Changeable bool          `json:"changeable" doc:"You may change and retire it"`
	History    []RoleVersion `json:"history" doc:"The newest first; none is ever deleted"`
}

// RoleVersion is what a role was from a time on.
type RoleVersion struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	State   string `json:"state" enum:"active,retired"`
	By      string `json:"by" doc:"Name of who made it"`
	At      string `json:"at" format:"date-time"`
	Rules   []Rule `json:"rules"`
}

// RoleRequest is what a role is to be.
type RoleRequest struct {
	Name  string `json:"name" minLength:"1" maxLength:"320" doc:"At most 80 characters"`
	Rules []Rule `json:"rules" minItems:"1" maxItems:"20" doc:"At most one for each permission; staff.self is in every role"`
}

// ChangeRoleRequest is the next version of a role.
type ChangeRoleRequest struct {
	RoleRequest
	Version int64 `json:"version" minimum:"1" doc:"Of the role as you saw it; when it has changed since, the answer is 409"`
}

// RetireRoleRequest ends a role.
type RetireRoleRequest struct {
	Version int64 `json:"version" minimum:"1" doc:"Of the role as you saw it"`
}
