package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

// providerPlace is what the commands about providers of an installation need.
type providerPlace struct {
	Storage
	Installed
	Providers string `help:"Folder of the provider programs that came with the gateway. Default: providers beside this program." env:"PAIFANG_PROVIDERS" placeholder:"DIR"`
	Settings  string `help:"JSON file with the configuration of providers by name." env:"PAIFANG_SETTINGS" placeholder:"FILE"`
}

// withDesk opens what decides what runs, does one thing and closes it.
func (c providerPlace) withDesk(ctx context.Context, do func(h *house, d *rollout.Desk, s *catalogue.Store) error) error {
	store, err := c.open(c.Storage)
	if err != nil {
		return err
	}
	_, shipped, err := Serving{Providers: c.Providers}.catalogue()
	if err != nil {
		return err
	}
	return with(ctx, c.Storage, func(h *house) error {
		p, err := h.newProver(Serving{Storage: c.Storage, Installed: c.Installed, Providers: c.Providers, Settings: c.Settings}, store, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		d, err := h.desk(ctx, shelf{shipped, store}, p)
		if err != nil {
			return err
		}
		return do(h, d, store)
	})
}

// withProvider is withDesk about a provider that there is.
func (c providerPlace) withProvider(ctx context.Context, name string, do func(h *house, d *rollout.Desk, s *catalogue.Store) error) error {
	if err := c.founded(); err != nil {
		return err
	}
	return c.withDesk(ctx, func(h *house, d *rollout.Desk, s *catalogue.Store) error {
		known, err := c.names(ctx, d, s)
		if err != nil {
			return err
		}
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no provider %q; there are: %s", name, strings.Join(known, ", "))
		}
		return do(h, d, s)
	})
}

// names are the providers that came with the gateway, that were installed, or
// about which something was ever decided.
func (c providerPlace) names(ctx context.Context, d *rollout.Desk, s *catalogue.Store) ([]string, error) {
	_, names, err := Serving{Providers: c.Providers}.catalogue()
	if err != nil {
		return nil, err
	}
	installed, err := s.List()
	if err != nil {
		return nil, err
	}
	for _, e := range installed {
		names = append(names, e.Name)
	}
	all, err := d.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		names = append(names, r.Provider)
	}
	return slices.Compact(slices.Sorted(slices.Values(names))), nil
}

// office is who acts when a command does.
func office(why string) rollout.Act { return rollout.Act{By: audit.System("office"), Why: why} }

type providerInstall struct {
	providerPlace
	Program  string  `arg:"" type:"existingfile" help:"The provider's executable."`
	Signed   string  `help:"The publisher's signed statement. Default: the program's name with .signed, when it is there." type:"existingfile" placeholder:"FILE"`
	Vectors  string  `help:"File of golden vectors, or folder of such files, that goes with the program; what is signed names them." placeholder:"PATH"`
	Config   string  `help:"File with the operator's configuration, JSON, for a provider that needs one." type:"existingfile" placeholder:"FILE"`
	Patience float64 `help:"Multiply all time limits, on a busy machine." default:"1"`
}

// onward says how it goes on with a version that is installed, perhaps not for the first time.
func onward(name, version string, now kyc.Rollout) string {
	switch {
	case now.Off:
		return fmt.Sprintf("It does not run yet; next: paifang provider enable %s --version %s", name, version)
	case slices.Contains([]string{now.Version, now.Canary, now.Warm}, version):
		return describe(now) + "."
	}
	return fmt.Sprintf("It does not run yet; next: paifang provider upgrade %s %s", name, version)
}

// Run puts a version into the store. Nothing of it runs before its signature was
// found good, and it is in force only when somebody says so.
func (c *providerInstall) Run(ctx context.Context, t terminal) error {
	p, err := c.read()
	if err != nil {
		return err
	}
	return c.withDesk(ctx, func(_ *house, d *rollout.Desk, s *catalogue.Store) error {
		e, err := c.install(ctx, t, s, p)
		if err != nil {
			return err
		}
		if err := d.Installed(ctx, office(""), e.Name, e.Version, e.SHA256, e.Publisher); err != nil {
			return err
		}
		now, err := d.Now(ctx, e.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s %s is installed, %s. %s\n", e.Name, e.Version, by(e.Publisher), onward(e.Name, e.Version, now))
		return nil
	})
}

func by(publisher string) string {
	if publisher == "" {
		return "signed by nobody"
	}
	return "signed by " + publisher
}

// read reads the package. Without a statement the program itself says what it is,
// later.
func (c *providerInstall) read() (catalogue.Package, error) {
	var p catalogue.Package
	var err error
	if p.Program, p.Vectors, err = readProgram(c.Program, c.Vectors); err != nil {
		return p, err
	}
	path := c.Signed
	if path == "" {
		path = c.Program + signedEnding
	}
	signed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && c.Signed == "" {
		return p, nil
	}
	p.Signed = string(signed)
	return p, err
}

func (c *providerInstall) install(ctx context.Context, t terminal, s *catalogue.Store, p catalogue.Package) (catalogue.Entry, error) {
	if p.Signed == "" && !s.AllowUnsigned {
		return catalogue.Entry{}, fmt.Errorf("nobody has signed %s: its publisher does with paifang provider sign, and names the statement with --signed (--allow-unsigned takes it all the same, for development)", c.Program)
	}
	if p.Signed == "" {
		fmt.Fprintf(t.talk, "WARNING: nobody has signed %s. Anybody may have made it.\n", c.Program)
	} else {
		said, _, err := s.Publishers.Open(p.Signed)
		if err != nil {
			return catalogue.Entry{}, fmt.Errorf("%w; paifang provider trust adds a publisher to %s", err, c.publishers(c.Storage))
		}
		p.Statement = said
		if _, err := s.Check(p); err != nil {
			return catalogue.Entry{}, fmt.Errorf("%w; golden vectors that were signed with it are named with --vectors", err)
		}
	}
	config, err := operatorConfig(c.Config)
	if err != nil {
		return catalogue.Entry{}, err
	}
	a := admission{data: c.Data, config: config, patience: c.Patience, report: t.out}
	e, err := a.take(ctx, s, p)
	return e, plain(err)
}

// admission is what every version passes before it lies in the store.
type admission struct {
	data     string // folder in which it is tried
	config   []byte // the operator's, JSON; nil for none
	patience float64
	report   io.Writer // what it did not pass
}

// take lets a version into the store that says of itself what its publisher has signed.
func (a admission) take(ctx context.Context, s *catalogue.Store, p catalogue.Package) (catalogue.Entry, error) {
	report, err := a.run(ctx, p.Program)
	if err != nil {
		return catalogue.Entry{}, err
	}
	said, err := catalogue.Describe(report.Provider, report.Version, report.Kinds, p.Program, p.Vectors)
	switch {
	case err != nil:
		return catalogue.Entry{}, err
	case strings.HasPrefix(said.Name, sandbox):
		return catalogue.Entry{}, kyc.E(kyc.Forbidden, "names that begin with %s are for development mode", sandbox)
	case p.Signed != "" && said.Text() != p.Statement.Text():
		return catalogue.Entry{}, kyc.E(kyc.Forbidden, "it is signed as %s %s and says itself that it is %s %s", p.Statement.Name, p.Statement.Version, said.Name, said.Version)
	}
	p.Statement = said
	return s.Install(p)
}

// run runs the bytes that were checked, not what may lie at their path by now.
func (a admission) run(ctx context.Context, program []byte) (conformance.Report, error) {
	data, err := filepath.Abs(a.data)
	if err != nil {
		return conformance.Report{}, err
	}
	dir, err := os.MkdirTemp(data, ".install-*")
	if err != nil {
		return conformance.Report{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, program, 0o500); err != nil { //nolint:gosec // a program
		return conformance.Report{}, err
	}
	return admit(ctx, a.report, path, a.config, a.patience)
}

// shelf is what can be run on this machine.
type shelf struct {
	shipped []string
	store   *catalogue.Store
}

func (s shelf) Shipped(provider string) bool { return slices.Contains(s.shipped, provider) }
