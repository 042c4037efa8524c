package apply_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestSecurityPage(t *testing.T) {
	h := open(t)
	if res, _ := h.get(t, "/t/demo/account/security"); res.Header.Get("Location") != "/t/demo/sign-in" {
		t.Error("the page is open")
	}
	h.cookies += "; pf_session=st.demo.x"
	const base = "/t/demo/account/security"
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		_, body := h.get(t, base+"?lang="+lang+"&done=password")
		examine(t, body, lang)
	}
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		want   string // in the page, or where it leads
	}{
		{"/password", url.Values{"new_password": {"password"}}, 422, `id="new_password-error"`},
		{"/password", url.Values{"new_password": {"harbour violin 63"}}, 303, base + "?done=password"},
		{"/payment", url.Values{"current": {"1"}, "payment_password": {"1"}}, 422, `id="current-error"`},
		{"/payment", url.Values{"current": {"804213"}, "payment_password": {"123456"}}, 422, `id="f-payment-password-error"`},
		{"/payment", url.Values{"current": {"limit"}, "payment_password": {"1"}}, 429, `role="alert"`},
		{"/payment", url.Values{"current": {"804213"}, "payment_password": {"731904"}}, 303, base + "?done=payment"},
		{"/passkeys", url.Values{"passkey": {"made up"}}, 400, `role="alert"`},
		{"/passkeys", url.Values{"passkey": {"fits"}, "name": {"x"}}, 303, base + "?done=passkey"},
		{"/passkeys/k1/remove", nil, 303, base + "?done=removed"},
		{"/sessions", nil, 303, base + "?done=ended"},
		{"/sessions/s2/end", nil, 303, base + "?done=ended"},
		{"/sessions/of-somebody-else/end", nil, 303, base},
		{"/confirm", url.Values{"password": {"right"}}, 303, base + "?done=confirmed"},
	} {
		res, body := h.post(t, base+c.path, c.form)
		if res.StatusCode != c.status || c.status == 303 && res.Header.Get("Location") != c.want || c.status != 303 && !strings.Contains(body, c.want) {
			t.Errorf("%s %v: %d %s", c.path, c.form, res.StatusCode, res.Header.Get("Location"))
		}
	}
}

// Who has not just shown who they are sees what there is, and the form that asks for it.
func TestSecurityPageWhenStale(t *testing.T) {
	h := open(t)
	h.cookies += "; pf_session=st.demo.stale"
	const base = "/t/demo/account/security"
	for _, lang := range []string{"en", "ar", "zh-Hans"} {
		_, body := h.get(t, base+"?lang="+lang)
		examine(t, body, lang)
		if strings.Contains(body, "new_password") || !strings.Contains(body, `action="/t/demo/account/security/confirm"`) {
			t.Error("a stale session changes passwords, or is not asked")
		}
	}
	if res, body := h.post(t, base+"/confirm", url.Values{"password": {"wrong"}}); res.StatusCode != 403 || !strings.Contains(body, `action="/t/demo/account/security/confirm"`) || !strings.Contains(body, `role="alert"`) {
		t.Errorf("a wrong password: %d", res.StatusCode)
	}
	if res, _ := h.post(t, base+"/password", url.Values{"new_password": {"harbour violin 63"}}); res.Header.Get("Location") != base+"#confirm" {
		t.Errorf("stale: %d", res.StatusCode)
	}
}

func TestPasskeyDoor(t *testing.T) {
	h := open(t)
	if _, body := h.get(t, "/t/demo/sign-in"); !strings.Contains(body, `data-passkey="get"`) {
		t.Error("no passkey is offered")
	}
	res, body := h.post(t, "/t/demo/sign-in/passkey/question", nil)
	if res.StatusCode != 200 || !strings.Contains(body, "publicKey") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := h.post(t, "/t/demo/sign-in/passkey", url.Values{"passkey": {"made up"}}); res.StatusCode != 422 || !strings.Contains(body, `role="alert"`) {
		t.Errorf("%d", res.StatusCode)
	}
	if res, _ := h.post(t, "/t/demo/sign-in/passkey", url.Values{"passkey": {"fits"}}); res.Header.Get("Location") != "/t/demo/account" {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestStrengthMeter(t *testing.T) {
	h := open(t)
	for password, want := range map[string]string{"password": `"score":0,"text":"This password is in lists`, "harbour violin": `"score":2,"text":"Fair"`} {
		if _, body := h.post(t, "/t/demo/strength?lang=en", url.Values{"password": {password}}); !strings.Contains(body, want) {
			t.Errorf("%s: %s", password, body)
		}
	}
	if _, body := h.get(t, "/t/demo/recover/x"); !strings.Contains(body, `data-strength="password" data-href="/t/demo/strength"`) {
		t.Error("no meter where a password is set")
	}
}
