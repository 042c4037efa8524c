package apply_test

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

const handOverLink = "https://pay.example/t/demo/r/" + handOverToken

// TestEveryOpenPageCanBeTakenElsewhere, and a page of what has ended cannot.
func TestEveryOpenPageCanBeTakenElsewhere(t *testing.T) {
	for name, p := range everyPage() {
		if p.view == nil || p.path != app {
			continue
		}
		h := open(t)
		h.service.view = *p.view
		_, body := h.get(t, app)
		if has := strings.Contains(body, `method="post" action="`+app+`/handover"`); has == p.view.State.Final() {
			t.Errorf("%s (%s): can be taken elsewhere: %v", name, p.view.State, has)
		}
	}
}

func TestHandOverShowsLinkAndCodeOnce(t *testing.T) {
	for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
		h := open(t)
		res, body := h.post(t, app+"/handover?lang="+lang, nil)
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
		examine(t, body, lang)
		for _, want := range []string{">" + handOverLink + "<", ">0427<"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s", lang, want)
			}
		}
		sameModules(t, body, handOverLink)
		// As a word: requests have numbers of their own, with any four digits in them one day.
		code := regexp.MustCompile(`\b0427\b`)
		if _, body := h.get(t, app+"/handover"); strings.Contains(body, handOverToken) || code.MatchString(body) {
			t.Error("loading the page again shows it again")
		}
		if log := h.log.String(); strings.Contains(log, handOverToken) || code.MatchString(log) {
			t.Error("the log knows the link or the code")
		}
	}
	h := open(t)
	h.service.view = *closedView(kyc.Withdrawn)
	if res, _ := h.get(t, app+"/handover"); res.StatusCode != 303 || res.Header.Get("Location") != app {
		t.Errorf("of what has ended: %d", res.StatusCode)
	}
}

var (
	square = regexp.MustCompile(`<svg class="qr" viewBox="0 0 (\d+) (\d+)" role="img" aria-label="[^"]+"><path d="([^"]+)"`)
	run    = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
)

// sameModules compares what is drawn with the code of the text, module by module.
func sameModules(t *testing.T, body, text string) {
	t.Helper()
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	m := square.FindStringSubmatch(body)
	if m == nil || m[1] != strconv.Itoa(want.Size+8) || m[1] != m[2] {
		t.Fatalf("no QR code with a margin of four around %d modules", want.Size)
	}
	black := map[[2]int]bool{}
	for _, r := range run.FindAllStringSubmatch(m[3], -1) {
		x, _ := strconv.Atoi(r[1])
		y, _ := strconv.Atoi(r[2])
		n, _ := strconv.Atoi(r[3])
		for i := range n {
			black[[2]int{x + i, y}] = true
		}
	}
	for y := -4; y < want.Size+4; y++ {
		for x := -4; x < want.Size+4; x++ {
			if black[[2]int{x + 4, y + 4}] != want.Black(x, y) {
				t.Fatalf("module %d,%d is wrong", x, y)
			}
		}
	}
}

func TestTakeOverNeedsTheCode(t *testing.T) {
	h := open(t)
	h.service.link = pipeline.Link{State: "ready", Locale: "ar"}
	const path = "/t/demo/r/" + handOverToken
	h.cookies = ""
	if _, body := h.get(t, path); !strings.Contains(body, `<html lang="ar"`) || len(h.service.calls) > 0 {
		t.Errorf("the page does not speak the application's language, or changes something: %v", h.service.calls)
	}
	res, body := h.post(t, path+"?lang=en", url.Values{"code": {"1111"}})
	if res.StatusCode != 422 || !strings.Contains(body, "Tries left: 2.") || !strings.Contains(body, "<title>Error: ") || strings.Contains(h.cookies, "pf_app") {
		t.Errorf("a wrong code: %d, cookies %s", res.StatusCode, h.cookies)
	}
	examine(t, body, "en")
	res, _ = h.post(t, path, url.Values{"code": {"0427"}})
	if res.StatusCode != 303 || res.Header.Get("Location") != app || !strings.Contains(h.cookies, "pf_app="+token) {
		t.Errorf("the right code: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	for _, key := range []string{"error.handover_used", "error.handover_expired"} {
		h.service.err = kyc.EKey(kyc.Gone, key, "over")
		if res, _ := h.post(t, path, url.Values{"code": {"0427"}}); res.StatusCode != 303 || res.Header.Get("Location") != path {
			t.Errorf("%s: %d %s", key, res.StatusCode, res.Header.Get("Location"))
		}
	}
}
