// Command paifang is the gateway: one binary with a subcommand for everything.
// This package introduces all others to each other and holds no rules.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/policies"
)

type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the applicants' pages, the staff's pages and the JSON API."`
	Demo    demoCommand    `cmd:"" help:"Serve in development mode with two made-up tenants, all markets and a mailbox. Never for real people."`
	Doctor  doctorCommand  `cmd:"" help:"Check an installation with the settings that serve would get. Changes nothing."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version's tables, and say what was done."`
	Tenant  tenantCommand  `cmd:"" help:"Tenants: add, list."`
	Staff   staffCommand   `cmd:"" help:"Staff of a tenant: add, give a new password, disable."`
	Key     keyCommand     `cmd:"" help:"API keys of a tenant: issue."`
	Audit   auditCommand   `cmd:"" help:"The audit record: export, verify without server or database, checkpoints, keys."`
	Signer  signerCommand  `cmd:"" help:"Marketplaces that vouch for their members: add a public key."`
	Person  personCommand  `cmd:"" help:"People's rights: erase, export, and how long what came to nothing is kept."`
	Version versionCommand `cmd:"" help:"Say which version this is."`

	Provider providerCommand `cmd:"" help:"Providers: make, test, sign, install, upgrade, watch."`

	LogLevel slog.Level `help:"Least of what is logged to stderr: debug, info, warn or error." env:"PAIFANG_LOG_LEVEL" default:"info"`
}

// AfterApply lets the log begin at the level that was asked for.
func (c *commands) AfterApply(level *slog.LevelVar) error {
	level.Set(c.LogLevel)
	return nil
}

// terminal is where a command reads and writes.
type terminal struct {
	in   io.Reader
	out  io.Writer
	talk io.Writer // what is not the result: how far one is, warnings
}

// softMemory is where the collector begins to work harder, unless GOMEMLIMIT
// says otherwise: each password that is hashed leaves 19 MiB behind, and as many
// are hashed at a time as there are cores. Less than what is in use would keep
// the collector busy for nothing.
func softMemory(cores int) int64 {
	hash := int64(credential.DefaultCost().Memory) << 10
	return 100<<20 + int64(cores)*hash
}

// closeMemory keeps other programs of the same user, providers among them, from
// reading this process: its memory and the environment with which it was started
// hold keys. It writes no core file either.
func closeMemory() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

func main() {
	// Whatever is written, by providers too, is for this user alone.
	syscall.Umask(0o077)
	if err := closeMemory(); err != nil {
		fmt.Fprintln(os.Stderr, "paifang: memory stays readable for programs of the same user:", err)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory(runtime.GOMAXPROCS(0)))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends at once
	level := &slog.LevelVar{}
	parser := commandLine(&commands{}, kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(level, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})), terminal{os.Stdin, os.Stdout, os.Stderr}))
	command, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	command.FatalIfErrorf(command.Run())
}

// commandLine is the grammar of the command line.
func commandLine(c *commands, more ...kong.Option) *kong.Kong {
	return kong.Must(c, append(more, kong.Name("paifang"), kong.ShortUsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"roles": strings.Join(policies.Roles(), ","), "erase_reasons": eraseReasons(), "export_reasons": exportReasons()},
		kong.Description("Identity and KYC gateway. Every setting is a flag; those with a $NAME can also be set in the environment, and the flag wins."))...)
}
