package policies

import (
	_ "embed"
	"fmt"
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

// Roles lists the shipped roles, least first.
func Roles() []string {
	return []string{"viewer", "reviewer", "senior_reviewer", "compliance_officer",
		"tenant_admin", "platform_operator"}
}

// unasked stands for an attribute that the question leaves open: "may this
// person do it for anything at all?", which is what a route asks.
const unasked = "-"

// Attribute narrows a question to the object it is about.
type Attribute struct{ name, value string }

// Market asks about an object of one market.
func Market(m kyc.MarketID) Attribute { return Attribute{"market", string(m)} }

// Risk asks about a case of the given risk. What is not known to be low or
// medium counts as high.
func Risk(level string) Attribute {
	if level != "low" && level != "medium" {
		level = "high"
	}
	return Attribute{"risk", level}
}

// Authorizer answers who may do what. It is immutable and safe for concurrent
// use; a question loads nothing.
type Authorizer struct {
	enforcer *casbin.Enforcer
}

// New compiles the embedded model and roles.
func New() (*Authorizer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "policy model")
	}
	e, err := casbin.NewEnforcer(m, table(rolesText))
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "policy roles")
	}
	e.AddFunction("reaches", reaches)
	e.AddFunction("within", within)
	return &Authorizer{enforcer: e}, nil
}

// May tells whether staff has the permission in the tenant, for an object with
// the given attributes. The default is no: so it is for staff that is not
// active, for an unknown role or permission, and when the question fails.
func (a *Authorizer) May(staff kyc.Staff, tenant kyc.TenantID, need Permission, about ...Attribute) bool {
	if staff.State != "active" || staff.Role == "" || staff.Tenant == "" || tenant == "" ||
		!slices.Contains(StaffPermissions(), need) {
		return false
	}
	market, risk := unasked, unasked
	for _, x := range about {
		if x.value == "" || x.value == unasked {
			return false
		}
		switch x.name {
		case "market":
			market = x.value
		case "risk":
			risk = x.value
		default:
			return false
		}
	}
	ok, err := a.enforcer.Enforce(staff.Role, string(staff.Tenant), string(tenant), string(need), market, risk)
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
	return list == "*" || value == unasked || slices.Contains(strings.Split(list, "|"), value), nil
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
