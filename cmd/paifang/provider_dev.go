package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

// quick are the cases that a program must pass at every save: those that take a
// moment and find most mistakes.
const quick = "describe.,flow.,catalogue.,config.,vectors.,answer."

const (
	lookEvery = 400 * time.Millisecond // at the files
	takesOver = 15 * time.Second       // at most, until a program that was built answers
)

type providerDev struct {
	demoCommand
	Dir      string  `arg:"" default:"." type:"existingdir" help:"The provider's folder, as paifang provider new makes it."`
	Name     string  `help:"Its id. Default: the folder's name." placeholder:"NAME"`
	Build    string  `default:"make build" help:"What builds it, run in the folder."`
	Program  string  `help:"The program that this makes, below the folder. Default: bin/NAME." placeholder:"FILE"`
	Vectors  string  `help:"Golden vectors, below the folder. Default: vectors, when it is there." placeholder:"PATH"`
	Patience float64 `help:"Multiply all time limits, on a busy machine." default:"1"`

	offered  bool
	answered bool // some program that was saved did
}

// Run opens a demo with the provider in it, and builds, judges and swaps it in
// whenever a file is saved. What does not build or pass changes nothing.
func (c *providerDev) Run(ctx context.Context, log *slog.Logger, t terminal) error {
	if err := c.fill(); err != nil {
		return err
	}
	w := &workbench{name: c.Name, dir: c.path("bench")}
	g, password, err := c.open(ctx, log, w)
	if err != nil {
		return err
	}
	c.greet(t, password)
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(ctx, t, g, w)
	}()
	err = g.serve(ctx)
	cancel()
	<-watched
	return err
}

func (c *providerDev) fill() (err error) {
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return err
	}
	if c.Name == "" {
		c.Name = filepath.Base(c.Dir)
	}
	if _, err := kyc.ParseMarketID(c.Name); err != nil {
		return fmt.Errorf("%q is no id of a provider: name it with --name", c.Name)
	}
	if c.Program == "" {
		c.Program = filepath.Join("bin", c.Name)
	}
	if c.Vectors == "" {
		if _, err := os.Stat(filepath.Join(c.Dir, "vectors")); err == nil {
			c.Vectors = "vectors"
		}
	}
	return nil
}

// watch goes round until ctx is done: once at the start, and whenever the files
// are others than they were.
func (c *providerDev) watch(ctx context.Context, t terminal, g *gateway, w *workbench) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var done, seen string
	for {
		now := c.look()
		if now != done && now == seen { // nobody is in the midst of saving
			done = now
			c.turn(ctx, t, g, w)
		}
		seen = now
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look is a digest of the names, sizes and times of the sources.
func (c *providerDev) look() string {
	sum := sha256.New()
	_ = filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == c.Dir {
			return nil //nolint:nilerr // what is gone is not there
		}
		name := d.Name()
		if made := name == "bin" || name == "node_modules" || name == filepath.Base(c.Data); d.IsDir() && (made || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			fmt.Fprintln(sum, path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return string(sum.Sum(nil))
}

// turn builds, judges and puts the program in force, and says how it went.
func (c *providerDev) turn(ctx context.Context, t terminal, g *gateway, w *workbench) {
	began := time.Now()
	says, err := c.swap(ctx, t, g, w)
	at := time.Now().Format(time.TimeOnly)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		fmt.Fprintf(t.out, "%s  %s: %v. %s\n", at, c.Name, err, c.onward())
	default:
		c.answered = true
		fmt.Fprintf(t.out, "%s  %s %s answers now, %.1f s after the save.\n", at, c.Name, says, time.Since(began).Seconds())
	}
}

// onward says how it goes on after a save that is not taken.
func (c *providerDev) onward() string {
	if c.answered {
		return "What answered before goes on. Mend it and save: that is seen at once."
	}
	return "Nothing that was saved answers yet, and the demo goes on without it. Mend what is said above and save: that is seen at once."
}

func (c *providerDev) swap(ctx context.Context, t terminal, g *gateway, w *workbench) (says string, err error) {
	build := exec.CommandContext(ctx, "sh", "-c", c.Build) //nolint:gosec // the author's own command
	build.Dir, build.Stdout, build.Stderr, build.WaitDelay = c.Dir, t.talk, t.talk, time.Second
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("it does not build (%w)", err)
	}
	program := filepath.Join(c.Dir, c.Program)
	report, err := c.judge(ctx, program)
	if err != nil {
		return "", err
	}
	if failed := report.Failed(); len(failed) > 0 {
		report.Text(t.out)
		return "", fmt.Errorf("%d of %d cases failed", len(failed), len(report.Results))
	}
	if report.Provider != c.Name {
		return "", fmt.Errorf("it says that it is %s: name it with --name %s", report.Provider, report.Provider)
	}
	before := w.pid(g.host.Status())
	if err := w.put(program, report.Version); err != nil {
		return "", err
	}
	plans, err := g.desk.Plans(ctx)
	if err != nil {
		return "", err
	}
	g.runner.Apply(plans)
	if says, err = w.await(ctx, g.host, before); err != nil {
		return "", err
	}
	return says, c.offer(ctx, t, g, report)
}

func (c *providerDev) judge(ctx context.Context, program string) (conformance.Report, error) {
	o := conformance.Options{Program: program, Only: quick, Patience: c.Patience, Judge: host.Judge}
	if c.Vectors != "" {
		o.Vectors = filepath.Join(c.Dir, c.Vectors)
	}
	settings, err := c.configuration()
	if err != nil {
		return conformance.Report{}, err
	}
	o.Config = settings[c.Name]
	return conformance.Run(ctx, o), ctx.Err()
}

// await waits until the program that was put on the bench answers.
func (w *workbench) await(ctx context.Context, h *host.Host, before int) (says string, err error) {
	ctx, cancel := context.WithTimeout(ctx, takesOver)
	defer cancel()
	for {
		says, done, err := w.answers(h.Status(), before)
		if done {
			return says, err
		}
		select {
		case <-ctx.Done():
			return "", errors.New("it does not come up in time")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// offer opens the market for the demo's tenant the first time that it answers.
func (c *providerDev) offer(ctx context.Context, t terminal, g *gateway, report conformance.Report) error {
	if !strings.Contains(strings.Join(report.Kinds, " "), "market") || c.offered {
		return nil
	}
	err := g.house.office.SetMarket(ctx, demoTenant, kyc.MarketID(c.Name), true)
	if c.offered = err == nil; c.offered {
		fmt.Fprintf(t.out, "Register there: %s/t/%s\n", c.baseURL(), demoTenant)
	}
	return err
}
