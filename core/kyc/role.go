package kyc

import "slices"

// OwnRole begins the id of every role that a tenant made for itself, so that no
// shipped role, of this or a later version, ever has the same.
const OwnRole = "own."

// States of a role.
const (
	RoleActive  = "active"
	RoleRetired = "retired" // nobody has it any more and nobody can be given it
)

// Role is one version of a role that a tenant made for itself. A change is a new
// version; the one with the highest number holds, and none is ever deleted.
type Role struct {
	Tenant  TenantID   `db:"tenant_id"`
	ID      string     `db:"role_id"` // OwnRole and a UUID
	Version int64      `db:"version"` // 1, 2, …
	Name    string     `db:"name"`    // that people see, 1 to 80 characters
	State   string     `db:"state"`
	By      StaffID    `db:"changed_by"`
	At      Millis     `db:"changed_at"`
	Rules   []RoleRule // in the order of permissions
}

// RoleRule gives a permission of policies, for objects whose attributes are in
// the lists. A list with AnyValue has everything in it, an empty one nothing.
type RoleRule struct {
	Tenant     TenantID `db:"tenant_id"`
	Role       string   `db:"role_id"`
	Version    int64    `db:"version"`
	Permission string   `db:"permission"`
	Markets    TextList `db:"markets"`
	Classes    TextList `db:"classes"` // of documents, see DocumentClasses
	Risks      TextList `db:"risks"`   // low, medium, high
}

// AnyValue in a list of a RoleRule stands for every value there is or will be.
const AnyValue = "*"

// TextList is kept as JSON text in one column.
type TextList []string

// DocumentClass is what a document is about, for rules about who may open it.
type DocumentClass string

const (
	IdentityDocument  DocumentClass = "identity"  // says who a person is
	BusinessDocument  DocumentClass = "business"  // says what a company is
	FinancialDocument DocumentClass = "financial" // says what somebody owns or earns
	AddressDocument   DocumentClass = "address"   // says where somebody lives
	OtherDocument     DocumentClass = "other"     // everything else, and what nobody knows
)

// DocumentClasses lists the classes.
func DocumentClasses() []DocumentClass {
	return []DocumentClass{IdentityDocument, BusinessDocument, FinancialDocument, AddressDocument, OtherDocument}
}

// classes are the kinds of documents that markets ask for (Requirement.Kind).
func classes() map[DocumentClass][]string {
	return map[DocumentClass][]string{
		IdentityDocument: {"passport", "resident_id", "national_id", "driving_licence", "residence_permit",
			"travel_permit", "household_register", "birth_certificate", "selfie", "visa"},
		BusinessDocument: {"business_licence", "company_register", "articles_of_association",
			"shareholder_register", "power_of_attorney", "tax_registration"},
		FinancialDocument: {"bank_statement", "bank_account", "bank_card", "tax_return", "payslip", "source_of_funds"},
		AddressDocument:   {"utility_bill", "proof_of_address", "rental_contract"},
	}
}

// ClassOf tells the class of a kind of document; a kind that is not known is
// OtherDocument.
func ClassOf(kind string) DocumentClass {
	for class, kinds := range classes() {
		if slices.Contains(kinds, kind) {
			return class
		}
	}
	return OtherDocument
}

// DataClass tells which class of documents says the same as data of a privacy
// class: who may not open those may not have the data revealed. It is "" for
// what is in no document: contacts, and what is not personal.
func DataClass(pii string) DocumentClass {
	if pii == PIINone || pii == PIIContact {
		return ""
	}
	return IdentityDocument
}

// Document finds what a file is of.
func (f *Flow) Document(requirement string) (Requirement, bool) {
	for _, s := range f.Steps {
		for _, r := range s.Documents {
			if r.ID == requirement {
				return r, true
			}
		}
	}
	return Requirement{}, false
}
