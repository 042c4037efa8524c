package journeys

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// proceed presses "continue" after the human test, which a person without
// scripts does by the picture; what it says is known in development mode.
func (v *visitor) proceed() {
	v.t.Helper()
	const id = `document.querySelector("noscript input[name$='.id'], .human input[name$='.id']")`
	if !v.scripts && ask[bool](v, id+" !== null") {
		name := strings.TrimSuffix(ask[string](v, id+".name"), ".id")
		var answer struct{ Digits string }
		tenant := strings.Split(ask[string](v, "location.pathname"), "/")[2]
		v.request("GET", "/dev/human/"+ask[string](v, id+".value")+"?tenant="+tenant, "", nil, &answer)
		v.fill(name+".digits", answer.Digits)
	}
	v.press(v.T("apply.continue"))
}

// next is the next message to somebody.
func (v *visitor) next(to string) message {
	v.t.Helper()
	v.sent[to]++
	return v.newMessage(to, v.sent[to])
}

// enterCode types a code; with scripts a whole code is sent by itself.
func (v *visitor) enterCode(code string) {
	v.t.Helper()
	if v.scripts {
		v.leave(func() { v.fill("code", code) })
		return
	}
	v.fill("code", code)
	v.press(v.T("apply.continue"))
}

// date fills the three parts of a date.
func (v *visitor) date(name, date string) {
	v.t.Helper()
	for i, part := range strings.Split(date, "-") {
		v.fill(name+"."+[]string{"year", "month", "day"}[i], part)
	}
}

// country chooses the country of an address, which changes its parts.
func (v *visitor) country(name, code, part string) {
	v.t.Helper()
	if ask[string](v, `document.querySelector("[name="+CSS.escape(`+quoted(name)+`)+"]").value`) == code {
		return
	}
	v.choose(name, code)
	if !v.scripts {
		v.press(v.T("apply.change_country"))
	}
	v.awaits(`document.querySelector("[name="+CSS.escape(`+quoted(part)+`)+"]") !== null`, part+" does not appear")
}

// upload gives the picture of the n-th side that is asked on the page. With
// scripts it is sent at once and its progress told.
func (v *visitor) upload(n, seed int) {
	v.t.Helper()
	if v.scripts {
		id := v.fileID(n)
		ask[bool](v, `(() => {
window.told = [];
const form = document.getElementById(`+quoted(id)+`).form, p = form.querySelector(".progress p");
new MutationObserver(() => window.told.push(p.textContent)).observe(p, { childList: true });
return true;
})()`)
	}
	v.give(n, seed)
	if !v.scripts {
		v.leave(func() { v.click("document.getElementById(" + quoted(v.fileID(n)) + ").form.querySelector('button')") })
		v.reads(v.T("apply.photo.got"))
		return
	}
	v.awaits(`[...document.querySelectorAll(".side .got")].length > `+fmt.Sprint(n), "the photo is not received")
	if told := ask[[]string](v, "window.told"); len(told) == 0 {
		v.t.Error("nothing was told about the progress of the upload")
	}
	v.look()
}

func (v *visitor) fileID(n int) string {
	v.t.Helper()
	return ask[string](v, fmt.Sprintf(`document.querySelectorAll("[type=file]")[%d].id`, n))
}

// give chooses a picture for the n-th side.
func (v *visitor) give(n, seed int) {
	v.t.Helper()
	file := filepath.Join(v.t.TempDir(), "photo.jpg")
	must(v.t, os.WriteFile(file, picture(seed), 0o600))
	must(v.t, chromedp.Do(v.ctx, chromedp.SetUploadFiles(chromedp.CSS(`[id="`+v.fileID(n)+`"]`), []string{file})))
}

// uploadAndProceed goes on before the picture has arrived, over a slow line.
// With scripts the page waits for it by itself.
func (v *visitor) uploadAndProceed(seed int) {
	v.t.Helper()
	if !v.scripts {
		v.upload(0, seed)
		v.proceed()
		return
	}
	ask[bool](v, `(() => {
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (data) { setTimeout(() => send.call(this, data), 700); };
return true;
})()`)
	v.leave(func() {
		v.give(0, seed)
		// The page still moves under the preview: pressed wherever the button is.
		ask[bool](v, `(document.querySelector("#form .primary").click(), true)`)
		v.until(v.T("apply.photo.held"))
	})
}

// waited waits until the page has gone on by itself: by asking with scripts,
// by reloading without.
func (v *visitor) waited(words string) {
	v.t.Helper()
	if !v.scripts {
		if refresh := ask[string](v, `document.querySelector("meta[http-equiv=refresh]")?.content || ""`); refresh == "" && !strings.Contains(v.text(), words) {
			v.fatal("the page does not reload by itself")
		}
		for end := time.Now().Add(patience); !strings.Contains(v.text(), words); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(end) {
				v.fatal(fmt.Sprintf("%q did not come", words))
			}
			must(v.t, chromedp.Do(v.ctx, chromedp.Reload()))
		}
	}
	v.until(words)
	v.look()
}

// signIn signs in with a login name, looks at the account, and leaves.
func (v *visitor) signIn(tenant, login string) {
	v.t.Helper()
	v.open("/t/" + tenant + "/sign-in")
	v.fill("login", login)
	v.fill("password", "not "+password)
	v.press(v.T("apply.signin.go"))
	v.reads(v.T("apply.signin.refused"))
	v.fill("login", login)
	v.fill("password", password)
	v.press(v.T("apply.signin.go"))
	v.reads(v.T("apply.account.title"))
	v.press(v.T("apply.account.out"))
	v.open("/t/" + tenant + "/account")
	v.readsNot(v.T("apply.account.since"))
}

// residentID completes 17 digits to a number of GB 11643 (ISO 7064 MOD 11-2).
func residentID(digits string) string {
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return digits + string("10X98765432"[sum%11])
}

func TestResidentID(t *testing.T) {
	if got := residentID(specimenID[:17]); got != specimenID {
		t.Errorf("%s, want %s", got, specimenID)
	}
}
