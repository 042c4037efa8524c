package journeys

import (
	"context"
	"os/exec"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/locales"
)

// TestBrowser walks the journeys through the pages of a real browser.
func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	s := newServer(t, "")
	for _, journey := range []struct {
		name string
		walk func(*testing.T, *browser, *server)
	}{
		{"M1", browserMainland},
		{"M2 M5", browserEmail},
		{"O1 R1", browserOverseas},
		{"O1 by identity card", browserCard},
		{"O3 another contact", browserInstead},
		{"X1", browserCrossborder},
		{"X1 company", browserCompany},
		{"not eligible", browserIneligible},
		{"second tenant", browserHarbor},
		{"M1 without scripts", plainMainland},
		{"M2 without scripts", plainEmail},
		{"O1 without scripts", plainOverseas},
		{"O3 another contact without scripts", plainInstead},
		{"X1 without scripts", plainCrossborder},
		{"X1 company without scripts", plainCompany},
	} {
		t.Run(journey.name, func(t *testing.T) {
			s.t = t
			journey.walk(t, b, s)
		})
	}
	t.Run("M1 on PostgreSQL", func(t *testing.T) { browserMainland(t, b, newServer(t, storetest.PostgresURL(t))) })
	s.t = t
}

// browser is a running Chromium.
type browser struct {
	ctx   context.Context
	words *locales.Bundle
}

// newBrowser starts Chromium; without it the journeys cannot be tested, which
// is a failure and not a reason to skip.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("the journeys need Chromium (Debian package chromium) in the PATH: %v", err)
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-prefers-reduced-motion", true)}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	must(t, chromedp.Do(ctx))
	words, err := locales.Load()
	must(t, err)
	return &browser{ctx: ctx, words: words}
}

// visitor is somebody in front of a browser of their own, on a phone unless
// they are staff.
type visitor struct {
	*server
	*locales.Printer
	ctx     context.Context
	locale  string
	scripts bool
	wide    bool
	area    string // of screenshots
	sent    map[string]int
	faults  chan string
	pages   int
}

// visit opens a browser for somebody who asks for a language.
func (b *browser) visit(s *server, area, locale string, scripts bool) *visitor {
	s.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	s.t.Cleanup(cancel)
	v := &visitor{server: s, Printer: b.words.Printer(localeOf(locale)), ctx: ctx, locale: locale, scripts: scripts, area: area,
		sent: map[string]int{}, faults: make(chan string, 100)}
	must(s.t, chromedp.Listen(ctx, v.hear))
	_, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": locale}})
	must(s.t, err)
	_, err = chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
	must(s.t, err)
	v.screen(narrow, 800)
	return v
}

// hear collects what the browser complains about: scripts that fail, broken
// resources, and what the content security policy refuses.
func (v *visitor) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			fault += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			fault = "console: " + string(e.Type)
		}
	case *log.EventEntryAdded:
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !refusedForm(e.Entry) {
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if fault != "" {
		select {
		case v.faults <- fault:
		default:
		}
	}
}
