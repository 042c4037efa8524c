package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

type providerCommand struct {
	New      providerNew      `cmd:"" help:"Make the beginning of a provider, a Go module of its own whose tests pass at once."`
	Dev      providerDev      `cmd:"" help:"Open a demo with the provider in it; build it and swap it in whenever a file is saved."`
	Pack     providerPack     `cmd:"" help:"Make a provider's program of a market that is data, one YAML file."`
	Key      providerKey      `cmd:"" help:"Make the pair of keys that a publisher of providers signs with."`
	Trust    providerTrust    `cmd:"" help:"Take providers of a publisher from now on."`
	Sign     providerSign     `cmd:"" help:"Sign a provider's program as its publisher, for install."`
	Install  providerInstall  `cmd:"" help:"Put a version of a provider into the store, when a trusted publisher signed it and it passes the suite's first part."`
	List     providerList     `cmd:"" help:"List the providers and their versions, and whether each is as it was installed."`
	Verify   providerVerify   `cmd:"" help:"Read installed versions whole and compare them with what was signed. Exit status 1: one is not as it was."`
	Status   providerStatus   `cmd:"" help:"Tell what shall run of providers, and what the servers say that runs."`
	Logs     providerLogs     `cmd:"" help:"Print the last lines that a provider wrote."`
	Enable   providerEnable   `cmd:"" help:"Switch a provider on; running servers notice within two seconds."`
	Disable  providerDisable  `cmd:"" help:"Switch a provider off: its market says \"try again later\"."`
	Upgrade  providerUpgrade  `cmd:"" help:"Put another version in force, after trying it beside the one that is."`
	Rollback providerRollback `cmd:"" help:"Take the canary back or, when there is none, put the version in force that was so before."`
	Remove   providerRemove   `cmd:"" help:"Take an installed version out of the store of this machine."`
	Test     providerTest     `cmd:"" help:"Run the conformance suite against a provider's program. Exit status 1: a case failed."`
}

type providerTest struct {
	Program  string            `arg:"" type:"existingfile" help:"The provider's executable."`
	Vectors  string            `help:"File of golden vectors, or folder of such files (.yaml, .toml, .csv)." placeholder:"PATH"`
	Config   string            `help:"File with the operator's configuration, JSON, for a provider that needs one." type:"existingfile" placeholder:"FILE"`
	Send     map[string]string `help:"A recipient for a test message of a messenger: email=ADDRESS. Without one nothing is sent." placeholder:"CHANNEL=TO"`
	Only     string            `help:"Run only the cases whose id begins so; several with commas." placeholder:"ID"`
	Patience float64           `help:"Multiply all time limits, on a busy machine." default:"1"`
	JSON     bool              `name:"json" help:"Print the report as JSON."`
}

func (c *providerTest) Run(ctx context.Context, t terminal) error {
	o := conformance.Options{Program: c.Program, Vectors: c.Vectors, Only: c.Only, Patience: c.Patience, Recipients: c.Send, Judge: host.Judge}
	if c.Config != "" {
		raw, err := os.ReadFile(c.Config)
		if err != nil {
			return err
		}
		o.Config = raw
	}
	report := conformance.Run(ctx, o)
	if ctx.Err() != nil {
		return errors.New("interrupted before the suite was done")
	}
	if c.JSON {
		if err := report.JSON(t.out); err != nil {
			return err
		}
	} else {
		report.Text(t.out)
	}
	if n := len(report.Failed()); n > 0 {
		return fmt.Errorf("%d of %d cases failed", n, len(report.Results))
	}
	return nil
}
