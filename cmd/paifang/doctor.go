package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/policies"
)

type doctorCommand struct{ Serving }

// Run examines everything that it can: a problem does not hide the others.
func (c *doctorCommand) Run(ctx context.Context, t terminal) error {
	d := &doctor{Serving: c.Serving, out: t.out}
	d.say("clock", checkClock(time.Now(), builtAt(debug.ReadBuildInfo())), "it is "+time.Now().UTC().Format(time.RFC3339))
	d.say("addresses", c.check(), "people come by "+c.baseURL())
	for _, warning := range c.warnings() {
		d.say("settings", errors.New(warning), "")
	}
	d.say("data folder", d.data(), c.Data+" is private and can be written")
	d.database(ctx)
	d.providers(ctx)
	if d.problems > 0 {
		return fmt.Errorf("%d problems found", d.problems)
	}
	return nil
}

// doctor writes one line for each thing it examines.
type doctor struct {
	Serving
	out      io.Writer
	problems int
	plans    map[string]rollout.Plan // what shall run, as the database says
}

func (d *doctor) say(what string, err error, fine string) {
	if err != nil {
		d.problems++
		fmt.Fprintf(d.out, "problem  %s: %v\n", what, err)
		return
	}
	fmt.Fprintf(d.out, "ok       %s: %s\n", what, fine)
}

// data wants the folder and what is at its top to be this user's alone.
func (d *doctor) data() error {
	info, err := os.Stat(d.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not there yet: paifang migrate makes it, or name another with --data (PAIFANG_DATA)", d.Data)
	}
	if err != nil {
		return err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o, others can look into it: chmod 700 %s", d.Data, perm, d.Data)
	}
	entries, err := os.ReadDir(d.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if perm := info.Mode().Perm(); perm&0o077 != 0 && info.Mode()&fs.ModeSymlink == 0 {
			return fmt.Errorf("%s has mode %04o: chmod -R go= %s", d.path(e.Name()), perm, d.Data)
		}
	}
	return tryWrite(d.Data)
}

// database looks at the database as it is and at the keys that it needs.
func (d *doctor) database(ctx context.Context) {
	if _, err := os.Stat(d.path("paifang.db")); d.DatabaseURL == "" && err != nil {
		d.say("database", fmt.Errorf("%w; paifang migrate makes it", err), "")
		return
	}
	s, err := d.connect(ctx)
	if err != nil {
		d.say("database", err, "")
		return
	}
	defer s.Close()
	schema, err := s.Schema(ctx)
	switch {
	case err != nil:
	case schema.Tables < schema.Needed || schema.Queue == 0:
		err = fmt.Errorf("it is at version %d and %d is needed: make a back-up and run paifang migrate", schema.Tables, schema.Needed)
	case schema.Tables > schema.Needed:
		err = fmt.Errorf("it is at version %d and this program knows %d: use the newer program", schema.Tables, schema.Needed)
	}
	d.say("database", err, fmt.Sprintf("answers, version %d", schema.Tables))
	if err == nil {
		d.walls(ctx, s)
		d.say("master key", d.keys(ctx, s), "opens the keys of every tenant")
		if d.plans, err = rollout.NewDesk(rollout.Config{Store: s, Platform: policies.OperatorTenant}).Plans(ctx); err != nil {
			d.say("versions", err, "")
		}
	}
}

// walls tells what keeps tenants apart on PostgreSQL, beside the statements.
func (d *doctor) walls(ctx context.Context, s *store.Store) {
	if d.DatabaseURL == "" {
		return
	}
	w, err := s.Walls(ctx)
	how := "the database keeps them apart; the program works as " + w.Role + ", which owns nothing"
	switch {
	case err != nil:
	case len(w.Missing) > 0:
		err = fmt.Errorf("no policy keeps them apart in %s: run paifang migrate as the owner of the tables", strings.Join(w.Missing, ", "))
	case w.Past:
		err = fmt.Errorf("row-level security does not hold against %s, a superuser or one with BYPASSRLS: run paifang migrate as the owner of the tables, which makes a role that owns nothing", w.Role)
	case w.Owner:
		how = "the database keeps them apart; the program works as " + w.Role + ", which owns the tables and could take the walls down: give it CREATEROLE and run paifang migrate"
	}
	d.say("tenants", err, how)
}

func (d *doctor) keys(ctx context.Context, s *store.Store) error {
	if path := d.masterKey(); !d.inKMS() {
		if _, err := os.Stat(path); err != nil {
			tenants, failed := s.Tenants(ctx, "", 1)
			switch {
			case failed != nil:
				return failed
			case len(tenants) > 0:
				return fmt.Errorf("%w; the database holds data sealed under it: put the key back", err)
			}
			return fmt.Errorf("%w; the first paifang serve or paifang tenant add makes it", err)
		}
	}
	master, err := openMaster(ctx, d.Storage, s)
	if err != nil {
		return err
	}
	shelf, err := vault.OpenShelf(ctx, d.keyStore(), evidence.OpenBlobs)
	if err != nil {
		return err
	}
	return tryKeys(ctx, d.Storage, s, vault.New(vault.Config{Master: master, Keys: s, Shelf: shelf, Clock: time.Now}), 0)
}

// checkClock refuses a clock that cannot be right: expiry and codes depend on it.
func checkClock(now, built time.Time) error {
	if now.Before(built) {
		return fmt.Errorf("it is %s, before this program was built (%s): set the clock", now.UTC().Format(time.RFC3339), built.UTC().Format(time.RFC3339))
	}
	if now.Year() > 2100 {
		return fmt.Errorf("it is %s: set the clock", now.UTC().Format(time.RFC3339))
	}
	return nil
}

// builtAt is the time of the commit, which a build from a plain folder lacks.
func builtAt(info *debug.BuildInfo, ok bool) time.Time {
	if ok {
		if at, err := time.Parse(time.RFC3339, stamp(info, "vcs.time")); err == nil {
			return at
		}
	}
	return time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
}
