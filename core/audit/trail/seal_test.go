package trail_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

var ctx = context.Background()

func TestSeal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		if _, err := trail.Export(ctx, s, shop, &strings.Builder{}, nil); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("an empty record: %v", err)
		}
		h.rounds(3, 300, 1)
		h.happens(2)
		if waiting, err := s.UnsealedTenants(ctx); err != nil || len(waiting) != 1 || waiting[0] != shop {
			t.Errorf("unsealed are those of %v, %v", waiting, err)
		}
		lines, err := s.SealedLines(ctx, shop, 0, 500)
		if err != nil || len(lines) != 304 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		for i, l := range lines {
			if l.Seq != int64(i)+1 {
				t.Fatalf("line %d has number %d", i+1, l.Seq)
			}
		}
		report := whole(t, h.bundle(), trail.Options{Keys: []trail.Key{pin(t, h.keys()[0].Verifier)}})
		if report.Lines != 304 || report.Checkpoints != 3 || report.Tenant != shop || report.Newest.Size != 304 {
			t.Errorf("%+v", report)
		}
		if err := h.sealer.SealAll(ctx); err != nil {
			t.Fatal(err)
		}
		if waiting, err := s.UnsealedTenants(ctx); err != nil || len(waiting) != 0 {
			t.Errorf("still unsealed are those of %v, %v", waiting, err)
		}
		if report := whole(t, h.bundle(), trail.Options{}); report.Lines != 306 {
			t.Errorf("%+v", report)
		}
	})
}

// An older tenant gets its log when its lines are first sealed.
func TestOlderTenant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		const old kyc.TenantID = "old"
		keys, err := h.vault.NewTenant(ctx, old)
		if err != nil {
			t.Fatal(err)
		}
		line := audit.Line(time.Now, storetest.ID, old, audit.System("office"), audit.TenantFounded, "tenant", "old")
		storetest.Commit(t, s, old, kyc.SaveTenant{Tenant: kyc.Tenant{ID: old}}, kyc.SaveTenantKeys{TenantKeys: keys}, line)
		if err := h.sealer.SealAll(ctx); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if _, err := trail.Export(ctx, s, old, &out, nil); err != nil {
			t.Fatal(err)
		}
		if report := whole(t, out.String(), trail.Options{}); report.Lines != 1 || report.Tenant != old {
			t.Errorf("%+v", report)
		}
	})
}

// Several nodes seal at once while others write: every line gets one place.
func TestManySealers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		var writers, sealers sync.WaitGroup
		done := make(chan struct{})
		for range 3 {
			node := h.newSealer(s)
			sealers.Go(func() {
				for {
					if err := node.Seal(ctx, shop); err != nil {
						t.Error(err)
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for range 4 {
			writers.Go(func() {
				for range 40 {
					h.happens(3)
				}
			})
		}
		writers.Wait()
		close(done)
		sealers.Wait()
		h.seal()
		if report := whole(t, h.bundle(), trail.Options{}); report.Lines != 480 {
			t.Errorf("%+v", report)
		}
	})
}

// cutOff loses its commits, or their answers.
type cutOff struct {
	*store.Store
	before bool
}

var errCut = errors.New("the connection is cut")

func (c cutOff) Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error {
	if c.before {
		return errCut
	}
	if err := c.Store.Commit(ctx, tenant, change); err != nil {
		return err
	}
	return errCut
}

// A node that dies while it seals leaves nothing half done.
func TestCutOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		h.rounds(5)
		for i, before := range []bool{true, false, true, false} {
			h.happens(7)
			if err := h.newSealer(cutOff{s, before}).Seal(ctx, shop); !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			h.seal()
			if report := whole(t, h.bundle(), trail.Options{}); report.Lines != int64(5+7*(i+1)) {
				t.Errorf("%+v", report)
			}
		}
	})
}

func TestRun(t *testing.T) {
	s := storetest.SQLite(t)
	h := newHouse(t, s)
	s.OnRecord(h.sealer.Wake)
	running, stop := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { h.sealer.Run(running) })
	h.happens(1)
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if lines, err := s.SealedLines(ctx, shop, 0, 1); err == nil && len(lines) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nothing was sealed")
		}
	}
	h.happens(1)
	stop() // what is there is sealed before the end
	run.Wait()
	if lines, err := s.SealedLines(ctx, shop, 0, 9); err != nil || len(lines) != 2 {
		t.Errorf("%d lines are sealed, %v", len(lines), err)
	}
}

func TestRotate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		h.rounds(4)
		h.happens(2)
		made, err := h.sealer.Rotate(ctx, shop, audit.System("office"))
		if err != nil {
			t.Fatal(err)
		}
		h.rounds(3)
		keys := h.keys()
		if len(keys) != 2 || keys[1].ID != made.ID || keys[0].Retired == 0 || len(keys[0].Sealed) != 0 || keys[1].Retired != 0 {
			t.Fatalf("%+v", keys)
		}
		bundle := h.bundle()
		for _, k := range keys {
			report := whole(t, bundle, trail.Options{Keys: []trail.Key{pin(t, k.Verifier)}})
			if report.Lines != 4+2+1+3 || len(report.Keys) != 2 {
				t.Errorf("%+v", report)
			}
		}
		if !strings.Contains(bundle, `"action":"record.key_changed"`) || !strings.Contains(bundle, "\nnext-key "+made.Verifier+"\n") {
			t.Error("the change is not in the record")
		}
	})
}

// A line that could never be sealed is refused when it is written: it would keep
// all behind it from being sealed.
func TestUnsealable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		for name, spoil := range map[string]func(*kyc.AuditLine){
			"no UTF-8":        func(l *kyc.AuditLine) { l.ObjectID = "\xff" },
			"detail no UTF-8": func(l *kyc.AuditLine) { l.Detail = map[string]string{"a": "\xff"} },
			"zero byte":       func(l *kyc.AuditLine) { l.Action = "a\x00" },
			"too long":        func(l *kyc.AuditLine) { l.ObjectID = strings.Repeat("x", 20_000) },
			"no time":         func(l *kyc.AuditLine) { l.At = 0 },
			"far future":      func(l *kyc.AuditLine) { l.At = 1 << 60 },
		} {
			line := audit.Line(time.Now, storetest.ID, shop, audit.Staff("s1"), audit.CaseClaimed, "case", "c1")
			spoil(&line.AuditLine)
			if err := s.Commit(ctx, shop, kyc.Change{line}); kyc.CodeOf(err) != kyc.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		// What is as long as can be, and all of it escaped, is sealed.
		line := audit.Line(time.Now, storetest.ID, shop, audit.Staff("s1"), audit.CaseClaimed, "case", "c1")
		line.Detail = map[string]string{"a": strings.Repeat("\x01", 2_600)}
		h.commit(line)
		h.seal()
		whole(t, h.bundle(), trail.Options{})
	})
}
