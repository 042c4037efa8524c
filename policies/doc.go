// Package policies says who may do what. Every door lists its routes with the
// permission each needs; the Authorizer answers whether a member of staff has
// it, from a casbin model and a table of roles that are embedded in the binary.
// Whatever is not known (role, permission, tenant) is refused.
package policies
