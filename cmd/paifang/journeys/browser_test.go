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

// TestBrowser walks the journeys through the pages of a real browser. Languages and
// databases take turns, so that each is walked in without walking all in each.
func TestBrowser(t *testing.T) {
	t.Setenv("PAIFANG_RECOVERY_WAIT", "1s")
	b := newBrowser(t)
	s := [...]*server{onSQLite: newServer(t, ""), onPostgres: newServer(t, storetest.PostgresURL(t))}
	walks := []struct {
		name, locale string
		on           database
		walk         func(t *testing.T, b *browser, s *server, locale string)
	}{
		{"M1", "zh-Hans", onPostgres, browserMainland},
		{"M2 M5", "fr", onPostgres, browserEmail},
		{"M5 foreign passport", "ru", onPostgres, browserPassport},
		{"M5 old permanent resident card", "en", onSQLite, browserOldCard},
		{"M5 permits", "zh-Hant", onSQLite, browserPermits},
		{"O1 R1", "ar", onSQLite, browserOverseas},
		{"O1 by identity card", "ar", onSQLite, browserCard},
		{"O3 another contact", "fr", onSQLite, browserInstead},
		{"resumed on a phone", "ar", onPostgres, browserHandOver},
		{"X1", "zh-Hans", onSQLite, browserCrossborder},
		{"X1 company", "zh-Hant", onPostgres, browserCompany},
		{"not eligible", "en", onSQLite, browserIneligible},
		{"second tenant", "ar", onSQLite, browserHarbor},
		{"recovery", "fr", onPostgres, browserRecovery},
		{"settings of a market", "ar", onSQLite, browserSettings},
		{"M1 without scripts", "zh-Hans", onSQLite, plainMainland},
		{"M2 without scripts", "ru", onSQLite, plainEmail},
		{"O1 without scripts", "ar", onPostgres, plainOverseas},
		{"O3 another contact without scripts", "ru", onPostgres, plainInstead},
		{"X1 without scripts", "zh-Hant", onSQLite, plainCrossborder},
		{"X1 company without scripts", "en", onSQLite, plainCompany},
	}
	for _, w := range walks {
		t.Run(w.name+" in "+w.locale+" on "+w.on.String(), func(t *testing.T) {
			s[w.on].t = t
			w.walk(t, b, s[w.on], w.locale)
		})
	}
	s[onSQLite].t, s[onPostgres].t = t, t
}

// database is one of the two.
type database int

const (
	onSQLite database = iota
	onPostgres
)

func (d database) String() string { return [...]string{"SQLite", "PostgreSQL"}[d] }

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
		chromedp.WSURLReadTimeout(patience), chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
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
