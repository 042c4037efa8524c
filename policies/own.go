package policies

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"
	"golang.org/x/sync/singleflight"

	"github.com/paifang/paifang/core/kyc"
)

// Fresh is how long rules are used without asking whether they have changed: no
// node knows less than what held so long ago.
const Fresh = time.Second

const (
	// rolesKept bounds the roles whose rules are at hand; those that were asked about
	// least recently are forgotten.
	rolesKept = 2048
	// loading bounds a look into the database, which a request waits for.
	loading = 2 * time.Second
)

// Source has the rules of tenants' own roles; *store.Store does.
type Source interface {
	// PolicyVersion grows with every change.
	PolicyVersion(ctx context.Context, tenant kyc.TenantID) (int64, error)
	// RoleRules lists the rules that hold.
	RoleRules(ctx context.Context, tenant kyc.TenantID) ([]kyc.RoleRule, error)
}

// ownRoles keeps an enforcer for each role of a tenant, with that role's rules only: the
// time that casbin takes grows with the rules that an enforcer has, and roles of a
// tenant's own do not build on each other.
type ownRoles struct {
	source Source
	clock  kyc.Clock
	log    *slog.Logger
	flight singleflight.Group

	mu     sync.Mutex
	places map[ownRole]*list.Element // of *loaded
	recent *list.List                // the one asked about last is in front
	epoch  int64                     // of forgetting
}

// ownRole names a role of a tenant's own.
type ownRole struct {
	tenant kyc.TenantID
	role   string
}

type loaded struct {
	role     ownRole
	version  int64
	checked  time.Time // when version was the newest
	enforcer *casbin.Enforcer
}

func newOwnRoles(source Source, clock kyc.Clock, log *slog.Logger) *ownRoles {
	return &ownRoles{source: source, clock: clock, log: log, places: map[ownRole]*list.Element{}, recent: list.New()}
}

// of gives the enforcer of a role; ok is false when it cannot be told what holds.
func (o *ownRoles) of(role ownRole) (*casbin.Enforcer, bool) {
	have, ok := o.at(role)
	if age := o.clock().Sub(have.checked); ok && age >= 0 && age < Fresh {
		return have.enforcer, true
	}
	got, err, _ := o.flight.Do(o.key(role), func() (any, error) { return o.refresh(role) })
	if err != nil {
		o.log.Error("roles cannot be read, whoever has one of the tenant's own is refused", "tenant", role.tenant, "error", err)
		return nil, false
	}
	return got.(*casbin.Enforcer), true
}

// key names a look for the rules of a role: after something was forgotten nobody joins a
// look that began before. No tenant's id has a space.
func (o *ownRoles) key(role ownRole) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprint(string(role.tenant), " ", role.role, " ", o.epoch)
}

func (o *ownRoles) at(role ownRole) (loaded, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.places[role]
	if !ok {
		return loaded{}, false
	}
	o.recent.MoveToFront(e)
	return *e.Value.(*loaded), true
}

// refresh asks for the version, and for the rules if it is another. The version
// is asked for first: should a change come between, the next look finds it.
func (o *ownRoles) refresh(role ownRole) (*casbin.Enforcer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), loading)
	defer cancel()
	o.mu.Lock()
	epoch := o.epoch
	o.mu.Unlock()
	have, ok := o.at(role)
	now := o.clock()
	version, err := o.source.PolicyVersion(ctx, role.tenant)
	if err != nil {
		return nil, err
	}
	if !ok || have.version != version {
		if have.enforcer, err = newEnforcer(); err != nil {
			return nil, err
		}
		have.enforcer.SetAdapter(rules{ctx, o.source})
		if err := have.enforcer.LoadFilteredPolicy(role); err != nil {
			return nil, kyc.Wrap(kyc.Internal, err, "load a role of a tenant")
		}
	}
	o.keep(&loaded{role: role, version: version, checked: now, enforcer: have.enforcer}, epoch)
	return have.enforcer, nil
}

// keep puts an enforcer to hand, unless something was forgotten meanwhile.
func (o *ownRoles) keep(l *loaded, epoch int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.epoch != epoch {
		return
	}
	if e, ok := o.places[l.role]; ok {
		e.Value = l
		return
	}
	o.places[l.role] = o.recent.PushFront(l)
	if o.recent.Len() > rolesKept {
		last := o.recent.Remove(o.recent.Back()).(*loaded)
		delete(o.places, last.role)
	}
}

func (o *ownRoles) forget(tenant kyc.TenantID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.epoch++
	for role, e := range o.places {
		if role.tenant == tenant {
			o.recent.Remove(e)
			delete(o.places, role)
		}
	}
}

// rules is a casbin adapter over the rules of one role at a time. It only
// reads: roles are written with their history and an audit line, by core/roster.
type rules struct {
	ctx    context.Context
	source Source
}

var _ persist.FilteredAdapter = rules{}

// LoadFilteredPolicy loads the rules of a role; the filter says whose and which.
func (r rules) LoadFilteredPolicy(m model.Model, filter any) error {
	want, ok := filter.(ownRole)
	if !ok || want.tenant == "" {
		return kyc.E(kyc.Internal, "rules are loaded for one role of a tenant")
	}
	found, err := r.source.RoleRules(r.ctx, want.tenant)
	if err != nil {
		return err
	}
	for _, rule := range found {
		if rule.Role != want.role || !strings.HasPrefix(rule.Role, kyc.OwnRole) || rule.Tenant != want.tenant {
			continue // would give a shipped role more, or another tenant's
		}
		line := append([]string{"p", rule.Role, rule.Permission, "own"}, lists(rule)...)
		if err := persist.LoadPolicyArray(line, m); err != nil {
			return err
		}
	}
	return nil
}

// lists writes the lists as the matcher reads them.
func lists(r kyc.RoleRule) []string {
	var out []string
	for _, l := range [][]string{r.Markets, r.Classes, r.Risks} {
		if slices.Contains(l, kyc.AnyValue) {
			l = []string{kyc.AnyValue}
		}
		out = append(out, strings.Join(l, "|"))
	}
	return out
}

// IsFiltered tells casbin not to write back what it has loaded.
func (rules) IsFiltered() bool { return true }

// LoadPolicy is refused: all rules of all tenants in one enforcer make a
// question slow.
func (rules) LoadPolicy(model.Model) error {
	return kyc.E(kyc.Forbidden, "rules are loaded for one role of a tenant")
}

func (rules) SavePolicy(model.Model) error                              { return errReadOnly() }
func (rules) AddPolicy(string, string, []string) error                  { return errReadOnly() }
func (rules) RemovePolicy(string, string, []string) error               { return errReadOnly() }
func (rules) RemoveFilteredPolicy(string, string, int, ...string) error { return errReadOnly() }
