package main

import (
	"fmt"
	"os"
	"path/filepath"

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
