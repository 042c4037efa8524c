package admin_test

import (
	"archive/zip"
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
)

// did tells how often an action was recorded about a person, by the officer.
func (h *house) did(action string) (n int) {
	h.t.Helper()
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{Action: action, ObjectKind: "applicant", ObjectID: string(h.case_.Applicant)}, "", 9)
	h.ok(err)
	for _, l := range lines {
		if l.Actor == audit.Staff("compliance_officer") {
			n++
		}
	}
	return n
}

// TestRequestsAreAnswered: noted, due, refused for a reason, noted again, and at last
// the person is erased by somebody who is sure.
func TestRequestsAreAnswered(t *testing.T) {
	h := newHouse(t)
	v := h.as("compliance_officer")
	at := "/admin/demo/people/" + string(h.case_.Applicant)
	act := func(what string, form url.Values, want int) string {
		t.Helper()
		res, page := v.post(at, at+"/"+what, form)
		if res.StatusCode != want {
			t.Errorf("%s %v: %d", what, form, res.StatusCode)
		}
		return page
	}
	if res, page := v.get("/admin/demo/rights"); res.StatusCode != 200 || !strings.Contains(page, "Nobody waits") {
		t.Errorf("an empty list: %d", res.StatusCode)
	}
	if res, _ := v.get("/admin/demo/rights?find=" + string(h.case_.Application)); res.StatusCode != 303 || res.Header.Get("Location") != at {
		t.Errorf("the person of an application: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res, page := v.get("/admin/demo/rights?find=nobody"); res.StatusCode != 404 || !strings.Contains(page, "There is no person") {
		t.Errorf("nobody: %d", res.StatusCode)
	}
	act("refuse", url.Values{"reason": {"retention"}}, 422) // nobody asked
	if _, page := v.get(at); strings.Contains(page, "This person asked to be erased") || !strings.Contains(page, at+"/ask") {
		t.Error("nobody asked, and the page says so")
	}
	act("ask", url.Values{}, 303)
	if _, page := v.get(at); !strings.Contains(page, "This person asked to be erased") || !strings.Contains(page, at+"/refuse") {
		t.Error("that the person asked does not show")
	}
	act("ask", url.Values{}, 303) // does nothing more
	if _, page := v.get("/admin/demo/rights"); !strings.Contains(page, at) {
		t.Error("the request is not listed")
	}
	h.now = h.now.Add(person.AnswerWithin + time.Hour)
	if _, page := v.get("/admin/demo/rights"); !strings.Contains(page, `class="verdict"`) {
		t.Error("that it is late does not show")
	}
	act("refuse", url.Values{"reason": {"because"}}, 422)
	act("refuse", url.Values{"reason": {"retention"}}, 303)
	if _, page := v.get(at); !strings.Contains(page, "The law wants the records kept") {
		t.Error("the refusal does not show")
	}
	act("ask", url.Values{}, 303)
	short := string(h.case_.Applicant)[28:]
	if page := act("erase", url.Values{"reason": {"requested"}, "sure": {"yes"}}, 422); !strings.Contains(page, "Nothing was erased") {
		t.Error("erased without being sure")
	}
	act("erase", url.Values{"sure": {short}}, 422)
	act("erase", url.Values{"reason": {"requested"}, "sure": {short}}, 303)
	if _, page := v.get(at); !strings.Contains(page, "Somebody else has to confirm it") || strings.Contains(page, at+"/confirm") || strings.Contains(page, at+"/erase") {
		t.Error("the one who proposed is offered to confirm")
	}
	act("confirm", url.Values{}, 403)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveStaff{Staff: kyc.Staff{Tenant: tenant, ID: "second_officer", Login: "second_officer", Name: "Second", Role: "compliance_officer", Hash: "x", Locale: "en", State: "active"}}}))
	w := h.as("second_officer")
	if _, page := w.get(at); !strings.Contains(page, at+"/confirm") || !strings.Contains(page, "proposed to erase this person") {
		t.Error("another one is not offered to confirm")
	}
	if res, _ := w.post(at, at+"/confirm", url.Values{}); res.StatusCode != 303 {
		t.Errorf("the second of two: %d", res.StatusCode)
	}
	if _, page := v.get(at); !strings.Contains(page, "will be carried out") || !strings.Contains(page, at+"/take-back") {
		t.Error("that it is granted does not show")
	}
	act("take-back", url.Values{}, 303)
	act("erase", url.Values{"reason": {"mistake"}, "sure": {short}}, 303)
	if res, _ := w.post(at, at+"/confirm", url.Values{}); res.StatusCode != 303 {
		t.Errorf("the second of two: %d", res.StatusCode)
	}
	act("erase", url.Values{"reason": {"requested"}, "sure": {short}}, 422)
	act("ask", url.Values{}, 422)
	act("export", url.Values{"why": {"complaint"}}, 422)
	if _, err := h.vault.Seal(ctx, tenant, h.case_.Applicant, "x", nil); kyc.CodeOf(err) != kyc.Gone {
		t.Errorf("the key is there: %v", err)
	}
	if _, page := v.get(at); !strings.Contains(page, "data is erased") || strings.Contains(page, "/erase") {
		t.Error("that the person is erased does not show")
	}
	for action, want := range map[string]int{audit.ErasureAsked: 2, audit.ErasureRefused: 1, audit.ErasureProposed: 2, audit.PersonErased: 0, audit.PersonExported: 0} {
		if n := h.did(action); n != want {
			t.Errorf("%s: %d lines", action, n)
		}
	}
}

// TestAccountStandsAgainstErasure: it takes somebody who answers for it.
func TestAccountStandsAgainstErasure(t *testing.T) {
	h := newHouse(t)
	v := h.as("compliance_officer")
	app, err := h.store.Application(ctx, tenant, h.case_.Application)
	h.ok(err)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.CreateAccount{Account: kyc.Account{Tenant: tenant, ID: "acc", Applicant: app.Applicant, Application: app.ID, Market: app.Market, State: "active"}}}))
	at := "/admin/demo/people/" + string(app.Applicant)
	form := url.Values{"reason": {"legal_order"}, "sure": {string(app.Applicant)[28:]}}
	if res, page := v.post(at, at+"/erase", form); res.StatusCode != 422 || !strings.Contains(page, "has an account") {
		t.Errorf("erased with an account: %d", res.StatusCode)
	}
	form.Set("force", "yes")
	if res, _ := v.post(at, at+"/erase", form); res.StatusCode != 303 {
		t.Errorf("forced: %d", res.StatusCode)
	}
}

// TestPersonIsExported: with who they are, recorded, after showing who one is.
func TestPersonIsExported(t *testing.T) {
	h := newHouse(t)
	v := h.as("compliance_officer")
	at := "/admin/demo/people/" + string(h.case_.Applicant)
	h.stale = true
	if res, body := v.post(at, at+"/export", url.Values{}); res.Header.Get("Content-Type") == "application/zip" || strings.Contains(body, "ERIKSSON") {
		t.Error("given out to somebody who has not shown who they are")
	}
	h.stale = false
	for _, form := range []url.Values{{}, {"why": {"because"}}, {"why": {"complaint"}, "ticket": {"Anna Eriksson"}}} {
		if res, page := v.post(at, at+"/export", form); res.StatusCode != 422 || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%v: %d", form, res.StatusCode)
		}
	}
	if n := h.did(audit.PersonExported); n != 0 {
		t.Errorf("without a reason there are %d lines", n)
	}
	res, body := v.post(at, at+"/export", url.Values{"why": {"legal_request"}, "ticket": {"T-7"}})
	if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	archive, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	h.ok(err)
	var text bytes.Buffer
	for _, f := range archive.File {
		if f.Name == "person.json" {
			r, err := f.Open()
			h.ok(err)
			_, err = text.ReadFrom(r)
			h.ok(err)
		}
	}
	if !strings.Contains(text.String(), "ANNA MARIA ERIKSSON") || len(archive.File) != 2 {
		t.Errorf("%d files, %s", len(archive.File), text.String())
	}
	if n := h.did(audit.PersonExported); n != 1 {
		t.Errorf("%d lines", n)
	}
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{Action: audit.PersonExported}, "", 9)
	h.ok(err)
	if d := cmp.Diff(map[string]string{"why": "legal_request", "role": "compliance_officer", "ticket": "T-7"}, lines[0].Detail); d != "" {
		t.Error(d)
	}
	readers := &person.Readers{Store: h.store, Flows: flows{}}
	told, err := readers.OfApplication(ctx, tenant, h.case_.Application)
	h.ok(err)
	want := []person.Reading{{At: lines[0].At, Times: 1, Role: "compliance_officer", All: true, Why: person.ForDuty}} // that an authority asked is not told
	if d := cmp.Diff(want, told); d != "" {
		t.Error(d)
	}
}
