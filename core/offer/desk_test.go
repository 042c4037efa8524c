package offer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// nobodyToAsk: a market is closed without waiting for anybody; and while nobody can
// say what is secret, no value is shown, old ones neither.
func nobodyToAsk(f *fair) {
	t := f.t
	on, off := true, false
	ok(t, f.change(offer.Draft{Enabled: &on, Settings: []byte(`{"limit":77,"club":{"name":"Plain-name","key":"hush-1"}}`)}))
	f.on.waited = 0
	ok(t, f.change(offer.Draft{Number: 1, Enabled: &off}))
	ok(t, f.change(offer.Draft{Number: 2, Enabled: &off}))
	if f.on.waited != 0 {
		t.Errorf("who closes a market waited for %d answers", f.on.waited)
	}
	f.on.down = true
	for name, none := range map[string]func(){"down": func() {}, "no schema": func() { f.on.down, f.on.schema = false, "" }} {
		none()
		v := f.view()
		var stale *offer.Stale
		if err := f.change(offer.Draft{Number: 1, Enabled: &on}); !errors.As(err, &stale) {
			t.Fatal(name, err)
		}
		preview, err := f.desk.Preview(t.Context(), f.who, "fair", offer.Draft{Number: 2, Enabled: &off})
		ok(t, err)
		for what, x := range map[string]any{"view": v, "history": v.History, "stale": stale, "preview": preview} {
			if raw, err := json.Marshal(x); err != nil || strings.Contains(string(raw), "Plain-name") || strings.Contains(string(raw), "77") {
				t.Errorf("%s: %s: %v %s", name, what, err, raw)
			}
		}
		if len(v.Settings) != 0 || !slices.Equal(v.Kept, []string{"/club/key"}) || v.History[1].Changes[1] != (offer.Change{Of: offer.OfSetting, Secret: true}) {
			t.Errorf("%s: %v %v %+v", name, v.Settings, v.Kept, v.History)
		}
		f.on.down = true
	}
}

// again opens the database of a store once more, as another process does.
func again(t *testing.T, s *store.Store) *store.Store {
	t.Helper()
	var c store.Config
	if d := s.Databases(); d.Postgres != nil {
		c.DatabaseURL = d.Postgres.Config().ConnString()
	} else {
		var n int
		var name string
		ok(t, d.SQLite.QueryRowContext(t.Context(), "PRAGMA database_list").Scan(&n, &name, &c.Path))
	}
	other, err := store.Open(context.Background(), c)
	ok(t, err)
	t.Cleanup(func() { ok(t, other.Close()) })
	return other
}

// twoProcesses: who writes while somebody else's settings are judged is second, and
// nothing of the first is lost; the office at the command line is one of them.
func twoProcesses(f *fair) {
	t := f.t
	ok(t, f.set(0, `{"limit":1}`))
	office := offer.New(offer.Config{Store: again(t, f.store), Vault: f.vault, Platform: f.on, Authorizer: f.may,
		Clock: func() time.Time { return storetest.Now.Time() }, IDs: storetest.ID, Office: true})
	change := func(number int64, settings string) error {
		_, err := office.Change(t.Context(), offer.Who{Tenant: "shop"}, "fair", offer.Draft{Number: number, Settings: []byte(settings)})
		return err
	}
	f.on.mean = func() { ok(t, change(1, `{"limit":2}`)) }
	var stale *offer.Stale
	if err := f.set(1, `{"limit":3}`); !errors.As(err, &stale) || kyc.CodeOf(err) != kyc.Conflict {
		t.Fatal(err)
	}
	want := &offer.Stale{Number: 2, Changes: []offer.Change{{Of: offer.OfSetting, Pointer: "/limit", From: "1", To: "2"}}}
	if d := cmp.Diff(want, stale); d != "" {
		t.Error(d)
	}
	f.on.mean = func() { ok(t, f.set(2, `{"limit":4}`)) } // and the other way round
	if err := change(2, `{"limit":5}`); !errors.As(err, &stale) || stale.Number != 3 {
		t.Error(err)
	}
	if _, err := office.Restore(t.Context(), offer.Who{Tenant: "shop"}, "fair", 2, 1); !errors.As(err, &stale) {
		t.Error(err)
	}
	if got := f.full(); got != `{"limit":4}` {
		t.Error(got)
	}
	lines, err := f.store.AuditLines(t.Context(), "shop", kyc.AuditFilter{}, "", 100)
	ok(t, err)
	var by []string
	for _, l := range lines {
		if l.Action == audit.MarketChanged {
			by = append(by, l.Detail["number"]+" "+l.Actor.Kind+" "+l.Actor.ID)
		}
	}
	slices.Sort(by)
	if d := cmp.Diff([]string{"1 staff ada", "2 system office", "3 staff ada"}, by); d != "" {
		t.Error(d)
	}
}

// A change of a list of objects is told by its entries.
func TestEntries(t *testing.T) {
	s, err := offer.ReadSchema([]byte(`{"type":"object","properties":{"limits":{"type":"array","items":{"type":"object",
		"properties":{"currency":{"type":"string"},"amount":{"type":"number"}}}}}}`))
	ok(t, err)
	limits := s.At("/limits")
	const a, b, c = `{"amount":1,"currency":"CNY"}`, `{"amount":2,"currency":"EUR"}`, `{"amount":3,"currency":"USD"}`
	for what, x := range map[string]struct {
		from, to string
		want     []string
	}{
		"a member":    {`[` + a + `,` + b + `]`, `[` + a + `,{"amount":9,"currency":"USD","note":"x"}]`, []string{`2 currency "EUR" "USD"`, `2 amount 2 9`, `2 note null "x"`}},
		"taken out":   {`[` + a + `,` + b + `,` + c + `]`, `[` + b + `,` + c + `]`, []string{`1  ` + a + ` null`}},
		"put between": {`[` + a + `,` + c + `]`, `[` + a + `,` + b + `,` + c + `]`, []string{`2  null ` + b}},
		"from unset":  {``, `[` + a + `]`, []string{`1  null ` + a}},
		"to unset":    {`[` + a + `,` + a + `]`, ``, []string{`1  ` + a + ` null`, `2  ` + a + ` null`}},
		"no objects":  {`["x"]`, `["y"]`, nil},
		"no list":     {`1`, ``, nil},
		"only empty":  {``, `[]`, nil},
	} {
		list, found := limits.Entries(offer.Change{Of: offer.OfSetting, Pointer: "/limits", From: x.from, To: x.to})
		var got []string
		for _, e := range list {
			from, err := json.Marshal(e.From)
			ok(t, err)
			to, err := json.Marshal(e.To)
			ok(t, err)
			got = append(got, strings.Join([]string{string(rune('0' + e.Number)), e.Name, string(from), string(to)}, " "))
		}
		if d := cmp.Diff(x.want, got); d != "" || found != (x.want != nil) {
			t.Errorf("%s: %v %s", what, found, d)
		}
	}
}
