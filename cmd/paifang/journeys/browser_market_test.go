package journeys

import (
	"strings"
	"testing"
)

// browserSettings: a tenant's administrator sets up a market by the form that is
// made of the provider's schema, is told what is wrong at its field, sees what has
// changed and goes back. The market is as it was afterwards.
func browserSettings(t *testing.T, b *browser, s *server, locale string) {
	v := b.staffIn(s, "settings", locale, "toma", hireAs(s, "toma", "Toma Nasser", "tenant_admin", locale))
	v.open("/admin/demo/markets")
	v.leave(func() { v.click(`document.querySelector("main a[href$='/markets/overseas']")`) })
	v.reads(v.T("admin.market.settings"), v.T("admin.roles.version", "number", "1"))
	v.fill("s/min_age", "120")
	v.fill("s/countries_refused", "XA")
	v.press(v.T("admin.market.save"))
	told := ask[string](v, `(() => {
const e = document.querySelector("[name='s/min_age']");
return [e.value, e.getAttribute("aria-invalid"), document.querySelector("[name='s/countries_refused']").value,
  ...e.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).innerText.trim())].join("|");
})()`)
	if !strings.HasPrefix(told, "120|true|XA|") || !strings.HasSuffix(told, "|"+v.T("problem.schema.maximum", "want", "99")) {
		t.Errorf("the field says %q", told)
	}
	if at := ask[string](v, `document.querySelector("#wrong a").hash`); at != "#set-min_age" || !ask[bool](v, `document.querySelector("#wrong a").getBoundingClientRect().bottom < innerHeight`) {
		t.Errorf("the head of the page leads to %q", at)
	}
	v.fill("s/min_age", "21")
	v.press(v.T("admin.market.preview"))
	v.reads(v.T("admin.market.would"))
	v.press(v.T("admin.market.save"))
	v.reads(v.T("admin.roles.version", "number", "2"), "Toma Nasser", v.T("admin.setting.unset"), "XA")
	v.press(v.T("admin.market.restore"))
	v.reads(v.T("admin.roles.version", "number", "3"), v.T("admin.market.restored", "number", "1"))
	if now := ask[string](v, `["min_age", "countries_refused"].map((n) => document.querySelector("[name='s/" + n + "']").value).join("|")`); now != "|" {
		t.Errorf("after going back: %q", now)
	}
}
