// Command paifang is the gateway: one binary with a subcommand for everything.
// This package introduces all others to each other and holds no rules.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the applicants' pages, the staff's pages and the JSON API."`
	Demo    demoCommand    `cmd:"" help:"Serve in development mode with two made-up tenants, all markets and a mailbox. Never for real people."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version's tables, or say where it stands."`
	Tenant  tenantCommand  `cmd:"" help:"Tenants: add, list."`
	Staff   staffCommand   `cmd:"" help:"Staff of a tenant: add, give a new password."`
	Key     keyCommand     `cmd:"" help:"API keys of a tenant: issue."`
	Signer  signerCommand  `cmd:"" help:"Marketplaces that vouch for their members: add a public key."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	parser := kong.Must(&commands{}, kong.Name("paifang"), kong.UsageOnError(),
		kong.Description("Identity and KYC gateway. Every setting is a flag; those with a $NAME can also be set in the environment."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(log))
	command, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	command.FatalIfErrorf(command.Run())
}
