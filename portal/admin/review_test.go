package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

func (v *visitor) case1() string { return "/admin/demo/cases/" + string(v.case_.ID) }

// R1 without JavaScript: sign in, next case, reveal, preview, ask again.
func TestReviewWithoutScripts(t *testing.T) {
	h := newHouse(t)
	v := h.as("")
	res, _ := v.get(v.case1())
	signIn := res.Header.Get("Location")
	if res.StatusCode != 303 || !strings.HasPrefix(signIn, "/admin/demo/sign-in?next=") {
		t.Fatalf("not led to sign in: %d %s", res.StatusCode, signIn)
	}
	res, body := v.post(signIn, "/admin/demo/sign-in", url.Values{"login": {"reviewer"}, "password": {"wrong"}})
	if res.StatusCode != 422 || !strings.Contains(body, "do not fit together") || strings.Contains(body, "value=\"wrong\"") {
		t.Errorf("wrong password: %d", res.StatusCode)
	}
	res, _ = v.post(signIn, "/admin/demo/sign-in", url.Values{"login": {"reviewer"}, "password": {"correct"}, "next": {v.case1()}})
	second := res.Header.Get("Location")
	if !strings.HasPrefix(second, "/admin/demo/sign-in/second?next=") || v.cookies["pf_staff"] != "" {
		t.Fatalf("the password alone leads to %s", second)
	}
	if res, body = v.post(second, "/admin/demo/sign-in/second", url.Values{"confirm_code": {"000000"}, "next": {v.case1()}}); res.StatusCode != 422 || !strings.Contains(body, "That did not fit.") {
		t.Errorf("wrong code: %d", res.StatusCode)
	}
	res, _ = v.post(second, "/admin/demo/sign-in/second", url.Values{"confirm_recovery": {"123456"}, "next": {v.case1()}})
	if res.Header.Get("Location") != v.case1() || v.cookies["pf_staff"] != "dt.demo.reviewer" || v.cookies["pf_staff_pending"] != "" {
		t.Fatalf("signed in: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if c := res.Header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
		t.Errorf("session cookie %q", c)
	}

	res, _ = v.post("/admin/demo/cases", "/admin/demo/cases/next", nil)
	if res.Header.Get("Location") != v.case1() {
		t.Fatalf("next leads to %s", res.Header.Get("Location"))
	}
	_, body = v.get(v.case1())
	for _, want := range []string{`name="outcome" value="approve"`, "A•• M•• E••", "Differs:"} {
		if !strings.Contains(body, want) {
			t.Errorf("case page lacks %q", want)
		}
	}
	if strings.Contains(body, "ERIKSSON") {
		t.Error("a name is shown before it is revealed")
	}
	res, body = v.post(v.case1(), v.case1()+"/reveal", url.Values{"what": {"everything"}})
	if res.StatusCode != 422 || !strings.Contains(body, `role="alert"`) {
		t.Errorf("revealed without a reason: %d", res.StatusCode)
	}
	res, _ = v.post(v.case1(), v.case1()+"/reveal", url.Values{"what": {"everything"}, "why": {"compare_document"}})
	if res.StatusCode != 303 {
		t.Errorf("reveal: %d", res.StatusCode)
	}
	if _, body = v.get(v.case1()); !strings.Contains(body, "ANNA MARIA ERIKSSON") || !strings.Contains(body, "Köln") {
		t.Error("revealed data is not shown")
	}

	picks := url.Values{"reason": {"document/passport/image.glare", "step/profile/data.birth_date_mismatch"}, "note": {"شكراً لك"}}
	res, body = v.post(v.case1(), v.case1()+"/preview", picks)
	if res.StatusCode != 200 || !strings.Contains(body, `class="letter" lang="ar" dir="rtl"`) || !strings.Contains(body, `<p class="own">شكراً لك`) {
		t.Errorf("preview: %d", res.StatusCode)
	}
	if strings.Count(body, " checked") != 2 {
		t.Error("the preview lost what was ticked")
	}
	picks.Set("outcome", "ask_again")
	if res, _ = v.post(v.case1(), v.case1()+"/decide", picks); res.StatusCode != 303 {
		t.Fatalf("decide: %d", res.StatusCode)
	}
	if _, body = v.get(v.case1()); !strings.Contains(body, "Asked the applicant again") || strings.Contains(body, `name="outcome"`) {
		t.Error("the decided case does not say so")
	}
	if res, body = v.post("/admin/demo/cases", "/admin/demo/cases/next", nil); res.Header.Get("Location") != "/admin/demo/cases?none=1" {
		t.Errorf("next with an empty queue: %d %s", res.StatusCode, body)
	}
}

// The checks of one run are one line of the history that names each.
func TestHistoryTellsChecksOnce(t *testing.T) {
	h := newHouse(t)
	var change kyc.Change
	for _, name := range []string{"age", "mrz", "registry.resident_id"} {
		change = append(change, kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: tenant, ID: kyc.AuditID(storetest.ID()), At: storetest.Now - 60_000,
			Actor: kyc.Actor{Kind: "system"}, Action: "check.finished", ObjectKind: "application", ObjectID: string(h.case_.Application),
			Detail: map[string]string{"check": name, "result": "pass", "source": "automatic"}}})
	}
	h.ok(h.store.Commit(ctx, tenant, change))
	v := h.as("reviewer")
	_, body := v.get(v.case1())
	if n := strings.Count(body, `title="check.finished"`); n != 1 || !strings.Contains(body, "× 3") {
		t.Errorf("the checks are told in %d lines", n)
	}
	for _, name := range []string{"Age", "Machine-readable lines", "Resident ID in the registry"} {
		if !strings.Contains(body, `<span class="quiet">`+name+`</span> <bdi class="mono" title="Pass · Automatic">`) {
			t.Errorf("the history does not name %q", name)
		}
	}
}

// A photo that was asked for again was there, and is told as such.
func TestAskedAgainIsSaid(t *testing.T) {
	h := newHouse(t)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.RefuseFiles{Tenant: tenant, Application: h.case_.Application, Requirement: h.file.Requirement}}))
	_, body := h.as("reviewer").get("/admin/demo/cases/" + string(h.case_.ID))
	if !strings.Contains(body, "Asked for again; no new photo") {
		t.Error("who reviews is not told that the photo was asked for again")
	}
}

// What went wrong is said on the page, and what was filled in stays.
func TestDecisionRefused(t *testing.T) {
	h := newHouse(t)
	v := h.as("reviewer")
	res, body := v.post(v.case1(), v.case1()+"/decide", url.Values{"outcome": {"approve"}, "evidence": {"00"}, "version": {"1"}})
	if res.StatusCode != 409 || !strings.Contains(body, "Claim the case") {
		t.Errorf("decided without a claim: %d", res.StatusCode)
	}
	if res, _ = v.post(v.case1(), v.case1()+"/claim", nil); res.StatusCode != 303 {
		t.Fatalf("claim: %d", res.StatusCode)
	}
	for name, form := range map[string]url.Values{
		"no reason": {"outcome": {"reject"}, "note": {"kept words"}},
		"rubbish":   {"outcome": {"reject"}, "note": {"kept words"}, "reason": {"rubbish"}},
		"unfit":     {"outcome": {"approve"}, "note": {"kept words"}, "reason": {"document/passport/image.blur"}},
		"unknown":   {"outcome": {"burn"}, "note": {"kept words"}},
	} {
		res, body = v.post(v.case1(), v.case1()+"/decide", form)
		if res.StatusCode != 422 || !strings.Contains(body, `role="alert"`) || !strings.Contains(body, "kept words") || !strings.Contains(body, "<title>Error:") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	res, body = v.post(v.case1(), v.case1()+"/decide", url.Values{"outcome": {"approve"}, "version": {"7"}})
	if res.StatusCode != 409 || !strings.Contains(body, "have changed since") {
		t.Errorf("stale: %d", res.StatusCode)
	}
	other := h.as("senior_reviewer")
	if res, body = other.post(other.case1(), other.case1()+"/claim", nil); res.StatusCode != 409 || !strings.Contains(body, "Rui Reviewer") {
		t.Errorf("claimed twice: %d", res.StatusCode)
	}
	for _, bad := range []string{"\xff\xfe", strings.Repeat("文", 200_000)} {
		if res, _ = v.post(v.case1(), v.case1()+"/decide", url.Values{"outcome": {"approve"}, "note": {bad}}); res.StatusCode >= 500 || res.StatusCode < 400 {
			t.Errorf("bad note: %d", res.StatusCode)
		}
	}
}

// What was found about an earlier submission is told as such.
func TestEarlierChecks(t *testing.T) {
	h := newHouse(t)
	h.ok(h.store.Commit(ctx, tenant, kyc.Change{kyc.SaveCheck{Check: kyc.Check{Tenant: tenant, ID: "again", Application: h.case_.Application,
		Name: "mrz", CheckVersion: "1", Inputs: []byte("of the second submission"), Result: kyc.Pass, Source: "automatic", At: h.case_.Due}}}))
	_, body := h.as("reviewer").get("/admin/demo/cases/" + string(h.case_.ID))
	now, earlier, found := strings.Cut(body, "3 earlier checks")
	if !found || strings.Count(now, `class="check-pass"`) != 1 || strings.Count(earlier, `class="check-`) != 3 || !strings.Contains(earlier, ", read</dt>") {
		t.Error("earlier checks do not stand apart")
	}
	if strings.Contains(body, "Differs:") {
		t.Error("what an earlier check read is told beside the data")
	}
}

// Files come with headers that keep whatever is in them from doing anything.
func TestFile(t *testing.T) {
	h := newHouse(t)
	v := h.as("reviewer")
	if res, _ := v.get(v.case1() + "/files/" + string(h.file.ID)); res.StatusCode != 403 {
		t.Errorf("without a reason: %d", res.StatusCode)
	}
	if _, body := v.get(v.case1()); strings.Contains(body, "/files/") || !strings.Contains(body, `<option value="documents">`) {
		t.Error("files are offered without a reason, or none can be given")
	}
	v.post(v.case1(), v.case1()+"/reveal", url.Values{"what": {"documents"}, "why": {"complaint"}})
	res, _ := v.get(v.case1() + "/files/" + string(h.file.ID))
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "inline; filename=") {
		t.Errorf("rendition: %d %v", res.StatusCode, res.Header)
	}
	res, body := v.get(v.case1() + "/files/" + string(h.file.ID) + "?form=original")
	for name, want := range map[string]string{"Content-Disposition": "attachment; filename=", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store", "Content-Type": "image/png"} {
		if !strings.HasPrefix(res.Header.Get(name), want) {
			t.Errorf("%s is %q", name, res.Header.Get(name))
		}
	}
	if !strings.Contains(body, "script") {
		t.Error("not the original")
	}
	lines, err := h.store.AuditLines(ctx, tenant, kyc.AuditFilter{ObjectKind: "case", ObjectID: string(h.case_.ID)}, "", 9)
	h.ok(err)
	if len(lines) != 3 || lines[0].Action != "document.viewed" {
		t.Errorf("audit lines %+v", lines)
	}
	if res, _ = v.get(v.case1() + "/files/nothing"); res.StatusCode != 404 {
		t.Errorf("unknown file: %d", res.StatusCode)
	}
	if _, body = h.as("viewer").get(v.case1()); strings.Contains(body, "/files/") {
		t.Error("a viewer is offered files")
	}
}

// Every page in every language, with no key left bare.
func TestPagesInEveryLanguage(t *testing.T) {
	h := newHouse(t)
	v, admin := h.as("compliance_officer"), h.as("tenant_admin")
	for _, lang := range []string{"zh-Hans", "en", "ar", "fr", "ru", "zh-Hant"} {
		for _, page := range []string{"/cases", "/cases?mine=1&state=decided&age=soon&market=overseas", "/cases/" + string(h.case_.ID),
			"/audit", "/audit?kind=case&object=x", "/providers", "/cases/nothing",
			"/staff", "/staff/colleague", "/roles", "/roles/reviewer", "/roles/tenant_admin", "/roles/" + own, "/new-role?like=reviewer"} {
			sep := "?"
			if strings.Contains(page, "?") {
				sep = "&"
			}
			who := v
			if strings.Contains(page, "role") || strings.HasPrefix(page, "/staff") {
				who = admin
			}
			res, body := who.get("/admin/demo" + page + sep + "lang=" + lang)
			if res.StatusCode >= 500 || !strings.Contains(body, `<html lang="`+lang+`"`) {
				t.Errorf("%s in %s: %d", page, lang, res.StatusCode)
			}
			for _, bare := range []string{">admin.", ">reason.", ">error.", "\"admin.", "> admin."} {
				if i := strings.Index(body, bare); i >= 0 {
					t.Errorf("%s in %s shows a key: %s", page, lang, body[i:min(len(body), i+50)])
				}
			}
		}
	}
}

// Signing in leads only to pages of this portal.
func TestNextIsOurs(t *testing.T) {
	h := newHouse(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/admin/other/cases", "/admin/demo/../other", "/admin/demo/\\evil"} {
		v := h.as("")
		res, _ := v.post("/admin/demo/sign-in", "/admin/demo/sign-in", url.Values{"login": {"reviewer"}, "password": {"correct"}, "next": {next}})
		if to, err := url.Parse(res.Header.Get("Location")); err != nil || to.Path != "/admin/demo/sign-in/second" || to.Host != "" {
			t.Errorf("%q leads to %q", next, res.Header.Get("Location"))
		}
		res, _ = v.post(res.Header.Get("Location"), "/admin/demo/sign-in/second", url.Values{"confirm_code": {"123456"}, "next": {next}})
		if res.Header.Get("Location") != "/admin/demo" {
			t.Errorf("%q leads to %q", next, res.Header.Get("Location"))
		}
	}
}
