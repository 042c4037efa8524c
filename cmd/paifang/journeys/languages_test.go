package journeys

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/locales"
)

// TestEveryLanguage completes M1 in each shipped language. Whatever the browser
// or the caller asks for meanwhile, the person is spoken to in the language of
// the start: answers, refusals, pages and messages.
func TestEveryLanguage(t *testing.T) {
	s := newServer(t, "")
	shipped, err := locales.Shipped()
	must(t, err)
	foreign := foreignTexts(t, shipped)
	for i, locale := range shipped {
		t.Run(string(locale), func(t *testing.T) {
			s.t = t
			phone := "+8613800138" + string(rune('3'+i)) + "51"
			speaks(s, locale, phone, foreign[locale])
		})
	}
}

func speaks(s *server, locale kyc.Locale, phone string, foreign map[string]string) {
	answers := mainlandPerson(phone)
	answers["phone"], answers["id_number"] = "12", idNumber(700+int(phone[11]-'0'))
	c := newClient(s, "pk_test_demo", "mainland", string(locale), newPerson(s.t, answers))
	c.inLanguage(locale, foreign)
	if f := c.do(c.action("submit"), map[string]any{"version": c.view.Version, "values": c.fill("mainland"), "consents": c.view.Next.Consents}); f == nil || f.Code != "validation" {
		s.t.Fatalf("a wrong phone: %+v", f)
	} else {
		all, _ := json.Marshal(f)
		clean(s.t, "refusal", string(all), foreign)
	}
	answers["phone"] = phone
	c.between = func() { c.inLanguage(locale, foreign) }
	c = c.again("mainland")
	c.activated("verified")
	c.inLanguage(locale, foreign)
	for _, m := range s.messages(phone) {
		clean(s.t, "message", m.Text, foreign)
	}
	c.besides(locale, phone, foreign)
}

// besides are the pages around a journey: errors, sign-in, and the account.
func (c *client) besides(locale kyc.Locale, phone string, foreign map[string]string) {
	c.t.Helper()
	var session struct {
		Token string `json:"session_token"`
	}
	if _, f := c.request("POST", "/api/v1/sessions", "pk_test_demo", map[string]string{"login": phone, "password": password}, &session); f != nil {
		c.t.Fatalf("sign-in: %+v", f)
	}
	here := "/t/demo/applications/" + c.view.ID
	for path, status := range map[string]int{"/t/demo": 200, "/t/demo/sign-in": 200, "/t/demo/sign-in?ended=1": 200, "/t/demo/account": 200,
		"/t/demo/nothing": 404, "/t/demo/start/nothing": 404, "/t/demo/l/nothing": 404, "/t/demo/legal/nothing": 404, here: 403} {
		header := form(string(locale), "")
		if path == "/t/demo/account" {
			header["Cookie"] = "pf_session=" + session.Token
		}
		r := c.send("GET", path, header, nil)
		if r.status != status || r.header.Get("Content-Language") != string(locale) || !strings.Contains(r.body, `<html lang="`+string(locale)+`"`) {
			c.t.Errorf("%s answers %d in %q: %.200s", path, r.status, r.header.Get("Content-Language"), r.body)
		}
		clean(c.t, path, r.body, foreign)
	}
	for token, status := range map[string]int{"": 401, "pk_test_nothing": 401, "ht.demo.nothing": 401} {
		r := c.send("GET", "/api/v1/applications/"+c.view.ID, map[string]string{"Authorization": "Bearer " + token, "Accept-Language": string(locale)}, nil)
		if r.status != status || r.header.Get("Content-Language") != string(locale) {
			c.t.Errorf("the API answers %d in %q: %.200s", r.status, r.header.Get("Content-Language"), r.body)
		}
		clean(c.t, "error", r.body, foreign)
	}
}

// again goes on from the application as it stands, looking at every answer.
func (c *client) again(market string) *client {
	c.t.Helper()
	if _, f := c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view); f != nil {
		c.t.Fatalf("%+v", f)
	}
	c.run(market)
	return c
}

// inLanguage reads the application by the API and as a page, asking for another
// language, and wants both in the person's own.
func (c *client) inLanguage(locale kyc.Locale, foreign map[string]string) {
	c.t.Helper()
	api := c.read("/api/v1/applications/"+c.view.ID, map[string]string{"Authorization": "Bearer " + c.auth, "Accept-Language": "th"})
	if got := api.header.Get("Content-Language"); got != string(locale) {
		c.t.Errorf("Content-Language is %q in a journey in %s", got, locale)
	}
	clean(c.t, "answer", api.body, foreign)
	page := c.read("/t/demo/applications/"+c.view.ID+"?lang="+string(locale), map[string]string{"Cookie": "pf_app=" + c.auth})
	if got := page.header.Get("Content-Language"); got != string(locale) || !strings.Contains(page.body, `<html lang="`+string(locale)+`"`) {
		c.t.Errorf("the page is in %q: %.200s", got, page.body)
	}
	clean(c.t, "page", page.body, foreign)
}

type heard struct {
	header http.Header
	body   string
}

func (s *server) read(path string, header map[string]string) heard {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(background(s.t), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	must(s.t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	must(s.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %.300s", path, resp.StatusCode, body)
	}
	return heard{resp.Header, string(body)}
}

var (
	rawKey = regexp.MustCompile(`[>"\s](?:apply|web|field|problem|reason|mainland|mail|sms|message|admin)\.[a-z_]+\.[a-z_.]+[<"\s]`)
	nobody = regexp.MustCompile(`"(?:name|code|label_key|in|path)":\s*"[^"]*"|<(?:input|select|textarea|form|a|option|label|link|script)\b[^>]*>`)
)

// clean wants no sentence of another catalogue in a text, and no key.
func clean(t *testing.T, what, text string, foreign map[string]string) {
	t.Helper()
	if key := rawKey.FindString(nobody.ReplaceAllString(text, "")); key != "" {
		t.Errorf("%s: a key instead of a sentence: %s", what, key)
	}
	for sentence, where := range foreign {
		if strings.Contains(text, sentence) {
			t.Errorf("%s: a sentence of %s: %q", what, where, sentence)
		}
	}
}

// foreignTexts are, for every language, the sentences of the others that it does
// not have itself: long enough not to be in a text by chance.
func foreignTexts(t *testing.T, shipped []kyc.Locale) map[kyc.Locale]map[string]string {
	t.Helper()
	texts := map[kyc.Locale]map[string]string{}
	for _, locale := range shipped {
		texts[locale] = map[string]string{}
		files, err := filepath.Glob("../../../plugins/*/messages/" + string(locale) + ".toml")
		must(t, err)
		for _, file := range append(files, "../../../locales/"+string(locale)+".toml") {
			raw, err := os.ReadFile(file)
			must(t, err)
			catalogue, err := locales.ParseCatalogue(raw)
			must(t, err)
			for key, m := range catalogue {
				texts[locale][m.Other] = string(locale) + " " + key
			}
		}
	}
	out := map[kyc.Locale]map[string]string{}
	for _, locale := range shipped {
		out[locale] = map[string]string{}
		own := strings.Join(slices.Collect(maps.Keys(texts[locale])), "\n")
		for other, theirs := range texts {
			for text, key := range theirs {
				long := len([]rune(text)) >= 12 || len([]rune(text)) >= 6 && text[0] > 127
				if other != locale && long && !strings.Contains(text, "{{") && !strings.Contains(own, text) {
					out[locale][text] = key
				}
			}
		}
		if len(out[locale]) < 1000 {
			t.Errorf("%s: only %d foreign sentences: the search is broken", locale, len(out[locale]))
		}
	}
	return out
}
