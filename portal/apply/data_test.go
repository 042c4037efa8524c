package apply_test

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
)

func (sessions) Holder(_ context.Context, t kyc.TenantID, _ string) (kyc.Account, error) {
	return kyc.Account{Tenant: t, ID: "a1", Applicant: "p1"}, nil
}

func (s sessions) Proved(ctx context.Context, t kyc.TenantID, token string) (kyc.Account, error) {
	if strings.HasSuffix(token, "stale") {
		return kyc.Account{}, kyc.EKey(kyc.Forbidden, "error.reauthentication_required", "too long ago")
	}
	return s.Holder(ctx, t, token)
}

// asked is what somebody asked, in memory.
type asked struct {
	own   person.Own
	often bool
}

func (a *asked) Own(context.Context, kyc.TenantID, kyc.AccountID) (person.Own, error) {
	own := a.own
	own.Wait, own.Keep = 72*time.Hour, 1826
	return own, nil
}

func (a *asked) AskExport(context.Context, kyc.Account, string) (kyc.Export, error) {
	if a.often {
		return kyc.Export{}, kyc.EKey(kyc.Limited, "error.budget", "three times today")
	}
	a.own.Latest, a.often = kyc.Export{ID: "x1", State: kyc.ExportMaking, Done: 1, Total: 3}, true
	return a.own.Latest, nil
}

func (a *asked) OpenExport(_ context.Context, _ kyc.Account, id string) (io.ReadCloser, kyc.Export, error) {
	if id != "x1" {
		return nil, kyc.Export{}, kyc.EKey(kyc.Gone, "error.export_gone", "late")
	}
	return io.NopCloser(strings.NewReader("PK archive")), kyc.Export{Size: 10}, nil
}

func (a *asked) AskOwn(context.Context, kyc.Account, string) error {
	a.own.Erasure, a.own.Due = kyc.Erasure{State: kyc.ErasureAsked, Asked: kyc.At(noon)}, kyc.At(noon.AddDate(0, 0, 30))
	return nil
}

func (a *asked) Undo(context.Context, kyc.Account, string) error {
	if a.own.Erasure.State != kyc.ErasureAsked {
		return kyc.EKey(kyc.Conflict, "error.erase_not_asked", "nothing was asked")
	}
	a.own.Erasure.State = kyc.ErasureUndone
	return nil
}

// TestOwnData: whoever is signed in and has just shown who they are asks for a copy,
// watches it being made and takes it; asks to be erased, and takes that back.
func TestOwnData(t *testing.T) {
	h := open(t)
	const base = "/t/demo/account/data"
	if res, _ := h.get(t, base); res.Header.Get("Location") != "/t/demo/sign-in" {
		t.Error("the page is open")
	}
	h.cookies += "; pf_session=st.demo.x"
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		want   string // in the page, or where it leads
	}{
		{"/undo", nil, 409, "Nobody asks for this erasure"},
		{"/erasure", nil, 400, "Tick the box"},
		{"/export", nil, 303, base + "?done=export"},
		{"/export", nil, 429, `role="alert"`},
		{"/erasure", url.Values{"sure": {"yes"}}, 303, base + "?done=erasure"},
		{"/undo", nil, 303, base + "?done=undo"},
		{"/confirm", url.Values{"password": {"wrong"}}, 403, `role="alert"`},
		{"/confirm", url.Values{"password": {"right"}}, 303, base + "?done=confirmed"},
	} {
		res, body := h.post(t, base+c.path, c.form)
		if res.StatusCode != c.status || c.status == 303 && res.Header.Get("Location") != c.want || c.status != 303 && !strings.Contains(body, c.want) {
			t.Errorf("%s %v: %d %s", c.path, c.form, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if _, body := h.get(t, base); !strings.Contains(body, `data-state="making 1"`) || !strings.Contains(body, "1 of 3 files") || strings.Contains(body, base+"/export\"") {
		t.Error("the page does not say how far the copy is")
	}
	if _, body := h.get(t, base+"/state"); !strings.Contains(body, `"making 1"`) {
		t.Errorf("its state is %s", body)
	}
	if res, body := h.get(t, base+"/exports/x1"); res.StatusCode != 200 || body != "PK archive" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the copy: %d %v", res.StatusCode, res.Header)
	}
	if res, body := h.get(t, base+"/exports/x2"); res.StatusCode != 410 || !strings.Contains(body, "Ask for a new one") {
		t.Errorf("a copy whose time is over: %d", res.StatusCode)
	}
	h = open(t)
	h.cookies += "; pf_session=st.demo.stale"
	for _, path := range []string{"/export", "/erasure"} {
		if res, _ := h.post(t, base+path, url.Values{"sure": {"yes"}}); res.Header.Get("Location") != base+"#confirm" {
			t.Errorf("%s without a fresh proof: %d", path, res.StatusCode)
		}
	}
	if res, _ := h.get(t, base+"/exports/x1"); res.Header.Get("Location") != base+"#confirm" {
		t.Error("the copy is given out without a fresh proof")
	}
}

// TestOwnDataStates looks at the page as everything stands, in all languages.
func TestOwnDataStates(t *testing.T) {
	at := kyc.At(noon)
	for name, own := range dataStates(at) {
		for _, session := range []string{"x", "stale"} {
			h := openWith(t, &asked{own: own})
			h.cookies += "; pf_session=st.demo." + session
			for _, lang := range []string{"en", "zh-Hans", "ar", "fr", "ru", "zh-Hant"} {
				res, body := h.get(t, "/t/demo/account/data?lang="+lang)
				if res.StatusCode != 200 {
					t.Fatalf("%s: %d", name, res.StatusCode)
				}
				examine(t, body, lang)
			}
		}
	}
}

// dataStates are what the page has to show.
func dataStates(at kyc.Millis) map[string]person.Own {
	erasure := func(e kyc.Erasure) person.Own {
		e.Asked = at
		return person.Own{Standing: person.Standing{Erasure: e, Due: at}}
	}
	money := person.Own{Standing: person.Standing{Against: "error.erase_balance"}, Money: []kyc.Balance{{Currency: "CNY", Minor: 12345}},
		Latest: kyc.Export{ID: "x1", State: kyc.ExportReady, Size: 3 << 20, Expires: at}}
	return map[string]person.Own{
		"nothing": {}, "money": money,
		"failed":   {Latest: kyc.Export{ID: "x1", State: kyc.ExportFailed}},
		"expired":  {Latest: kyc.Export{ID: "x1", State: kyc.ExportExpired}},
		"asked":    erasure(kyc.Erasure{State: kyc.ErasureAsked}),
		"granted":  erasure(kyc.Erasure{State: kyc.ErasureGranted, Due: at}),
		"refused":  erasure(kyc.Erasure{State: kyc.ErasureRefused, Reason: person.RefusedRetention, Until: at}),
		"identity": erasure(kyc.Erasure{State: kyc.ErasureRefused, Reason: person.RefusedIdentity}),
		"undone":   erasure(kyc.Erasure{State: kyc.ErasureUndone}),
		"proposed": erasure(kyc.Erasure{State: kyc.ErasureProposed}),
	}
}

// TestOwnDataFitsAPhone opens the page 360 pixels wide as it is longest, and takes
// pictures for people to look at when PAIFANG_PICTURES names a folder.
func TestOwnDataFitsAPhone(t *testing.T) {
	ctx, folder, states := browser(t), os.Getenv("PAIFANG_PICTURES"), dataStates(kyc.At(noon))
	making := states["refused"]
	making.Latest = kyc.Export{ID: "x1", State: kyc.ExportMaking, Done: 1, Total: 3}
	states["refused"] = making
	for name, lang := range map[string]string{"money": "ar", "refused": "en", "granted": "zh-Hans"} {
		base := serve(t, openWith(t, &asked{own: states[name]}))
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/t/demo/sign-in")); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.cookie = "pf_session=st.demo.x; path=/"`)); err != nil {
			t.Fatal(err)
		}
		scheme := map[bool]string{true: "dark", false: "light"}[lang == "en"]
		wide, err := open360(ctx, base+"/t/demo/account/data?lang="+lang, 360, scheme)
		if err != nil || wide > 360 {
			t.Errorf("%s %s: %d pixels, %v", name, lang, wide, err)
		}
		if folder == "" {
			continue
		}
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "data-"+name+"."+lang+".jpg"), picture, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
