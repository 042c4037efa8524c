package offer

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/policies"
)

// Draft is how a market is to be offered. Of what is nil, nothing changes.
type Draft struct {
	Number  int64 // of the version that somebody looked at
	Enabled *bool
	Pinned  *string
	// Settings replace all that may be shown. Of what is secret they say what shall
	// change: a value is new, null clears, what is missing stays.
	Settings []byte
}

// Refused says what is wrong with settings: the provider, or its schema, does not
// take them.
type Refused struct{ Diagnostics []Diagnostic }

func (*Refused) Error() string { return "the settings of the market are refused" }

// Stale says that somebody else was quicker: what has changed since the version
// that was looked at, and the number of the newest. It is a Conflict.
type Stale struct {
	Number  int64
	Changes []Change
}

func (s *Stale) Error() string { return "the market is at version " + strconv.FormatInt(s.Number, 10) }

// Unwrap makes it a Conflict to the doors.
func (s *Stale) Unwrap() error {
	return kyc.EKey(kyc.Conflict, "error.market_changed", "%s", s.Error())
}

// Preview is what a change would do.
type Preview struct {
	Changes     []Change
	Diagnostics []Diagnostic // not empty: it would be refused
}

// Preview tells what a change would do and does nothing. Its errors are those of
// Change, but for *Refused.
func (d *Desk) Preview(ctx context.Context, w Who, id kyc.MarketID, draft Draft) (*Preview, error) {
	was, is, secret, err := d.drafted(ctx, w, id, draft)
	if err != nil {
		return nil, err
	}
	p := &Preview{}
	if p.Diagnostics, err = d.judged(ctx, was, is); err != nil {
		return nil, err
	}
	p.Changes, err = d.compare(ctx, was, is, secret)
	return p, err
}

// Change makes the next version of an offer. It holds on every node within 2 s, for
// applications that begin then; those under way go on as they began. *Refused when
// the provider does not take the settings; *Stale when the draft was made from
// another version than the newest; Invalid for a version that cannot be chosen;
// Unavailable when the provider cannot be asked. Nothing has changed then.
func (d *Desk) Change(ctx context.Context, w Who, id kyc.MarketID, draft Draft) (kyc.TenantMarket, error) {
	was, is, secret, err := d.drafted(ctx, w, id, draft)
	if err != nil {
		return was, err
	}
	return d.save(ctx, w, was, is, 0, secret)
}

// Restore makes the settings and the chosen version of an older version the newest,
// if the provider of today takes them. Whether the market is on stays as it is.
// Errors are those of Change, and NotFound for a number that there is not.
func (d *Desk) Restore(ctx context.Context, w Who, id kyc.MarketID, number, back int64) (kyc.TenantMarket, error) {
	was, is, _, err := d.drafted(ctx, w, id, Draft{Number: number})
	if err != nil {
		return was, err
	}
	then, err := d.Store.MarketVersion(ctx, w.Tenant, id, back)
	if err != nil {
		return was, err
	}
	is.Pinned = then.Pinned
	if err := d.choosable(was, is); err != nil {
		return was, err
	}
	schema, err := d.schema(ctx, is)
	if err != nil {
		return was, err
	}
	doc, secrets, err := d.divided(ctx, then.TenantMarket, schema.SecretAt())
	if err != nil {
		return was, err
	}
	if err := d.keep(ctx, &is, doc, secrets); err != nil {
		return was, err
	}
	return d.save(ctx, w, was, is, back, secretAt(schema))
}

// drafted is the offer as it is and as it is to be, and what is secret in it.
func (d *Desk) drafted(ctx context.Context, w Who, id kyc.MarketID, draft Draft) (was, is kyc.TenantMarket, secret []string, err error) {
	if err = d.may(w, policies.MarketManage); err != nil {
		return
	}
	if was, err = d.now(ctx, w.Tenant, id); err != nil {
		return
	}
	if draft.Number != was.Number {
		return was, was, nil, d.stale(ctx, was, draft.Number)
	}
	is = was
	if draft.Enabled != nil {
		is.Enabled = *draft.Enabled
	}
	if draft.Pinned != nil {
		is.Pinned = *draft.Pinned
	}
	if err = d.choosable(was, is); err != nil {
		return
	}
	if draft.Settings == nil && is.Pinned == was.Pinned && (was.Enabled || !is.Enabled) {
		return was, is, secretAt(nil), nil // to switch off, nobody is asked and nobody waited for
	}
	schema, err := d.schema(ctx, is)
	if err == nil && draft.Settings != nil {
		err = d.reset(ctx, &is, schema, draft.Settings)
	}
	return was, is, secretAt(schema), err
}

// secretAt are the pointers of what must not be shown. Without a schema nobody can
// tell, and it is the whole.
func secretAt(schema *Setting) []string {
	if schema == nil {
		return []string{""}
	}
	return schema.SecretAt()
}

// stale tells somebody what they have not seen.
func (d *Desk) stale(ctx context.Context, now kyc.TenantMarket, seen int64) error {
	s := &Stale{Number: now.Number}
	then := kyc.MarketVersion{TenantMarket: kyc.TenantMarket{Tenant: now.Tenant, Market: now.Market}}
	if seen > 0 {
		found, err := d.Store.MarketVersion(ctx, now.Tenant, now.Market, seen)
		if err != nil {
			return s // a number that never was: there is nothing to compare with
		}
		then = found
	}
	var schema *Setting
	about, err := d.Platform.About(ctx, now.Market, now.Pinned)
	if err == nil {
		if schema, err = ReadSchema(about.Schema); err != nil {
			schema = nil
		}
	}
	if s.Changes, err = d.compare(ctx, then.TenantMarket, now, secretAt(schema)); err != nil {
		return err
	}
	return s
}

// choosable refuses a choice of a version that there is not. What was chosen
// before can stay.
func (d *Desk) choosable(was, is kyc.TenantMarket) error {
	if is.Pinned == was.Pinned || !chosen(is.Pinned) {
		return nil
	}
	if !slices.ContainsFunc(d.Platform.Versions(is.Market), func(c Eligible) bool { return c.Version == is.Pinned }) {
		return kyc.EKey(kyc.Invalid, "error.market_version", "version %.40q of market %s is not installed", is.Pinned, is.Market)
	}
	return nil
}

// schema is the schema of the settings by the version that an offer leads to.
func (d *Desk) schema(ctx context.Context, m kyc.TenantMarket) (*Setting, error) {
	about, err := d.Platform.Learn(ctx, m.Market, m.Pinned)
	if err != nil {
		return nil, err
	}
	return ReadSchema(about.Schema)
}

// reset puts the settings of a draft in place of those that there are.
func (d *Desk) reset(ctx context.Context, m *kyc.TenantMarket, schema *Setting, raw []byte) error {
	if len(raw) > MaxSettings {
		return kyc.EKey(kyc.TooLarge, "error.market_settings_large", "settings of more than %d bytes", MaxSettings)
	}
	doc := number(raw)
	if _, ok := doc.(map[string]any); !ok {
		return &Refused{[]Diagnostic{{Code: "schema.json"}}}
	}
	if schema == nil && string(raw) != "{}" {
		return &Refused{[]Diagnostic{{Code: "schema.none"}}}
	}
	at := schema.SecretAt()
	_, kept, err := d.divided(ctx, *m, at)
	if err != nil {
		return err
	}
	doc, secret := unsaid(doc, kept, index(at))
	shown, secrets := split(doc, secret)
	return d.keep(ctx, m, shown, secrets)
}

// unsaid puts back what was secret and of which a draft says nothing, also what
// was so by another schema: null alone takes it away. It gives all that is secret then.
func unsaid(doc any, kept, secret map[string]any) (any, []string) {
	was := joined(map[string]any{}, kept)
	for _, pointer := range union(kept, secret) {
		value, said := look(doc, steps(pointer))
		old, had := look(was, steps(pointer))
		switch {
		case pointer == "": // the whole is secret: an empty object says nothing
			if o, ok := value.(map[string]any); ok && len(o) == 0 && kept[""] != nil {
				doc, secret[""] = kept[""], nil
			}
		case !said && had:
			doc, secret[pointer] = put(doc, steps(pointer), old), nil
		case said && value == nil:
			secret[pointer] = nil
		}
	}
	return doc, union(secret, nil)
}

// keep seals what is secret and writes down the rest. Secrets that are the same
// stay as they are sealed, so that nothing has changed.
func (d *Desk) keep(ctx context.Context, m *kyc.TenantMarket, shown any, secrets map[string]any) error {
	config, err := written(shown)
	if err != nil {
		return err
	}
	m.Config = config
	had, err := opened(ctx, d.Vault, *m)
	if err != nil || text(had) == text(secrets) && len(had) == len(secrets) {
		return err
	}
	if m.Secrets = nil; len(secrets) == 0 {
		return nil
	}
	raw, err := written(secrets)
	if err != nil {
		return err
	}
	m.Secrets, err = d.Vault.SealTenant(ctx, m.Tenant, kyc.SealedSettings(m.Market), raw)
	return err
}

// judged has the provider judge an offer if anything about it is to be judged.
func (d *Desk) judged(ctx context.Context, was, is kyc.TenantMarket) ([]Diagnostic, error) {
	same := was.Pinned == is.Pinned && string(was.Config) == string(is.Config) && string(was.Secrets) == string(is.Secrets)
	if same && (was.Enabled || !is.Enabled) {
		return nil, nil
	}
	settings, err := Settings(ctx, d.Vault, is)
	if err != nil {
		return nil, err
	}
	list, err := d.Platform.Validate(ctx, is.Market, is.Pinned, settings)
	if err != nil {
		return nil, err
	}
	secrets, err := opened(ctx, d.Vault, is)
	return discreet(list, secrets), err
}

// discreet takes the provider's words away where they repeat what is secret.
func discreet(list []Diagnostic, secrets map[string]any) []Diagnostic {
	var words []string
	for _, v := range secrets {
		words = append(words, wordsIn(v)...)
	}
	repeats := func(s string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
	}
	for i, x := range list {
		if repeats(x.Code) || repeats(x.Path) || slices.ContainsFunc(slices.Collect(maps.Values(x.Params)), repeats) {
			list[i] = Diagnostic{Code: "schema.secret"}
		}
	}
	return list
}

// wordsIn are the texts and numbers of a value.
func wordsIn(v any) (list []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			list = append(list, wordsIn(x)...)
		}
	case []any:
		for _, x := range v {
			list = append(list, wordsIn(x)...)
		}
	case json.Number:
		list = append(list, v.String())
	case string:
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// save writes the next version, if anything is different.
func (d *Desk) save(ctx context.Context, w Who, was, is kyc.TenantMarket, back int64, secret []string) (kyc.TenantMarket, error) {
	found, err := d.judged(ctx, was, is)
	if err != nil {
		return was, err
	}
	if len(found) > 0 {
		return was, &Refused{found}
	}
	changes, err := d.compare(ctx, was, is, secret)
	if err != nil || len(changes) == 0 && was.Number > 0 {
		return was, err
	}
	is.Number = was.Number + 1
	by := d.by(w)
	err = d.Store.Commit(ctx, w.Tenant, kyc.Change{
		kyc.SaveMarketVersion{MarketVersion: kyc.MarketVersion{TenantMarket: is, Back: back, ByKind: by.Kind, ByID: by.ID, At: kyc.At(d.Clock())}},
		audit.Line(d.Clock, d.IDs, w.Tenant, by, audit.MarketChanged, "market", string(is.Market), told(is, back, changes)...)})
	if kyc.CodeOf(err) == kyc.Conflict {
		if now, again := d.now(ctx, w.Tenant, is.Market); again == nil {
			return was, d.stale(ctx, now, was.Number)
		}
	}
	return is, err
}

// told is a change for the record: names of settings, never their values.
func told(m kyc.TenantMarket, back int64, changes []Change) []string {
	detail := []string{"number", strconv.FormatInt(m.Number, 10)}
	var names []string
	for _, c := range changes {
		switch c.Of {
		case OfState:
			detail = append(detail, "state", map[bool]string{true: "enabled", false: "disabled"}[m.Enabled])
		case OfVersion:
			detail = append(detail, "version", m.Pinned)
		case OfSetting:
			names = append(names, cmp.Or(strings.ReplaceAll(strings.TrimPrefix(c.Pointer, "/"), "/", "."), "*"))
		}
	}
	if len(names) > 0 {
		detail = append(detail, "settings", strings.Join(names[:min(len(names), 30)], " "))
	}
	if back > 0 {
		detail = append(detail, "restored", strconv.FormatInt(back, 10))
	}
	return detail
}
