package apply_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// browser starts a headless Chromium; the test is skipped without one.
func browser(t *testing.T) context.Context {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("no chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.WSURLReadTimeout(time.Minute), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// expose opens every page to everybody and names its path.
func expose(h *house) map[string]string {
	h.service.shown = map[kyc.ApplicationID]*pipeline.View{}
	h.service.link = pipeline.Link{State: "expired", To: "m•••@example.com"}
	paths := map[string]string{}
	for name, p := range everyPage() {
		if p.view != nil {
			h.service.shown[kyc.ApplicationID(name)] = p.view
			p.path = "/t/demo/applications/" + name + p.path[len(app):]
		}
		paths[name] = p.path
	}
	return paths
}

// TestNothingIsWiderThanAPhone opens every page 360 pixels wide, and takes
// pictures for people to look at when PAIFANG_PICTURES names a folder.
func TestNothingIsWiderThanAPhone(t *testing.T) {
	h := open(t)
	paths, base, ctx := expose(h), serve(t, h), browser(t)
	folder, only := os.Getenv("PAIFANG_PICTURES"), os.Getenv("PAIFANG_PICTURE")
	for name, path := range paths {
		if only != "" && !strings.Contains(","+only+",", ","+name+",") {
			continue
		}
		for _, shot := range []struct {
			kind, lang, scheme string
			width              int64
		}{{"wide", "en", "light", 1200}, {"phone", "zh-Hans", "light", 360}, {"rtl", "ar", "light", 360}, {"dark", "en", "dark", 360},
			{"hant", "zh-Hant", "light", 360}, {"fr", "fr", "light", 360}, {"ru", "ru", "light", 360}} {
			wide, err := open360(ctx, base+path+"?lang="+shot.lang, shot.width, shot.scheme)
			if err != nil {
				t.Fatal(name, err)
			}
			if wide > int(shot.width) {
				t.Errorf("%s %s: %d pixels", name, shot.kind, wide)
			}
			if folder == "" {
				continue
			}
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s.%s.jpg", name, shot.kind)), picture, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// open360 opens a page and tells how wide its content is.
func open360(ctx context.Context, url string, width int64, scheme string) (int, error) {
	dark := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 780), dark, chromedp.Navigate(url)); err != nil {
		return 0, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
}

// TestScriptsDoTheHumanTest lets a browser solve a puzzle whose answer we know.
func TestScriptsDoTheHumanTest(t *testing.T) {
	h := open(t)
	paths, base, ctx := expose(h), serve(t, h), browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(base+paths["first"]+"?lang=en")); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		solution, err := chromedp.Run(ctx, chromedp.Evaluate[string](`atob(document.querySelector("[name=human]").value)`))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(solution, `"number":4711`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("solution %q", solution)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if shown, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!document.querySelector(".human img")`)); err != nil || shown {
		t.Errorf("the picture is shown although scripts work: %v", err)
	}
}
