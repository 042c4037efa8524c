package apply_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// everyPage is each page of the door by a name, with what the pipeline says.
func everyPage() map[string]struct {
	path string
	view *pipeline.View
	link string
} {
	type page = struct {
		path string
		view *pipeline.View
		link string
	}
	pages := map[string]page{
		"home": {path: "/t/demo"}, "start": {path: "/t/demo/start/shop"}, "start-seller": {path: "/t/demo/start/seller"},
		"first": {app, firstView(), ""}, "form": {app, formView(), ""}, "wrong": {app, wrongView(), ""}, "list": {app, listView(), ""},
		"challenge": {app, challengeView(), ""}, "documents": {app, documentsView(), ""}, "again": {app, againView(), ""},
		"done": {app, doneView(), ""}, "withdraw": {app + "/withdraw", formView(), ""},
		"legal": {path: "/t/demo/legal/terms"}, "signin": {path: "/t/demo/sign-in"},
		"signin-code": {path: "/t/demo/sign-in/code"}, "not-me": {path: "/t/demo/not-me"},
		"handover": {app + "/handover", formView(), ""}, "takeover-ready": {"/t/demo/r/x", nil, "ready"},
		"takeover-used": {"/t/demo/r/x", nil, "used"}, "takeover-expired": {"/t/demo/r/x", nil, "expired"},
		"link-ready": {"/t/demo/l/x", nil, "ready"}, "link-used": {"/t/demo/l/x", nil, "used"}, "link-expired": {"/t/demo/l/x", nil, "expired"},
	}
	for _, s := range []kyc.State{kyc.Submitted, kyc.Verifying, kyc.InReview, kyc.Approved} {
		pages["wait-"+string(s)] = page{app, waitView(s), ""}
	}
	for _, s := range []kyc.State{kyc.Rejected, kyc.Withdrawn, kyc.Expired} {
		pages["closed-"+string(s)] = page{app, closedView(s), ""}
	}
	return pages
}

var (
	inline  = regexp.MustCompile(`<style|<script(?:>| (?:[^>]*[^e>])?>[^<])|\son[a-z]+="|\sstyle="|javascript:`)
	missing = regexp.MustCompile(`>[^<]*\b(?:apply|web|field|problem|reason|shop|error)\.[a-z_]+[.a-z_]*[^<]*<|&lt;no value|="(?:apply|web)\.[a-z]`)
	anchors = regexp.MustCompile(`href="#([^"]+)"`)
	label   = regexp.MustCompile(`<label[^>]* for="([^"]+)"`)
	control = regexp.MustCompile(`<(?:input|select|textarea) [^>]*>`)
	idOf    = regexp.MustCompile(`\bid="([^"]+)"`)
	refs    = regexp.MustCompile(`aria-(?:describedby|controls)="([^"]+)"`)
)

func TestEveryPageInEveryLanguage(t *testing.T) {
	for name, p := range everyPage() {
		for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
			t.Run(name+"/"+lang, func(t *testing.T) {
				h := open(t)
				if p.view != nil {
					h.service.view = *p.view
				}
				h.service.link = pipeline.Link{State: p.link, To: "m•••@example.com", Locale: "ar"}
				res, body := h.get(t, p.path+"?lang="+lang)
				if res.StatusCode != 200 {
					t.Fatalf("status %d: %s", res.StatusCode, h.log)
				}
				examine(t, body, lang)
			})
		}
	}
}

// examine checks what must hold of every page.
func examine(t *testing.T, body, lang string) {
	t.Helper()
	dir := map[string]string{"ar": "rtl"}[lang]
	if dir == "" {
		dir = "ltr"
	}
	if !strings.Contains(body, fmt.Sprintf(`<html lang="%s" dir="%s">`, lang, dir)) {
		t.Errorf("language or direction: %.120s", body)
	}
	if m := inline.FindString(body); m != "" {
		t.Errorf("inline code %q", m)
	}
	if m := missing.FindString(body); m != "" {
		t.Errorf("a key instead of a sentence: %q", m)
	}
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%d first headings", n)
	}
	ids := map[string]int{}
	for _, m := range idOf.FindAllStringSubmatch(body, -1) {
		ids[m[1]]++
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %s is there %d times", id, n)
		}
	}
	labelled := map[string]bool{}
	for _, m := range label.FindAllStringSubmatch(body, -1) {
		labelled[m[1]] = true
	}
	for _, tag := range control.FindAllString(body, -1) {
		if strings.Contains(tag, `type="hidden"`) {
			continue
		}
		if m := idOf.FindStringSubmatch(tag); m == nil || !labelled[m[1]] {
			t.Errorf("control without label: %s", tag)
		}
	}
	for _, m := range append(anchors.FindAllStringSubmatch(body, -1), refs.FindAllStringSubmatch(body, -1)...) {
		for _, id := range strings.Fields(m[1]) {
			if ids[id] == 0 {
				t.Errorf("refers to %q, which is not there", id)
			}
		}
	}
}

func TestErrorsAreToldThreeTimes(t *testing.T) {
	h := open(t)
	h.service.view = *wrongView()
	_, body := h.get(t, app)
	for _, want := range []string{"<title>Error: Step 3 of 5: Your details – Harbour Market</title>", `id="summary"`,
		`href="#f-name-latin"`, `href="#f-birth-date-day"`, `href="#f-address-postal-code"`, `href="#f-questions-2-answer"`, `href="#form"`,
		`id="f-name-latin-error"`, `6 answers need another look`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(body, "<O'Neill>") || !strings.Contains(body, "Anna &lt;O&#39;Neill&gt;") {
		t.Error("what was typed is not kept, or not escaped")
	}
}

func TestInternalReasonsLeaveNoTrace(t *testing.T) {
	for _, v := range []*pipeline.View{againView(), closedView(kyc.Rejected)} {
		h := open(t)
		h.service.view = *v
		if _, body := h.get(t, app); strings.Contains(body, "forgery") {
			t.Errorf("%s tells an internal reason", v.State)
		}
	}
}

func TestPagesThatDoNotExist(t *testing.T) {
	h := open(t)
	for path, want := range map[string]int{"/t/nobody": 404, "/t/demo/start/off": 404, "/t/demo/start/none": 404, "/t/demo/start/down": 503,
		"/t/demo/legal/none": 404, "/t/demo/l/x": 404, "/t/demo/r/x": 404, "/t/demo/human/x.exe": 404, "/t/demo/human/x": 404, "/t/demo/nothing": 404, "/t/demo/start/..%2f": 404} {
		if res, _ := h.get(t, path); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	h.cookies = ""
	for _, path := range []string{app, app + "/steps/profile", app + "/state", app + "/withdraw", app + "/handover", app + "/documents/passport/data_page"} {
		if res, _ := h.get(t, path); res.StatusCode != 403 {
			t.Errorf("%s without a token: %d", path, res.StatusCode)
		}
	}
}
