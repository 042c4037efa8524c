package store

import (
	"reflect"

	"github.com/paifang/paifang/core/kyc"
)

// tenantOf is the tenant that a write belongs to, "" when it names none. Every
// write has a field Tenant, its own or of the record in it, except SaveTenant,
// whose record is the tenant.
func tenantOf(w kyc.Write) kyc.TenantID {
	if t, ok := w.(kyc.SaveTenant); ok {
		return t.Tenant.ID
	}
	v := reflect.ValueOf(w)
	if v.Kind() != reflect.Struct {
		return ""
	}
	field := v.FieldByName("Tenant")
	if !field.IsValid() {
		return ""
	}
	tenant, _ := field.Interface().(kyc.TenantID)
	return tenant
}
