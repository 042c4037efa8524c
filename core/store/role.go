package store

import (
	"context"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

var (
	roles     = newTable[kyc.Role]("roles", "tenant_id role_id version")
	roleRules = newTable[kyc.RoleRule]("role_rules", "tenant_id role_id version permission")
)

// bump counts the tenant's policy one further. Its row stays locked until the
// transaction ends, so that what comes after it sees all that was decided before.
func (t *tx) bump(tenant kyc.TenantID) error {
	return t.exec(plainly, `INSERT INTO policy_versions (tenant_id, version) VALUES (?, 1)
		ON CONFLICT (tenant_id) DO UPDATE SET version = policy_versions.version + 1`, tenant)
}

// wants fails the change with a Conflict unless the condition holds.
func (t *tx) wants(tenant kyc.TenantID, key, detail, condition string, args ...any) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, key, "%s", detail)
		}
		return err
	}, "UPDATE policy_versions SET version = version WHERE tenant_id = ? AND "+condition, append([]any{tenant}, args...)...)
}

// newest is the condition that a row of roles is the one that holds.
const newest = `version = (SELECT MAX(version) FROM roles AS last WHERE last.tenant_id = roles.tenant_id AND last.role_id = roles.role_id)`

func (t *tx) appoint(w kyc.Appoint) error {
	if err := t.bump(w.Tenant); err != nil {
		return err
	}
	if strings.HasPrefix(w.Role, kyc.OwnRole) && w.Role != w.Was {
		if err := t.wants(w.Tenant, "error.role_retired", "the role is not there any more",
			"EXISTS (SELECT 1 FROM roles WHERE tenant_id = ? AND role_id = ? AND state = 'active' AND "+newest+")", w.Tenant, w.Role); err != nil {
			return err
		}
	}
	err := t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.staff_changed", "the member of the staff has another role or state by now")
		}
		return err
	}, `UPDATE staff SET role = ?, state = ? WHERE tenant_id = ? AND staff_id = ? AND role = ? AND state = ?`,
		w.Role, w.State, w.Tenant, w.ID, w.Was, w.WasState)
	if err != nil || w.Keep == "" {
		return err
	}
	return t.wants(w.Tenant, "error.last_admin", "nobody would be left to administer the tenant",
		"EXISTS (SELECT 1 FROM staff WHERE tenant_id = ? AND role = ? AND state = 'active')", w.Tenant, w.Keep)
}

func (t *tx) saveRole(w kyc.SaveRole) error {
	if err := t.bump(w.Tenant); err != nil {
		return err
	}
	const changed = "error.role_changed"
	if err := t.wants(w.Tenant, changed, "the role has another version by now",
		"(SELECT COALESCE(MAX(version), 0) FROM roles WHERE tenant_id = ? AND role_id = ?) = ?", w.Tenant, w.Role.ID, w.Role.Version-1); err != nil {
		return err
	}
	if err := t.insert(roles, w.Role, takes(changed, "the role has another version by now")); err != nil {
		return err
	}
	for _, rule := range w.Role.Rules {
		rule.Tenant, rule.Role, rule.Version = w.Tenant, w.Role.ID, w.Role.Version
		if err := t.insert(roleRules, rule, plainly); err != nil {
			return err
		}
	}
	if w.Role.State == kyc.RoleActive {
		return nil
	}
	return t.wants(w.Tenant, "error.role_in_use", "somebody has the role",
		"NOT EXISTS (SELECT 1 FROM staff WHERE tenant_id = ? AND role = ? AND state = 'active')", w.Tenant, w.Role.ID)
}

// PolicyVersion counts how often roles and appointments of a tenant have changed.
func (s *Store) PolicyVersion(ctx context.Context, tenant kyc.TenantID) (int64, error) {
	return one[int64](ctx, s.of(tenant), "policy", "SELECT COALESCE((SELECT version FROM policy_versions WHERE tenant_id = ?), 0)", tenant)
}

// RoleRules lists the rules that hold: those of the newest versions of the
// tenant's own roles that are active.
func (s *Store) RoleRules(ctx context.Context, tenant kyc.TenantID) ([]kyc.RoleRule, error) {
	return many[kyc.RoleRule](ctx, s.of(tenant), "rules of roles", roleRules.selects(`WHERE tenant_id = ?
		AND EXISTS (SELECT 1 FROM roles WHERE roles.tenant_id = role_rules.tenant_id AND roles.role_id = role_rules.role_id
			AND roles.version = role_rules.version AND state = 'active' AND roles.`+newest+`)
		ORDER BY role_id, permission`), tenant)
}

// Roles lists the tenant's own roles as they are now, retired ones too, by id.
func (s *Store) Roles(ctx context.Context, tenant kyc.TenantID) ([]kyc.Role, error) {
	found, err := many[kyc.Role](ctx, s.of(tenant), "roles", roles.selects("WHERE tenant_id = ? AND "+newest+" ORDER BY role_id"), tenant)
	return s.withRules(ctx, tenant, found, err)
}

// RoleVersions lists all versions of one of the tenant's own roles, the newest
// first. At most 500; none is NotFound.
func (s *Store) RoleVersions(ctx context.Context, tenant kyc.TenantID, id string) ([]kyc.Role, error) {
	found, err := many[kyc.Role](ctx, s.of(tenant), "role", roles.selects("WHERE tenant_id = ? AND role_id = ? ORDER BY version DESC LIMIT 500"), tenant, id)
	if err == nil && len(found) == 0 {
		return nil, kyc.E(kyc.NotFound, "role: nothing found")
	}
	return s.withRules(ctx, tenant, found, err)
}

// withRules gives each version its rules.
func (s *Store) withRules(ctx context.Context, tenant kyc.TenantID, found []kyc.Role, err error) ([]kyc.Role, error) {
	for i := range found {
		if err != nil {
			break
		}
		found[i].Rules, err = many[kyc.RoleRule](ctx, s.of(tenant), "rules of role",
			roleRules.selects("WHERE tenant_id = ? AND role_id = ? AND version = ? ORDER BY permission"), tenant, found[i].ID, found[i].Version)
	}
	return found, err
}
