package apply_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
)

// readings tells of two looks at an application, and of none at an account.
type readings struct{}

func (readings) OfApplication(context.Context, kyc.TenantID, kyc.ApplicationID) ([]person.Reading, error) {
	at := kyc.At(noon)
	return []person.Reading{{At: at, Times: 3, Role: "senior_reviewer", Requirement: "gone", Why: person.ForReview},
		{At: at, Times: 1, Role: "role-of-the-tenant", Why: person.ForContact}, {At: at, Times: 1, Role: "compliance_officer", All: true, Why: person.ForDuty},
		{At: at, Times: 1, Role: "platform_operator", All: true, Why: person.ForRequest}}, nil
}

func (readings) OfAccount(context.Context, kyc.TenantID, kyc.AccountID) ([]person.Reading, error) {
	return nil, nil
}

func TestReaders(t *testing.T) {
	h := open(t)
	if res, _ := h.get(t, "/t/demo/account/readers"); res.Header.Get("Location") != "/t/demo/sign-in" {
		t.Error("it is told to everybody")
	}
	if res, _ := h.post(t, "/t/demo/sign-in", url.Values{"login": {"a"}, "password": {"right"}}); res.StatusCode != 303 {
		t.Fatalf("%d", res.StatusCode)
	}
	_, page := h.get(t, app+"/readers")
	for _, want := range []string{"A document", "Senior reviewer · to check your registration", "3 times", "The details you gave", "Staff · to get in touch with you", "Everything held about you, taken out as an archive", "Compliance officer · for a check of our work or a duty under the law"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not told", want)
		}
	}
	if _, page = h.get(t, "/t/demo/account/readers"); !strings.Contains(page, "Nobody so far") {
		t.Errorf("nobody is told as %.300s", page)
	}
	for _, lang := range []string{"zh-Hans", "zh-Hant", "ar", "fr", "ru", "en"} {
		_, body := h.get(t, app+"/readers?lang="+lang)
		if strings.Contains(body, "apply.readers") || strings.Contains(body, "admin.role") || !strings.Contains(body, "<h1>") {
			t.Errorf("%s: a key is bare", lang)
		}
		examine(t, body, lang)
	}
}

// TestReadersAreFound: whoever's registration staff may have looked at finds the
// page, however it ended.
func TestReadersAreFound(t *testing.T) {
	for name, p := range everyPage() {
		if state, _, _ := strings.Cut(name, "-"); state != "closed" && state != "wait" && state != "done" && state != "again" {
			continue
		}
		h := open(t)
		h.service.view = *p.view
		if _, page := h.get(t, p.path); !strings.Contains(page, `href="`+p.path+`/readers"`) {
			t.Errorf("%s: there is no way to who read the documents", name)
		}
	}
}
