package admin_test

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

// seal seals what waits, as a node does every second.
func (h *house) seal() {
	h.t.Helper()
	sealer := trail.NewSealer(trail.Config{Store: h.store, Vault: h.vault, Clock: func() time.Time { return h.now }, IDs: storetest.ID, Random: rand.Reader})
	h.ok(sealer.SealAll(ctx))
}

// happened writes a line about something that somebody did.
func (h *house) happened(at kyc.Millis, actor kyc.Actor, action, kind, id string) {
	h.t.Helper()
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: tenant, ID: kyc.AuditID(storetest.ID()), At: at, Actor: actor,
		Action: action, ObjectKind: kind, ObjectID: id}}}))
}

// TestRecordIsFiltered: by who, what, about what and when; what makes no sense is
// said so.
func TestRecordIsFiltered(t *testing.T) {
	h := newHouse(t)
	day := kyc.At(time.Date(2026, 3, 4, 23, 30, 0, 0, time.UTC))
	h.happened(day, audit.Staff("colleague"), audit.CaseClaimed, "case", "case-of-cora")
	h.happened(day+3600_000, audit.System("pipeline"), audit.CaseOpened, "case", "case-of-nobody")
	h.happened(day+7200_000, audit.Applicant("applicant-ann"), audit.ApplicationStarted, "application", "application-ann")
	v := h.as("compliance_officer")
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"login":     {"actor=colleague", []string{"case-of-cora"}},
		"its case":  {"actor=Colleague", []string{"case-of-cora"}},
		"applicant": {"actor=applicant-ann", []string{"application-ann"}},
		"kind":      {"by=system", []string{"case-of-nobody"}},
		"action":    {"action=case.claimed", []string{"case-of-cora"}},
		"object":    {"object=application-ann", []string{"application-ann"}},
		"one day":   {"from=2026-03-04&to=2026-03-04", []string{"case-of-cora"}},
		"days":      {"from=2026-03-05&to=2026-03-05", []string{"case-of-nobody", "application-ann"}},
		"all of it": {"kind=case&by=staff&action=case.claimed&from=2026-03-01", []string{"case-of-cora"}},
		"nothing":   {"actor=colleague&action=case.opened", nil},
	} {
		res, page := v.get("/admin/demo/audit?" + c.query)
		if res.StatusCode != 200 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		for _, object := range []string{"case-of-cora", "case-of-nobody", "application-ann"} {
			want := false
			for _, w := range c.want {
				want = want || w == object
			}
			if strings.Contains(page, `title="`+object+`"`) != want {
				t.Errorf("%s: %s is there: %v", name, object, !want)
			}
		}
	}
	for _, wrong := range []string{"by=robot", "action=case.eaten", "from=yesterday", "to=2026-02-30", "actor=" + strings.Repeat("x", 65), "kind=x"} {
		if res, _ := v.get("/admin/demo/audit?" + wrong); res.StatusCode != 400 {
			t.Errorf("%s: %d", wrong, res.StatusCode)
		}
	}
}

// TestRecordIsProvedAndGivenOut: what is downloaded is verified without the server,
// that it was is a line, and what somebody changed in the database is found.
func TestRecordIsProvedAndGivenOut(t *testing.T) {
	h := newHouse(t)
	v := h.as("compliance_officer")
	prove := func() string {
		res, page := v.post("/admin/demo/cases", "/admin/demo/audit/proof", url.Values{})
		if res.StatusCode != 200 {
			t.Errorf("proving: %d", res.StatusCode)
		}
		return page
	}
	for _, path := range []string{"/admin/demo/audit/export", "/admin/demo/audit/checkpoint"} {
		if res, _ := v.get(path); res.StatusCode != 404 {
			t.Errorf("%s of an empty record: %d", path, res.StatusCode)
		}
	}
	h.seal()
	_, page := v.get("/admin/demo/audit")
	log, err := h.store.AuditLog(ctx, tenant)
	h.ok(err)
	keys, err := h.store.AuditKeys(ctx, tenant)
	h.ok(err)
	if !strings.Contains(page, "Sealed up to line 1") || !strings.Contains(page, strings.ReplaceAll(keys[0].Verifier, "+", "&#43;")) {
		t.Error("the page does not say how far the record is sealed")
	}
	if _, kept := v.get("/admin/demo/audit/checkpoint"); kept != log.Checkpoint {
		t.Errorf("the checkpoint is %q", kept)
	}
	res, bundle := v.get("/admin/demo/audit/export")
	key, err := trail.ParseKey(keys[0].Verifier)
	h.ok(err)
	report, err := trail.Verify(strings.NewReader(bundle), trail.Options{Keys: []trail.Key{key}, Known: []string{log.Checkpoint}})
	if err != nil || report.Lines != log.Size || report.Tenant != tenant || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%+v, %v, %v", report, err, res.Header)
	}
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{Action: audit.RecordExported}, "", 9)
	h.ok(err)
	if len(lines) != 1 || lines[0].Actor != audit.Staff("compliance_officer") || lines[0].Detail["size"] != "1" {
		t.Errorf("%+v", lines)
	}
	h.seal()
	if page := prove(); !strings.Contains(page, "all 2 sealed lines are as they were signed") {
		t.Error("it is not proved")
	}
	for _, statement := range []string{"DROP TRIGGER audit_lines_unchanged", "UPDATE audit_lines SET action = 'application.withdrawn' WHERE seq = 1"} {
		_, err := h.store.Databases().SQLite.ExecContext(ctx, statement)
		h.ok(err)
	}
	if page := prove(); !strings.Contains(page, "The record is not as it was signed") || strings.Contains(page, "sealed lines are as they were signed") {
		t.Error("a line was changed and nobody says so")
	}
}
