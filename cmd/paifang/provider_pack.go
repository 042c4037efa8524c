package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/paifang/paifang/plugins/declarative"
)

type providerPack struct {
	Market string `arg:"" type:"existingfile" help:"The market's YAML file."`
	Out    string `help:"The program that is made. Default: the market's file without its ending." placeholder:"FILE"`
	Engine string `help:"The engine. Default: declarative beside this program." placeholder:"FILE"`
}

// Run makes a program of a market that is data.
func (c *providerPack) Run(t terminal) error {
	market, err := os.ReadFile(c.Market)
	if err != nil {
		return err
	}
	if c.Engine == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		c.Engine = filepath.Join(filepath.Dir(self), "declarative")
	}
	engine, err := os.ReadFile(c.Engine)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no engine at %s: run make build, or name it with --engine", c.Engine)
	}
	if err != nil {
		return err
	}
	program, err := declarative.Pack(engine, market)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Market, err)
	}
	if c.Out == "" {
		c.Out = c.Market[:len(c.Market)-len(filepath.Ext(c.Market))]
	}
	if c.Out == c.Market {
		return errors.New("name the program with --out: it cannot take the place of its market")
	}
	if err := replace(c.Out, program, 0o755); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s is a provider. Next: paifang provider test %s\n", c.Out, c.Out)
	return nil
}
