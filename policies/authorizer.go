package policies

import (
	_ "embed"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/paifang/paifang/core/kyc"
)

//go:embed model.conf
var modelText string

//go:embed roles.csv
var rolesText string

// OperatorTenant is the tenant that operators of the platform belong to. The
// role platform_operator means nothing to staff of any other tenant, so that
// nobody can make himself an operator by editing his own tenant's staff.
const OperatorTenant kyc.TenantID = "platform"

// TenantAdmin is the shipped role that at least one active member of a tenant's
// staff keeps.
const TenantAdmin = "tenant_admin"

// PlatformOperator is the one role that no tenant can give.
const PlatformOperator = "platform_operator"

// Roles lists the shipped roles, least first.
func Roles() []string {
	return []string{"viewer", "reviewer", "senior_reviewer", "compliance_officer",
		TenantAdmin, PlatformOperator}
}

// TenantRoles lists the shipped roles that staff of a tenant can have.
func TenantRoles() []string {
	return slices.DeleteFunc(Roles(), func(r string) bool { return r == PlatformOperator })
}

// unasked stands for an attribute that the question leaves open: "may this
// person do it for anything at all?", which is what a route asks.
const unasked = "-"

// Attribute narrows a question to the object it is about.
type Attribute struct{ name, value string }

// Market asks about an object of one market.
func Market(m kyc.MarketID) Attribute { return Attribute{"market", string(m)} }

// Class asks about a document of the given class.
func Class(c kyc.DocumentClass) Attribute { return Attribute{"class", string(c)} }

// EveryClass asks whether it may be done with documents of every class.
func EveryClass() Attribute { return Attribute{"class", kyc.AnyValue} }

// Risk asks about a case of the given risk. What is not known to be low or
// medium counts as high.
func Risk(level string) Attribute {
	if level != "low" && level != "medium" {
		level = "high"
	}
	return Attribute{"risk", level}
}

// Authorizer answers who may do what. It is safe for concurrent use. A question
// about a shipped role loads nothing; one about a tenant's own role loads that
// tenant's rules when they are not at hand or may have changed.
type Authorizer struct {
	shipped *casbin.Enforcer
	own     *ownRoles // nil: there are no other roles
}

// New compiles the embedded model and roles. Roles of tenants' own are refused.
func New() (*Authorizer, error) {
	e, err := newEnforcer()
	if err != nil {
		return nil, err
	}
	e.SetAdapter(table(rolesText))
	if err := e.LoadPolicy(); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "policy roles")
	}
	return &Authorizer{shipped: e}, nil
}

// NewFor is New for staff who may have roles of their tenants' own, too. When
// their rules cannot be read the answer is no, and the log says why.
func NewFor(source Source, clock kyc.Clock, log *slog.Logger) (*Authorizer, error) {
	a, err := New()
	if err != nil {
		return nil, err
	}
	a.own = newOwnRoles(source, clock, log)
	return a, nil
}

// newEnforcer makes one without rules.
func newEnforcer() (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "policy model")
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "policy model")
	}
	e.AddFunction("reaches", reaches)
	e.AddFunction("within", within)
	return e, nil
}

// enforcer has the rules of a role of a tenant; ok is false when nobody knows them.
func (a *Authorizer) enforcer(role string, tenant kyc.TenantID) (e *casbin.Enforcer, ok bool) {
	if !strings.HasPrefix(role, kyc.OwnRole) {
		return a.shipped, true
	}
	if a.own == nil {
		return nil, false
	}
	return a.own.of(ownRole{tenant, role})
}

// Forget makes this process read the rules of a tenant's own roles anew, at
// once. Other processes notice a change within Fresh.
func (a *Authorizer) Forget(tenant kyc.TenantID) {
	if a.own != nil {
		a.own.forget(tenant)
	}
}

// May tells whether staff has the permission in the tenant, for an object with
// the given attributes. The default is no: so it is for staff that is not
// active, for an unknown role or permission, and when the question fails.
func (a *Authorizer) May(staff kyc.Staff, tenant kyc.TenantID, need Permission, about ...Attribute) bool {
	if staff.State != "active" || staff.Role == "" || staff.Tenant == "" || tenant == "" ||
		!slices.Contains(StaffPermissions(), need) {
		return false
	}
	market, class, risk := unasked, unasked, unasked
	for _, x := range about {
		if x.value == "" || x.value == unasked {
			return false
		}
		switch x.name {
		case "market":
			market = x.value
		case "class":
			class = x.value
		case "risk":
			risk = x.value
		default:
			return false
		}
	}
	e, known := a.enforcer(staff.Role, staff.Tenant)
	if !known {
		return false
	}
	ok, err := e.Enforce(staff.Role, string(staff.Tenant), string(tenant), string(need), market, class, risk)
	return ok && err == nil
}

// reaches(home, tenant, scope): one works for the tenant, or for the platform
// with a rule that reaches everywhere.
func reaches(args ...any) (any, error) {
	home, tenant, scope, err := three(args)
	if err != nil {
		return false, err
	}
	if scope == "any" {
		return home == string(OperatorTenant), nil
	}
	return scope == "own" && home == tenant, nil
}

// within(value, list): list is "*" or values with "|" between them.
func within(args ...any) (any, error) {
	if len(args) != 2 {
		return false, fmt.Errorf("within takes a value and a list")
	}
	value, ok := args[0].(string)
	list, ok2 := args[1].(string)
	if !ok || !ok2 {
		return false, fmt.Errorf("within takes text")
	}
	return list == kyc.AnyValue || list != "" && value == unasked || slices.Contains(strings.Split(list, "|"), value), nil
}

func three(args []any) (a, b, c string, err error) {
	if len(args) != 3 {
		return "", "", "", fmt.Errorf("want three arguments, have %d", len(args))
	}
	var ok [3]bool
	a, ok[0] = args[0].(string)
	b, ok[1] = args[1].(string)
	c, ok[2] = args[2].(string)
	if !ok[0] || !ok[1] || !ok[2] {
		return "", "", "", fmt.Errorf("want text")
	}
	return a, b, c, nil
}
