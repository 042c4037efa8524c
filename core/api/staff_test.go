package api_test

import (
	"bytes"
	"crypto/rand"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

// Who works for the platform reaches the record of every tenant that there is, and
// no more of it.
func TestOperatorsReach(t *testing.T) {
	h := newHouse(t)
	operator := "dt.platform.platform_operator"
	h.with(operator, "GET", "/api/v1/tenants/demo/audit", nil).into(t, 200, nil)
	h.with(operator, "GET", "/api/v1/tenants/nowhere/audit", nil).refused(t, 404, "not_found")
	h.with(operator, "GET", "/api/v1/tenants/demo/cases", nil).refused(t, 403, "forbidden")
}

// The applicant says that nothing arrived: staff have it sent again, also once
// the case is decided, and are told when there is nothing to send.
func TestSendAgainByJSON(t *testing.T) {
	h := newHouse(t)
	here := "/api/v1/tenants/demo/cases/" + string(h.case_.ID)
	var c api.Case
	offered := func() bool {
		return slices.ContainsFunc(c.Actions, func(a api.CaseAction) bool { return a.Name == "send_again" && a.Href == here+"/send-again" })
	}
	h.as("reviewer", "GET", here, nil).into(t, 200, &c)
	if offered() {
		t.Error("nothing was ever sent, and yet it is offered again")
	}
	h.ok(h.store.Commit(ctx, "demo", kyc.Change{kyc.SaveMessage{Message: kyc.Message{Tenant: "demo", ID: kyc.MessageID(storetest.ID()),
		Application: h.case_.Application, Applicant: h.case_.Applicant, Channel: kyc.Email, Template: "code", Locale: "ar", State: kyc.MessageFailed}}}))
	h.as("reviewer", "POST", here+"/send-again", nil).into(t, 200, &c)
	if !offered() || c.ID != string(h.case_.ID) {
		t.Errorf("the answer is %+v", c)
	}
	if !slices.Equal(h.again.to, []kyc.ApplicationID{h.case_.Application}) || !slices.Equal(h.again.by, []kyc.StaffID{"reviewer"}) {
		t.Errorf("sent to %v by %v", h.again.to, h.again.by)
	}
	h.as("viewer", "POST", here+"/send-again", nil).refused(t, 403, "forbidden")
	h.again.err = kyc.EKey(kyc.Conflict, "error.nothing_to_send", "nothing to send")
	h.as("reviewer", "POST", here+"/send-again", nil).refused(t, 409, "nothing_to_send")
}

func TestStaffSession(t *testing.T) {
	h := newHouse(t)
	at := "/api/v1/tenants/demo/staff-sessions"
	for _, in := range []map[string]string{{"login": "reviewer", "password": "wrong"}, {"login": "nobody", "password": "correct"}} {
		h.with("", "POST", at, in).refused(t, 401, "sign_in")
	}
	h.with("", "POST", "/api/v1/tenants/nowhere/staff-sessions", map[string]string{"login": "reviewer", "password": "correct"}).refused(t, 404, "not_found")
	h.with("", "POST", "/api/v1/tenants/De%20Mo/staff-sessions", map[string]string{"login": "reviewer", "password": "correct"}).refused(t, 404, "not_found")
	var session api.StaffSession
	h.with("", "POST", at, map[string]string{"login": "reviewer", "password": "correct"}).into(t, 201, &session)
	if session.Next != "second_factor" || session.Pending == "" || session.Token != "" || session.Staff != nil {
		t.Fatalf("the password alone gives %+v", session)
	}
	h.with("", "POST", at, map[string]string{"login": "reviewer", "password": "correct", "code": "000000"}).refused(t, 401, "second_factor")
	h.with("", "POST", at+"/second-factor", map[string]string{"pending_token": "dp.demo.x", "code": "123456"}).refused(t, 401, "signed_out")
	session = api.StaffSession{}
	h.with("", "POST", at, map[string]string{"login": "reviewer", "password": "correct", "code": "123456"}).into(t, 201, &session)
	var me api.Staff
	h.with(session.Token, "GET", at+"/current", nil).into(t, 200, &me)
	want := []string{"case.read", "case.claim", "case.decide", "document.view", "data.reveal", "provider.read", "message.read", "message.repeat", "account.freeze", "staff.self"}
	if !slices.Equal(me.Permissions, want) || me.RoleName != "Reviewer" || !slices.Equal(me.Permissions, session.Staff.Permissions) {
		t.Errorf("staff is %+v", me)
	}
	if r := h.with(session.Token, "DELETE", at+"/current", nil); r.status != 204 {
		t.Errorf("sign-out answers %d", r.status)
	}
}

// What reveals and decides wants somebody who has just shown who they are.
func TestReauthentication(t *testing.T) {
	h := newHouse(t)
	here := "/api/v1/tenants/demo/cases/" + string(h.case_.ID)
	h.as("reviewer", "POST", here+"/claim", nil).into(t, 200, &api.Case{})
	h.stale = true
	wish := map[string]string{"what": "everything", "why": "complaint"}
	h.as("reviewer", "POST", here+"/reveal", wish).refused(t, 403, "reauthentication_required")
	h.as("reviewer", "POST", here+"/decision", map[string]any{}).refused(t, 403, "reauthentication_required")
	for path, method := range map[string]string{"/staff/reviewer/role": "PUT", "/staff/reviewer/disable": "POST", "/roles": "POST", "/roles/x": "PUT", "/roles/x/retire": "POST",
		"/staff-security/password": "PUT", "/staff-security/recovery-codes": "POST", "/staff-security/factors": "POST", "/staff-security/factors/x": "DELETE"} {
		h.as("tenant_admin", method, "/api/v1/tenants/demo"+path, map[string]any{}).refused(t, 403, "reauthentication_required")
	}
	at := "/api/v1/tenants/demo/staff-sessions/current/confirmation"
	h.as("reviewer", "POST", at, map[string]string{"password": "wrong"}).refused(t, 401, "second_factor")
	h.as("reviewer", "POST", here+"/reveal", wish).refused(t, 403, "reauthentication_required")
	if r := h.as("reviewer", "POST", at, map[string]string{"password": "correct"}); r.status != 204 {
		t.Errorf("the right password answers %d", r.status)
	}
	h.as("reviewer", "POST", here+"/reveal", wish).into(t, 200, &api.Case{})
}

// R1 by JSON: next, read, reveal, view, preview, refusals, ask again.
func TestReviewByJSON(t *testing.T) {
	h := newHouse(t)
	at := "/api/v1/tenants/demo/cases"
	var queue api.CasePage
	h.as("reviewer", "GET", at+"?state=open&age=soon&market=overseas&mine=false", nil).into(t, 200, &queue)
	if len(queue.Cases) != 1 || queue.Cases[0].State != "open" {
		t.Fatalf("the queue is %+v", queue)
	}
	for _, bad := range []string{"?state=x", "?age=x", "?mine=x", "?after=x", "?after=1_" + strings.Repeat("x", 40), "?market=" + strings.Repeat("x", 50)} {
		h.as("reviewer", "GET", at+bad, nil).refused(t, 400, "list_filter")
	}
	var c api.Case
	h.as("reviewer", "POST", at+"/next", nil).into(t, 200, &c)
	if !c.Mine || c.ClaimUntil == "" || c.Risk != "medium" || len(c.Documents) != 1 || c.Documents[0].Sides[0].File == nil {
		t.Fatalf("the case is %+v", c)
	}
	names := []string{}
	for _, a := range c.Actions {
		names = append(names, a.Name)
	}
	if !slices.Equal(names, []string{"release", "reveal", "preview", "decide"}) {
		t.Errorf("actions are %v", names)
	}
	here := at + "/" + c.ID
	h.as("senior_reviewer", "POST", here+"/claim", nil).refused(t, 409, "case_claimed")
	if d := c.Steps[0].Data[0]; d.Value != "A•• M•• E••" || !d.Masked || d.Agreement != "differs" || strings.Contains(d.Document, "ERIKSSON") {
		t.Errorf("not masked: %+v", d)
	}
	labels := []string{}
	for _, e := range c.Checks[0].Evidence {
		labels = append(labels, e.Label+"="+e.Text)
	}
	if got := strings.Join(labels, "; "); !strings.Contains(got, "Other applicants with the same passport number (Sweden)=0") || !strings.Contains(got, "passport number · Documents=present") {
		t.Errorf("evidence is %s", got)
	}
	h.as("reviewer", "POST", here+"/reveal", map[string]any{"what": "everything", "why": "curiosity"}).refused(t, 422, "validation")
	h.as("reviewer", "POST", here+"/reveal", map[string]any{"what": "nothing", "why": "complaint"}).refused(t, 400, "reveal_scope")
	h.as("reviewer", "POST", here+"/reveal", map[string]any{"what": "everything", "why": "complaint", "ticket": "R-7"}).into(t, 200, &c)
	if c.Steps[0].Data[0].Text != "ANNA MARIA ERIKSSON" || c.Revealed == nil || !c.Revealed.Everything || c.History[0].Detail["ticket"] != "R-7" {
		t.Errorf("not revealed: %+v", c.Steps[0])
	}
	h.decides(here, c)
}

// decides previews and asks for the passport again.
func (h *house) decides(here string, c api.Case) {
	t := h.t
	glare := map[string]any{"code": "image.glare", "subject": map[string]string{"kind": "document", "ref": "passport"}}
	choice := map[string]any{"outcome": "ask_again", "reasons": []any{glare}, "note": "شكراً لك"}
	var preview api.Preview
	h.as("reviewer", "POST", here+"/preview", choice).into(t, 200, &preview)
	offered := c.Offers[slices.IndexFunc(c.Offers, func(o api.Offer) bool { return o.Subject.Ref == "passport" })].Codes
	glared := offered[slices.IndexFunc(offered, func(x api.Choice) bool { return x.Code == "image.glare" })]
	if preview.Locale != "ar" || preview.Dir != "rtl" || len(preview.Passages) != 1 || preview.Passages[0].Text != glared.Text || preview.Passages[0].Remedy == "" || preview.Note != "شكراً لك" {
		t.Errorf("preview is %+v", preview)
	}
	forgery := map[string]any{"outcome": "reject", "reasons": []any{map[string]any{"code": "risk.forgery", "subject": map[string]string{"kind": "application"}}}}
	h.as("senior_reviewer", "POST", here+"/preview", forgery).into(t, 200, &preview)
	if len(preview.Passages) != 0 || preview.Untold != 1 {
		t.Errorf("what stays inside is told: %+v", preview)
	}
	choice["evidence"], choice["version"] = c.Evidence, c.Version
	for code, wrong := range map[string]map[string]any{
		"400 reason_required":  {"outcome": "ask_again", "reasons": []any{}, "evidence": c.Evidence, "version": c.Version},
		"400 reason_unfit":     {"outcome": "reject", "reasons": []any{glare}, "evidence": c.Evidence, "version": c.Version},
		"400 note_length":      {"outcome": "approve", "note": strings.Repeat("ن", 1001), "evidence": c.Evidence, "version": c.Version},
		"409 evidence_changed": {"outcome": "approve", "evidence": c.Evidence, "version": c.Version + 1},
		"422 validation":       {"outcome": "burn", "evidence": c.Evidence, "version": c.Version},
	} {
		status := map[string]int{"400": 400, "409": 409, "422": 422}[code[:3]]
		h.as("reviewer", "POST", here+"/decision", wrong).refused(t, status, code[4:])
	}
	h.as("senior_reviewer", "POST", here+"/decision", choice).refused(t, 403, "case_claimed")
	h.as("reviewer", "POST", here+"/decision", choice).into(t, 200, &c)
	h.as("reviewer", "POST", here+"/decision", choice).into(t, 200, &c) // the answer was lost
	if c.State != "decided" || c.Outcome != "ask_again" || len(c.Decisions) != 1 || c.Decisions[0].Note != "شكراً لك" || c.ApplicationState != "needs_applicant" {
		t.Errorf("decided: %+v", c)
	}
	h.as("senior_reviewer", "POST", here+"/decision", choice).refused(t, 409, "case_decided")
	h.as("reviewer", "POST", here+"/claim", nil).refused(t, 409, "case_decided")
	h.as("reviewer", "POST", "/api/v1/tenants/demo/cases/next", nil).refused(t, 404, "queue_empty")
}

// Of many who claim at once one has the case; the others are told who was first.
func TestClaimRaceByJSON(t *testing.T) {
	h := newHouse(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := map[int]int{}
	for _, staff := range []string{"reviewer", "senior_reviewer", "compliance_officer"} {
		wg.Go(func() {
			r := h.as(staff, "POST", "/api/v1/tenants/demo/cases/"+string(h.case_.ID)+"/claim", nil)
			mu.Lock()
			defer mu.Unlock()
			won[r.status]++
		})
	}
	wg.Wait()
	if won[200] != 1 || won[409] != 2 {
		t.Errorf("answers are %v", won)
	}
}

// A repeated "next" claims no second case; without a key it does.
func TestNextIsIdempotent(t *testing.T) {
	h := newHouse(t)
	h.apply("demo", 1)
	ask := func(key string) (c api.Case) {
		req := httptest.NewRequest("POST", "/api/v1/tenants/demo/cases/next", nil)
		req.Header.Set("Authorization", "Bearer dt.demo.reviewer")
		req.Header.Set("Idempotency-Key", key)
		resp, err := h.app.Test(req, -1)
		h.ok(err)
		defer resp.Body.Close()
		h.ok(decode(resp.Body, &c))
		return c
	}
	if first, again, other := ask("k"), ask("k"), ask("l"); first.ID == "" || first.ID != again.ID || other.ID == first.ID || other.ID == "" {
		t.Errorf("cases are %s, %s, %s", first.ID, again.ID, other.ID)
	}
}

// Files come with headers that keep whatever is in them from doing anything.
func TestCaseFile(t *testing.T) {
	h := newHouse(t)
	at := "/api/v1/tenants/demo/cases/" + string(h.case_.ID) + "/files/" + string(h.file.ID)
	h.as("reviewer", "GET", at, nil).refused(t, 403, "view_reason")
	h.as("reviewer", "POST", "/api/v1/tenants/demo/cases/"+string(h.case_.ID)+"/claim", nil).into(t, 200, nil)
	r := h.as("reviewer", "GET", at, nil)
	if r.status != 200 || r.header.Get("Content-Type") != "image/jpeg" || string(r.body) != "picture" || !strings.HasPrefix(r.header.Get("Content-Disposition"), "inline; filename=") {
		t.Errorf("rendition: %d %v", r.status, r.header)
	}
	r = h.as("reviewer", "GET", at+"?form=original", nil)
	for name, want := range map[string]string{"Content-Disposition": "attachment; filename=", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store", "Content-Type": "image/png"} {
		if !strings.HasPrefix(r.header.Get(name), want) {
			t.Errorf("%s is %q", name, r.header.Get(name))
		}
	}
	h.as("reviewer", "GET", at+"?form=x", nil).refused(t, 400, "list_filter")
	lines, err := h.store.AuditLines(ctx, "demo", kyc.AuditFilter{ObjectKind: "case", ObjectID: string(h.case_.ID)}, "", 9)
	h.ok(err)
	if len(lines) != 3 || lines[0].Action != "document.viewed" || lines[0].Detail["form"] != "original" || lines[0].Detail["why"] != "review" {
		t.Errorf("audit lines %+v", lines)
	}
	var c api.Case
	h.as("viewer", "GET", "/api/v1/tenants/demo/cases/"+string(h.case_.ID), nil).into(t, 200, &c)
	if f := c.Documents[0].Sides[0].File; f.Rendition != "" || f.Original != "" || len(c.Actions) != 0 {
		t.Errorf("a viewer is offered %+v and %+v", f, c.Actions)
	}
}

func TestOversight(t *testing.T) {
	h := newHouse(t)
	h.as("reviewer", "POST", "/api/v1/tenants/demo/cases/"+string(h.case_.ID)+"/claim", nil).into(t, 200, nil)
	var page api.AuditPage
	h.as("compliance_officer", "GET", "/api/v1/tenants/demo/audit?kind=case&object="+string(h.case_.ID), nil).into(t, 200, &page)
	if len(page.Lines) != 1 || page.Lines[0].Actor.Name != "Name of reviewer" || page.Lines[0].Text != "Case claimed" || page.After != "" {
		t.Errorf("the record is %+v", page)
	}
	h.as("compliance_officer", "GET", "/api/v1/tenants/demo/audit?kind=x", nil).refused(t, 400, "list_filter")
	h.as("compliance_officer", "GET", "/api/v1/tenants/demo/audit?actor=reviewer&by=staff&action=case.claimed&from=2026-01-01", nil).into(t, 200, &page)
	if len(page.Lines) != 1 {
		t.Errorf("filtered, the record is %+v", page)
	}
	h.as("compliance_officer", "GET", "/api/v1/tenants/demo/audit?to=2026-01-01", nil).into(t, 200, &page)
	if len(page.Lines) != 0 {
		t.Errorf("of long ago, the record is %+v", page)
	}
	var list api.ProviderList
	h.as("viewer", "GET", "/api/v1/tenants/demo/providers", nil).into(t, 200, &list)
	if len(list.Providers) != 1 || list.Providers[0].Restarts != 3 || list.Providers[0].Kinds[0] != "messenger" {
		t.Errorf("providers are %+v", list)
	}
}

// TestRecordOfTheAPI: the state of the log, the bundle, and the proof.
func TestRecordOfTheAPI(t *testing.T) {
	h := newHouse(t)
	const at = "/api/v1/tenants/demo/audit"
	var log api.AuditLog
	h.as("compliance_officer", "GET", at+"/log", nil).into(t, 200, &log)
	if log.Size != 0 || log.Checkpoint != "" {
		t.Errorf("nothing is sealed and the log is %+v", log)
	}
	h.as("compliance_officer", "GET", at+"/export", nil).refused(t, 404, "record_empty")
	h.as("reviewer", "POST", "/api/v1/tenants/demo/cases/"+string(h.case_.ID)+"/claim", nil).into(t, 200, nil)
	sealer := trail.NewSealer(trail.Config{Store: h.store, Vault: h.vault, Clock: time.Now, IDs: storetest.ID, Random: rand.Reader})
	h.ok(sealer.SealAll(ctx))
	h.as("compliance_officer", "GET", at+"/log", nil).into(t, 200, &log)
	if log.Size == 0 || log.Sealed == "" || len(log.Keys) != 1 {
		t.Fatalf("the log is %+v", log)
	}
	key, err := trail.ParseKey(log.Keys[0])
	h.ok(err)
	r := h.as("compliance_officer", "GET", at+"/export", nil)
	report, err := trail.Verify(bytes.NewReader(r.body), trail.Options{Keys: []trail.Key{key}, Known: []string{log.Checkpoint}})
	if err != nil || report.Lines != log.Size || r.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%+v, %v, %v", report, err, r.header)
	}
	var proof api.AuditProof
	h.as("compliance_officer", "POST", at+"/proof", nil).into(t, 200, &proof)
	if !proof.Whole || proof.Lines != log.Size || proof.Why != "" || proof.Proved == "" {
		t.Errorf("%+v", proof)
	}
	for _, wanted := range [][2]string{{"GET", "/log"}, {"GET", "/export"}, {"POST", "/proof"}} {
		h.as("reviewer", wanted[0], at+wanted[1], nil).refused(t, 403, "forbidden")
	}
}
