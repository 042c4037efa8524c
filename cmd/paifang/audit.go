package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

type auditCommand struct {
	Export     auditExport     `cmd:"" help:"Write the whole sealed record of a tenant into one file that is verified without server or database."`
	Verify     auditVerify     `cmd:"" help:"Verify such a file, or the record in the database. Exits with 0 when it is whole, 2 when it is not, 1 when that could not be told."`
	Checkpoint auditCheckpoint `cmd:"" help:"Print the newest signed checkpoint. Keep it elsewhere: with it verify finds out when history is changed or cut off behind it."`
	Key        auditKey        `cmd:"" help:"Print the keys that sign, or have signed, the record, for auditors to pin."`
	Rotate     auditRotate     `cmd:"" help:"Let a new key sign the record from now on; the last checkpoint of the old one names it and is signed by both."`
	Seal       auditSeal       `cmd:"" help:"Seal the lines that wait, where no server runs that does."`
}

// verdict is an error with an exit code of its own.
type verdict struct {
	error
	code int
}

func (v verdict) ExitCode() int { return v.code }
func (v verdict) Unwrap() error { return v.error }

// notWhole is the exit code for a record that is not whole.
const notWhole = 2

// reading opens the database as it is and only reads it: neither the server nor
// the master key is needed.
func reading(ctx context.Context, c Storage, do func(s *store.Store) error) error {
	if err := c.founded(); err != nil {
		return err
	}
	s, err := c.connect(ctx)
	if err != nil {
		return err
	}
	err = s.Ready(ctx)
	if err == nil {
		err = do(s)
	}
	return errors.Join(err, s.Close())
}

// founded is nil when there is an installation: a command that only reads, or
// changes what is there, founds none in a folder that was named by mistake.
func (s Storage) founded() error {
	if s.DatabaseURL != "" {
		return nil
	}
	if _, err := os.Stat(s.path("paifang.db")); err != nil {
		return fmt.Errorf("there is no database: %w; name its folder with --data (PAIFANG_DATA)", err)
	}
	return nil
}

// ofTenant is part of every command about one record.
type ofTenant struct {
	Storage
	Tenant string `required:"" help:"Tenant." placeholder:"TENANT"`
}

// reading is reading for a tenant that there is.
func (c ofTenant) reading(ctx context.Context, do func(s *store.Store, id kyc.TenantID) error) error {
	return reading(ctx, c.Storage, func(s *store.Store) error {
		if _, err := s.Tenant(ctx, kyc.TenantID(c.Tenant)); err != nil {
			if kyc.CodeOf(err) == kyc.NotFound {
				return fmt.Errorf("there is no tenant %q: see paifang tenant list", c.Tenant)
			}
			return err
		}
		return do(s, kyc.TenantID(c.Tenant))
	})
}

type auditExport struct {
	ofTenant
	Out string `required:"" help:"File to write, which must not exist; - for standard output." placeholder:"FILE"`
}

func (c *auditExport) Run(ctx context.Context, t terminal) error {
	return c.reading(ctx, func(s *store.Store, id kyc.TenantID) error {
		p := progress{to: t.talk}
		log, err := into(c.Out, t.out, func(w io.Writer) (kyc.AuditLog, error) {
			return trail.Export(ctx, s, id, w, func(done, total int64) { p.tell("written", done, total) })
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(t.talk, "%s are exported. Verify them with: paifang audit verify %s\n", count(log.Size, "line"), c.Out)
		return waiting(ctx, s, id, t.talk)
	})
}

// into lets write fill a new file, which is there only when it is whole.
func into(path string, standard io.Writer, write func(io.Writer) (kyc.AuditLog, error)) (kyc.AuditLog, error) {
	if path == "-" {
		return write(standard)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return kyc.AuditLog{}, errors.Join(fmt.Errorf("%s is there already: name another file with --out", path), err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".audit-*.part")
	if err != nil {
		return kyc.AuditLog{}, err
	}
	defer os.Remove(f.Name())
	log, err := write(f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // unlike a rename it replaces nothing
	}
	return log, err
}

type auditVerify struct {
	Storage
	Bundle     string   `arg:"" optional:"" help:"File that paifang audit export wrote; - for standard input."`
	Tenant     string   `help:"Verify the record of this tenant in the database instead." placeholder:"TENANT"`
	Key        []string `help:"Verifier key that must be one of those that sign the record, got another way than with the bundle; @FILE for keys in a file." sep:"none" placeholder:"KEY"`
	Checkpoint []string `help:"File with a checkpoint that was kept earlier: the record must still begin with what it was signed of. Can be given several times." sep:"none" type:"existingfile" placeholder:"FILE"`
}

func (c *auditVerify) Run(ctx context.Context, t terminal) error {
	if (c.Bundle == "") == (c.Tenant == "") {
		return errors.New("name either a bundle to verify or, with --tenant, a record in the database")
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	p := progress{to: t.talk}
	o.Progress = func(lines int64) { p.tell("read", lines, 0) }
	var report trail.Report
	if c.Bundle != "" {
		report, err = verifyFile(c.Bundle, t.in, o)
	} else {
		in := ofTenant{c.Storage, c.Tenant}
		err = in.reading(ctx, func(s *store.Store, id kyc.TenantID) (err error) {
			if report, err = trail.VerifyStored(ctx, s, id, o); err == nil {
				err = waiting(ctx, s, id, t.talk)
			}
			return err
		})
	}
	var broken *trail.Broken
	if errors.As(err, &broken) {
		return verdict{fmt.Errorf("THE RECORD IS NOT WHOLE: %w", broken), notWhole}
	}
	if err == nil {
		say(t, report, o)
	}
	return err
}

func (c *auditVerify) options() (trail.Options, error) {
	var o trail.Options
	for _, given := range c.Key {
		texts := []string{given}
		if name, is := strings.CutPrefix(given, "@"); is {
			raw, err := os.ReadFile(name)
			if err != nil {
				return o, fmt.Errorf("--key: %w", err)
			}
			texts = strings.Fields(string(raw))
		}
		for _, text := range texts {
			key, err := trail.ParseKey(text)
			if err != nil {
				return o, fmt.Errorf("--key: %.80q %w, as paifang audit key prints it", text, err)
			}
			o.Keys = append(o.Keys, key)
		}
	}
	for _, name := range c.Checkpoint {
		raw, err := os.ReadFile(name)
		if err == nil {
			_, err = trail.Peek(string(raw))
		}
		if err != nil {
			return o, fmt.Errorf("--checkpoint %s: %w", name, err)
		}
		o.Known = append(o.Known, string(raw))
	}
	return o, nil
}

func verifyFile(path string, standard io.Reader, o trail.Options) (trail.Report, error) {
	if path == "-" {
		return trail.Verify(standard, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return trail.Report{}, err
	}
	defer f.Close()
	return trail.Verify(f, o)
}

// say tells what was verified.
func say(t terminal, r trail.Report, o trail.Options) {
	const clock = "2006-01-02T15:04:05Z"
	fmt.Fprintf(t.out, "whole        %s of tenant %s, from %s to %s\n", count(r.Lines, "line"), r.Tenant, r.First.Time().Format(clock), r.Last.Time().Format(clock))
	fmt.Fprintf(t.out, "log          %s\n", r.Newest.Origin)
	fmt.Fprintf(t.out, "checkpoints  %d, the newest signed at %s with root %s\n", r.Checkpoints, r.Newest.At.Time().Format(clock), r.Newest.Root)
	for _, k := range r.Keys {
		fmt.Fprintf(t.out, "key          %s\n", k.Text)
	}
	if r.Known > 0 {
		fmt.Fprintf(t.out, "continues    %s, kept earlier\n", count(int64(r.Known), "checkpoint"))
	}
	if len(o.Keys) == 0 {
		fmt.Fprintln(t.talk, "No key was given: the record was checked against the keys that it names itself. Compare them with those you got another way, or give one with --key.")
	}
	if r.Known == 0 {
		fmt.Fprintln(t.talk, "No checkpoint was given: that lines were cut off at the end, or that others were shown another history, cannot be told. Keep one (paifang audit checkpoint) for the next time.")
	}
}

// waiting tells of lines that are in no checkpoint yet.
func waiting(ctx context.Context, s *store.Store, id kyc.TenantID, to io.Writer) error {
	lines, err := s.UnsealedLines(ctx, id, 1)
	if err == nil && len(lines) > 0 {
		fmt.Fprintf(to, "Lines since %s wait to be sealed: a server that runs does it within seconds, paifang audit seal at once.\n",
			lines[0].At.Time().Format("2006-01-02T15:04:05Z"))
	}
	return err
}

// progress tells now and then how far a long work is.
type progress struct {
	to   io.Writer
	told int64
}

func (p *progress) tell(what string, done, total int64) {
	const every = 100_000
	if done < p.told+every {
		return
	}
	p.told = done - done%every
	if total > 0 {
		fmt.Fprintf(p.to, "%d of %d lines %s\n", done, total, what)
		return
	}
	fmt.Fprintf(p.to, "%d lines %s\n", done, what)
}

type auditCheckpoint struct{ ofTenant }

func (c *auditCheckpoint) Run(ctx context.Context, t terminal) error {
	return c.reading(ctx, func(s *store.Store, id kyc.TenantID) error {
		log, err := trail.Head(ctx, s, id)
		if err == nil {
			_, err = io.WriteString(t.out, log.Checkpoint)
		}
		return err
	})
}

type auditKey struct{ ofTenant }

func (c *auditKey) Run(ctx context.Context, t terminal) error {
	return c.reading(ctx, func(s *store.Store, id kyc.TenantID) error {
		keys, err := s.AuditKeys(ctx, id)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("the record of %s has no key yet: it gets one when it is first sealed", id)
		}
		for _, k := range keys {
			fmt.Fprintln(t.out, k.Verifier)
		}
		return nil
	})
}

type auditRotate struct{ ofTenant }

func (c *auditRotate) Run(ctx context.Context, t terminal) error {
	return with(ctx, c.Storage, func(h *house) error {
		if err := h.office.Known(ctx, kyc.TenantID(c.Tenant)); err != nil {
			return err
		}
		key, err := h.sealer.Rotate(ctx, kyc.TenantID(c.Tenant), audit.System("office"))
		if err == nil {
			fmt.Fprintln(t.out, key.Verifier)
		}
		return err
	})
}

type auditSeal struct{ ofTenant }

func (c *auditSeal) Run(ctx context.Context) error {
	return with(ctx, c.Storage, func(h *house) error {
		if err := h.office.Known(ctx, kyc.TenantID(c.Tenant)); err != nil {
			return err
		}
		return h.sealer.Seal(ctx, kyc.TenantID(c.Tenant))
	})
}
