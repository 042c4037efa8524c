package offer

import (
	"context"
	"maps"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// What a Change is about.
const (
	OfState   = "state"   // From and To are "on" or "off"
	OfVersion = "version" // From and To are as in TenantMarket.Pinned
	OfSetting = "setting" // From and To are JSON
)

// Change is one difference between two versions of an offer.
type Change struct {
	Of       string
	Pointer  string // JSON Pointer of a setting
	Secret   bool   // then it is said that it differs, and nothing else
	From, To string // "" where nothing was or is
}

// compare tells how one version differs from the one before. always are the
// pointers that are secret today.
func (d *Desk) compare(ctx context.Context, was, is kyc.TenantMarket, always []string) ([]Change, error) {
	var list []Change
	if was.Enabled != is.Enabled {
		list = append(list, Change{Of: OfState, From: onOff(was.Enabled), To: onOff(is.Enabled)})
	}
	if was.Pinned != is.Pinned {
		list = append(list, Change{Of: OfVersion, From: was.Pinned, To: is.Pinned})
	}
	before, hidden, err := d.divided(ctx, was, always)
	if err != nil {
		return nil, err
	}
	after, shut, err := d.divided(ctx, is, always)
	if err != nil {
		return nil, err
	}
	for _, at := range union(hidden, shut) {
		was, had := hidden[at]
		is, has := shut[at]
		if had != has || text(was) != text(is) {
			list = append(list, Change{Of: OfSetting, Pointer: at, Secret: true})
		}
	}
	a, b := map[string]any{}, map[string]any{}
	leaves("", before, a)
	leaves("", after, b)
	for _, at := range union(a, b) {
		c := Change{Of: OfSetting, Pointer: at}
		if v, ok := a[at]; ok {
			c.From = text(v)
		}
		if v, ok := b[at]; ok {
			c.To = text(v)
		}
		if c.From != c.To {
			list = append(list, c)
		}
	}
	return list, nil
}

// divided are the settings that may be shown, and those that are secret, by
// pointer: what is stored as such, or what the schema of today says so.
func (d *Desk) divided(ctx context.Context, m kyc.TenantMarket, always []string) (any, map[string]any, error) {
	doc, err := parseSettings(m.Config)
	if err != nil {
		return nil, nil, err
	}
	secrets, err := opened(ctx, d.Vault, m)
	if err != nil {
		return nil, nil, err
	}
	shown, secrets := split(joined(doc, secrets), union(secrets, index(always)))
	return shown, secrets, nil
}

func index(list []string) map[string]any {
	m := map[string]any{}
	for _, v := range list {
		m[v] = nil
	}
	return m
}

func union(a, b map[string]any) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, m := range []map[string]any{a, b} {
			for k := range maps.Keys(m) {
				if !yield(k) {
					return
				}
			}
		}
	}))
}

// leaves are the values of a document that are no objects, by pointer. A list is one,
// and so is an empty object within it.
func leaves(at string, v any, into map[string]any) {
	o, ok := v.(map[string]any)
	if !ok || len(o) == 0 && at != "" {
		into[at] = v
		return
	}
	for name, value := range o {
		leaves(Pointer(at, name), value, into)
	}
}

// text is a value as JSON.
func text(v any) string {
	raw, err := written(v)
	if err != nil {
		return "?"
	}
	return string(raw)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
