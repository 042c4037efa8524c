package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/scaffold"
)

type providerNew struct {
	Kind   string `required:"" enum:"market,messenger,verifier" help:"One of ${enum}." placeholder:"KIND"`
	Name   string `required:"" help:"Its id and the name of its program: a-z, 0-9 and hyphens." placeholder:"NAME"`
	Title  string `help:"What people call it. Default: the name." placeholder:"TEXT"`
	Dir    string `help:"The folder that is made. Default: the name." placeholder:"DIR"`
	Module string `help:"Path of the Go module. Default: example.com/NAME." placeholder:"PATH"`
	SDK    string `name:"sdk" help:"A checkout of Paifang, which the module takes the SDK from. Default: the one around this program or this folder." placeholder:"DIR"`
}

func (c *providerNew) Run(t terminal) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	p := scaffold.Plan{Name: c.Name, Kind: c.Kind, Title: c.Title, Dir: c.Dir, Module: c.Module, SDK: c.SDK, Program: self}
	if p.Dir == "" {
		p.Dir = c.Name
	}
	if p.SDK == "" {
		p.SDK = scaffold.FindSDK(filepath.Dir(self), here)
	}
	if err := scaffold.New(p); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "The %s %s is in %s. Next: cd %s && make test\n", c.Kind, c.Name, p.Dir, p.Dir)
	return nil
}

type providerInstall struct {
	Program   string  `arg:"" type:"existingfile" help:"The provider's executable."`
	Providers string  `help:"Folder of the provider programs. Default: providers beside this program." env:"PAIFANG_PROVIDERS" placeholder:"DIR"`
	Config    string  `help:"File with the operator's configuration, JSON, for a provider that needs one." type:"existingfile" placeholder:"FILE"`
	Replace   bool    `help:"Take the place of a program of the same id."`
	Patience  float64 `help:"Multiply all time limits, on a busy machine." default:"1"`
}

// entry are the cases that a program must pass to be installed. The rest is the
// author's to run.
const entry = "start.,describe.,flow.,catalogue.,config.,health.,drain."

func (c *providerInstall) Run(ctx context.Context, t terminal) error {
	dir, names, err := Serving{Providers: c.Providers}.catalogue()
	if err != nil {
		return err
	}
	o := conformance.Options{Program: c.Program, Only: entry, Patience: c.Patience, Judge: host.Judge}
	if c.Config != "" {
		if o.Config, err = os.ReadFile(c.Config); err != nil {
			return err
		}
	}
	report := conformance.Run(ctx, o)
	if failed := report.Failed(); len(failed) > 0 {
		report.Text(t.out)
		return fmt.Errorf("it is not installed: %s", strings.Join(failed, ", "))
	}
	name := report.Provider
	for _, there := range names {
		if there == name && !c.Replace {
			return fmt.Errorf("%s has a provider %s already: --replace it, and start the gateway again", dir, name)
		}
	}
	sum, err := place(c.Program, filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if err := pin(dir, name, sum); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s %s is installed in %s. Start the gateway again to run it", name, report.Version, dir)
	if strings.Contains(strings.Join(report.Kinds, " "), "market") {
		fmt.Fprintf(t.out, "; then open it for a tenant: paifang tenant market TENANT %s open", name)
	}
	fmt.Fprintln(t.out, ".")
	return nil
}

// place copies a program beside its place and moves it there, so that one that
// runs goes on running what it is. It tells the digest.
func place(from, to string) (string, error) {
	program, err := os.ReadFile(from)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:]), replace(to, program, 0o755)
}

// pin writes the digest of one program into the manifest and leaves the others.
func pin(dir, name, sum string) error {
	manifest := filepath.Join(dir, "SHA256SUMS")
	old, err := os.ReadFile(manifest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var out strings.Builder
	for line := range strings.Lines(string(old)) {
		if _, other, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && strings.TrimPrefix(other, "./") != name {
			out.WriteString(strings.TrimSpace(line) + "\n")
		}
	}
	fmt.Fprintf(&out, "%s  %s\n", sum, name)
	return replace(manifest, []byte(out.String()), 0o644)
}

func replace(path string, content []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

type providerList struct {
	Providers string `help:"Folder of the provider programs. Default: providers beside this program." env:"PAIFANG_PROVIDERS" placeholder:"DIR"`
}

// Run lists the programs that are pinned and tells whether they still are what
// was installed.
func (c *providerList) Run(t terminal) error {
	dir, names, err := Serving{Providers: c.Providers}.catalogue()
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		return err
	}
	for _, name := range names {
		state := "as installed"
		program, err := os.ReadFile(filepath.Join(dir, name))
		sum := sha256.Sum256(program)
		switch {
		case err != nil:
			state = "missing"
		case !strings.Contains(string(sums), hex.EncodeToString(sum[:])+"  "):
			state = "not the program that was installed"
		}
		fmt.Fprintf(t.out, "%s\t%s\n", name, state)
	}
	return nil
}
