package apply_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The link in news of a change shows what it does and does nothing until it is pressed;
// one that is over says what else there is.
func TestNotMe(t *testing.T) {
	h := open(t)
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		for _, path := range []string{"/not-me", "/not-me/ready", "/not-me/used", "/not-me/expired", "/not-me/frozen", "/frozen"} {
			_, body := h.get(t, "/t/demo"+path+"?lang="+lang)
			examine(t, body, lang)
			if offers := strings.Contains(body, `class="button danger"`); offers != strings.HasSuffix(path, "ready") {
				t.Errorf("%s: freezing is offered: %v", path, offers)
			}
			if out := strings.Contains(body, `href="/t/demo/start/recovery"`); !out {
				t.Errorf("%s: no way out", path)
			}
		}
	}
	if len(h.service.calls) != 0 {
		t.Errorf("reading did %v", h.service.calls)
	}
	for _, state := range []string{"ready", "expired"} {
		if res, _ := h.post(t, "/t/demo/not-me/"+state, nil); res.StatusCode != 303 || res.Header.Get("Location") != "/t/demo/not-me/"+state {
			t.Errorf("%s: %d %s", state, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if !slices.Equal(h.service.calls, []string{"freeze ready", "freeze expired"}) {
		t.Errorf("%v", h.service.calls)
	}
	if res, _ := h.get(t, "/t/demo/not-me/unknown"); res.StatusCode != 404 {
		t.Errorf("unknown: %d", res.StatusCode)
	}
}

func TestFreezeFromTheAccountPage(t *testing.T) {
	h := open(t)
	const path = "/t/demo/account/security/freeze"
	if res, _ := h.post(t, path, nil); res.Header.Get("Location") != "/t/demo/sign-in" {
		t.Errorf("signed out: %s", res.Header.Get("Location"))
	}
	h.cookies += "; pf_session=st.demo.x"
	if _, body := h.get(t, "/t/demo/account/security"); !strings.Contains(body, `action="`+path+`"`) {
		t.Error("it is not offered")
	}
	res, _ := h.post(t, path, nil)
	if res.Header.Get("Location") != "/t/demo/frozen" || !strings.Contains(strings.Join(res.Header.Values("Set-Cookie"), "\n"), "pf_session=;") {
		t.Errorf("%d %s %v", res.StatusCode, res.Header.Get("Location"), res.Header.Values("Set-Cookie"))
	}
}

// Who may sign in to a frozen account is told that it is, and the way out.
func TestSignInToAFrozenAccount(t *testing.T) {
	h := open(t)
	for path, form := range map[string]url.Values{"/sign-in": {"login": {"frozen"}, "password": {"x"}}, "/sign-in/passkey": {"passkey": {"frozen"}}} {
		res, body := h.post(t, "/t/demo"+path, form)
		if res.StatusCode != 403 || !strings.Contains(body, `href="/t/demo/start/recovery"`) {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// Who stops a request that was not theirs is led to what else they can do: freeze.
func TestStopLeadsToFreeze(t *testing.T) {
	h := open(t)
	if res, body := h.get(t, "/t/demo/stop/ready"); res.StatusCode != 200 || !strings.Contains(body, `href="/t/demo/not-me"`) {
		t.Errorf("the page of a stop does not lead to the freeze: %d", res.StatusCode)
	}
}
