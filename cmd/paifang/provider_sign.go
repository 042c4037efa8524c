package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/catalogue"
	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

type providerKey struct {
	Name string `arg:"" help:"What the publisher is called, like example.com/providers."`
	Out  string `required:"" help:"File of the private key, which is made; the public one is put beside it, with .pub." placeholder:"FILE"`
}

// Run makes a pair of keys. A private key that is there is never written over.
func (c *providerKey) Run(t terminal) error {
	private, public, err := catalogue.NewKey(rand.Reader, c.Name)
	if err != nil {
		return err
	}
	if err := create(c.Out, private, 0o600); err != nil {
		return err
	}
	if err := create(c.Out+".pub", public, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Keep %s to yourself. Who is to take your providers runs: paifang provider trust %s\n", c.Out, c.Out+".pub")
	return nil
}

// create makes a file with one line that must not be there yet.
func create(path, line string, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

type providerTrust struct {
	Storage
	Installed
	File string `arg:"" type:"existingfile" help:"The publisher's public key."`
}

// Run adds a key to those that are trusted. It holds for a server that runs when
// it next starts a program.
func (c *providerTrust) Run(t terminal) error {
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	added, err := catalogue.ParsePublishers(string(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if len(added.Names()) == 0 {
		return fmt.Errorf("%s holds no public key; paifang provider key makes one", c.File)
	}
	if err := c.prepare(); err != nil {
		return err
	}
	path := c.publishers(c.Storage)
	if _, err := catalogue.ReadPublishers(path); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	kept := strings.TrimRight(string(old), "\n")
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.Contains("\n"+kept+"\n", "\n"+line+"\n") {
			kept += "\n" + line
		}
	}
	if err := replace(path, []byte(strings.TrimLeft(kept, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Providers that %s has signed are taken from now on: %s\n", strings.Join(added.Names(), " or "), path)
	return nil
}

type providerSign struct {
	Program  string  `arg:"" type:"existingfile" help:"The provider's executable."`
	Key      string  `required:"" type:"existingfile" help:"The publisher's private key." placeholder:"FILE"`
	Vectors  string  `help:"File of golden vectors, or folder of such files, that goes with the program." placeholder:"PATH"`
	Out      string  `help:"The signed statement. Default: the program's name with .signed." placeholder:"FILE"`
	Config   string  `help:"File with the operator's configuration, JSON, for a provider that needs one." type:"existingfile" placeholder:"FILE"`
	Patience float64 `help:"Multiply all time limits, on a busy machine." default:"1"`
}

// Run asks the program what it is, and signs that it is so.
func (c *providerSign) Run(ctx context.Context, t terminal) error {
	private, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	program, vectors, err := readProgram(c.Program, c.Vectors)
	if err != nil {
		return err
	}
	config, err := operatorConfig(c.Config)
	if err != nil {
		return err
	}
	report, err := admit(ctx, t.out, c.Program, config, c.Patience)
	if err != nil {
		return plain(err)
	}
	s, err := catalogue.Describe(report.Provider, report.Version, report.Kinds, program, vectors)
	if err != nil {
		return err
	}
	signed, err := catalogue.Sign(s, string(private))
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = c.Program + signedEnding
	}
	if err := replace(c.Out, []byte(signed), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s %s is signed: %s\n", s.Name, s.Version, c.Out)
	return nil
}

// signedEnding is what a signed statement is called after its program.
const signedEnding = ".signed"

// readProgram reads a program and the golden vectors that go with it, by the
// names of their files.
func readProgram(path, vectors string) (program []byte, found map[string][]byte, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > catalogue.MaxProgram {
		return nil, nil, fmt.Errorf("%s has more than %d bytes", path, catalogue.MaxProgram)
	}
	if program, err = os.ReadFile(path); err != nil || vectors == "" {
		return program, nil, err
	}
	if _, err := conformance.ReadVectors(vectors); err != nil {
		return nil, nil, fmt.Errorf("the golden vectors: %w", err)
	}
	files := []string{vectors}
	if info, err := os.Stat(vectors); err == nil && info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(vectors, "*")); err != nil {
			return nil, nil, err
		}
	}
	found = map[string][]byte{}
	for _, f := range files {
		switch filepath.Ext(f) {
		case ".yaml", ".yml", ".toml", ".csv":
			if found[filepath.Base(f)], err = os.ReadFile(f); err != nil {
				return nil, nil, err
			}
		}
	}
	return program, found, nil
}

// entry are the cases that a program must pass to be installed. The rest is the
// author's to run.
const entry = "start.,describe.,flow.,catalogue.,config.,health.,drain."

// admit runs the first part of the suite against a program. It fails, with the
// report printed, when a case does.
func admit(ctx context.Context, out io.Writer, program string, config []byte, patience float64) (conformance.Report, error) {
	report := conformance.Run(ctx, conformance.Options{Program: program, Config: config, Only: entry, Patience: patience, Judge: host.Judge})
	if len(report.Failed()) > 0 {
		report.Text(out)
		return report, kyc.EKey(kyc.Invalid, "error.package_suite", "it is not taken: %s", strings.Join(reasons(report), "; "))
	}
	return report, nil
}

// operatorConfig reads a file with the operator's configuration; "" is none.
func operatorConfig(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return os.ReadFile(path)
}

// reasons says of each case that failed what was seen first and what to do: who sends the
// report elsewhere is told all the same.
func reasons(r conformance.Report) []string {
	var list []string
	for _, x := range r.Results {
		if x.Status == conformance.Failed {
			list = append(list, fmt.Sprintf("%s: %s (%s)", x.ID, x.Seen[0], strings.TrimSuffix(x.Advice, ".")))
		}
	}
	return list
}
