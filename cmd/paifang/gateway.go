package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"gocloud.dev/blob"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/check"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/recovery"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/trace"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/dev"
	"github.com/paifang/paifang/portal/web"
)

// gateway is a running server.
type gateway struct {
	*house
	host     *host.Host
	queue    outbox.Queue
	blobs    *blob.Bucket
	node     *node
	door     net.Listener
	app      *fiber.App
	routes   []policies.Line // of all doors, as their tables have them
	human    *contact.Human
	rights   *person.Rights
	warden   *contact.Warden
	breached *credential.Breached // an installation's own list; nil for none
	words    *words
	desk     *rollout.Desk
	runner   runner
	follows  sync.WaitGroup // what follows the desk
	unfollow context.CancelFunc
	seals    sync.WaitGroup           // the sealer at work
	rest     context.CancelFunc       // lets it end
	metrics  *http.Server             // nil: nobody asked for them
	spans    *sdktrace.TracerProvider // nil: nobody asked for traces
	traces   *trace.Source            // likewise
	log      *slog.Logger
}

// options are how a gateway is run.
type options struct {
	Serving
	limits      contact.Limits
	starts      int64                // applications from one network address in an hour
	development *dev.Config          // nil but in development mode
	furnish     func(h *house) error // done before anything runs; may be nil
	observer    *observer            // nil but for the bench
	workbench   *workbench           // nil but for a provider's author
}

// open puts a gateway together. It takes its address first: of two servers that
// are started by mistake the second must not touch anything.
func open(ctx context.Context, o options, log *slog.Logger) (*gateway, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	open, err := listen(o.Listen)
	if err != nil {
		return nil, err
	}
	door := &web.Entrance{Listener: open, PerAddress: o.Connections, Proxies: o.Proxies, Log: log}
	h, err := openHouse(ctx, o.Storage)
	if err != nil {
		return nil, errors.Join(err, door.Close())
	}
	g := &gateway{house: h, door: door, log: log}
	if o.furnish != nil {
		err = o.furnish(h)
	}
	if err == nil {
		err = g.build(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(err, door.Close(), g.close(context.WithoutCancel(ctx)))
	}
	return g, nil
}

func listen(address string) (net.Listener, error) {
	door, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s: stop it, or choose another address with --listen (PAIFANG_LISTEN)", address)
	}
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with --listen (PAIFANG_LISTEN)", err)
	}
	return door, nil
}

func (g *gateway) build(ctx context.Context, o options) (err error) {
	if g.words, err = newWords(g.log); err != nil {
		return err
	}
	if err := g.startTraces(ctx, o); err != nil {
		return err
	}
	if err := g.startProviders(ctx, o); err != nil {
		return err
	}
	if err := g.startMetrics(ctx, o.Metrics); err != nil {
		return err
	}
	if g.blobs, err = evidence.OpenBlobs(ctx, o.blobs()); err != nil {
		return err
	}
	files := evidence.New(evidence.Config{Vault: g.vault, Blobs: g.blobs, Files: g.store.Files, Clock: time.Now, IDs: newID})
	g.human = &contact.Human{Index: g.vault, Random: rand.Reader}
	known, err := contact.LoadKnown()
	if err != nil {
		return err
	}
	if o.development != nil {
		known.Rules = known.Rules.Times(1000) // nothing is paid for
	}
	if err := g.loadBreached(o); err != nil {
		return err
	}
	g.warden = &contact.Warden{Limits: o.limits, Known: known, Store: g.store}
	flow := pipeline.New(pipeline.Config{
		Store: g.store, Vault: g.vault, Markets: g.markets(), Human: g.human, Logins: g.sessions(o, nil),
		Codes:     g.codes(),
		Passwords: g.hasher, Breached: g.breached, Files: files, Checks: check.New(g.host, time.Now), Geography: locales.Geography{},
		Limits: o.limits, Warden: g.warden, Herald: g.herald(), StartsPerAddress: o.starts, RecoveryWait: max(0, o.Wait), Clock: time.Now, IDs: newID, Random: rand.Reader, Log: g.log,
	})
	g.rights = person.New(person.Config{Store: g.store, Keys: g.vault, Files: files, Herald: g.herald(), Wait: o.ErasureWait, Clock: time.Now, IDs: newID})
	if err := g.startJobs(ctx, o, flow, files); err != nil {
		return err
	}
	g.startSealer(ctx)
	g.followRollouts(ctx)
	return g.openDoors(ctx, o, flow, files)
}

// startSealer seals audit lines until the gateway closes.
func (g *gateway) startSealer(ctx context.Context) {
	g.sealer.Log = g.log
	g.store.OnRecord(g.sealer.Wake)
	ctx, g.rest = context.WithCancel(context.WithoutCancel(ctx))
	g.seals.Go(func() { g.sealer.Run(ctx) })
}

// markets are those of the providers, and the one that the core has itself.
func (g *gateway) markets() recovery.Markets { return recovery.Markets{Next: g.host} }

func (g *gateway) gate(o options) credential.Gate {
	return credential.Gate{Store: g.store, Index: g.vault, Hasher: g.hasher, Limits: o.limits, Clock: time.Now, IDs: newID, Random: rand.Reader, Seals: g.vault}
}

// sessions are the sign-in of account holders. The pipeline's own, which only finds whose a
// name is, is made before the pipeline.
func (g *gateway) sessions(o options, later interface {
	credential.Openings
	credential.Freezer
}) *credential.AccountSessions {
	return &credential.AccountSessions{Gate: g.gate(o), House: g.store, Vault: g.vault, Region: "CN", Names: names{g.vault}, Codes: g.codes(), Warden: g.warden,
		Human: g.human, Factors: g.factors(o), Openings: later, Freezer: later, Breached: g.breached, Herald: g.herald()}
}

func (g *gateway) herald() *account.Herald {
	return &account.Herald{Store: g.store, Names: names{g.vault}, Codes: g.codes(), Warden: g.warden}
}

// staffPassword holds a password of staff to the rules and to the installation's
// own list of breached ones.
func (g *gateway) staffPassword(password string, m kyc.Staff) error {
	if err := tenant.CheckPassword(password, m); err != nil {
		return err
	}
	problems, err := g.breached.Check(password, []string{m.Login, m.Name})
	if err == nil && len(problems) > 0 {
		err = kyc.EKey(kyc.Invalid, "problem."+problems[0].Code, "the password is refused")
	}
	return err
}

// loadBreached looks that there are lists of breached passwords.
func (g *gateway) loadBreached(o options) (err error) {
	if _, err = credential.ShippedBreaches(); err == nil && o.Breached != "" {
		g.breached, err = credential.OpenBreached(o.Breached)
	}
	return err
}

func (g *gateway) strength(o options) *credential.Strength {
	return &credential.Strength{Store: g.store, Index: g.vault, Limits: o.limits, Clock: time.Now, Breached: g.breached}
}

func (g *gateway) factors(o options) *factor.Keeper {
	return &factor.Keeper{Store: g.store, Vault: g.vault, Clock: time.Now, IDs: newID, Random: rand.Reader, Site: factor.SiteOf(o.baseURL(), o.hosts())}
}

func (g *gateway) codes() *contact.Maker {
	return &contact.Maker{Index: g.vault, Sealer: g.vault, IDs: newID, Random: rand.Reader}
}

func (g *gateway) startProviders(ctx context.Context, o options) error {
	c, err := o.hostConfig(o.development != nil, g.log)
	if err != nil {
		return err
	}
	o.warnUnsigned(g.log)
	store := c.Versions.(versions).store
	prover, err := g.newProver(o.Serving, store, g.log)
	if err != nil {
		return err
	}
	if g.desk, err = g.house.desk(ctx, shelf{c.Enabled, store}, prover); err != nil {
		return err
	}
	plans, err := g.desk.Plans(ctx)
	if err != nil {
		return err
	}
	g.runner = runner{development: o.development != nil, bench: o.workbench}
	c.Plans, c.Faulty = g.runner.plans(plans), g.faulty(ctx)
	if o.workbench != nil {
		o.workbench.next, c.Versions = c.Versions, o.workbench
	}
	c.Described = func() { g.words.refresh() }
	if g.host, err = startHost(ctx, c); err != nil {
		return err
	}
	g.runner.host = g.host
	g.words.listen(g.host)
	for _, problem := range silent(c, g.host.Status()) {
		g.log.Warn(problem)
	}
	return nil
}

func (g *gateway) startJobs(ctx context.Context, o options, flow *pipeline.Pipeline, files *evidence.Intake) (err error) {
	composer, err := outbox.NewComposer(o.baseURL())
	if err != nil {
		return err
	}
	sender := &outbox.Sender{Store: g.store, Vault: g.vault, Messenger: g.host, Composer: composer,
		Printer: func(l kyc.Locale) outbox.Printer { return g.words.Printer(l) }, Clock: time.Now, IDs: newID}
	if o.observer != nil {
		o.observer.next, sender.Messenger = g.host, o.observer
		g.store.OnCommit(o.observer.committed)
	}
	if g.node, err = takeNode(o.Storage); err != nil {
		return err
	}
	g.queue, err = outbox.NewQueue(g.store.Store, outbox.Config{Log: g.log, Traces: g.traces, Node: g.node.name, Workers: map[string]outbox.Work{
		kyc.JobSend:    sender.Work(),
		kyc.JobCode:    {Handle: g.sessions(o, flow).SendCode, Timeout: 30 * time.Second, Attempts: 3},
		kyc.JobVerify:  {Handle: flow.Verify, Timeout: time.Minute},
		kyc.JobRecover: {Handle: flow.OpenRecovery, Timeout: time.Minute},
		kyc.JobDue:     {Handle: g.due(flow), Timeout: 5 * time.Minute, Attempts: 1}, // it comes round
		kyc.JobSweep:   {Handle: g.sweep, Timeout: 5 * time.Minute},
		kyc.JobErase:   {Handle: g.rights.Finish, Timeout: 5 * time.Minute},
		kyc.JobExport:  {Handle: g.rights.MakeExport, Timeout: 10 * time.Minute, Attempts: person.ExportAttempts},
		kyc.JobRetain:  {Handle: g.retain, Timeout: 15 * time.Minute, Attempts: 1}, // it comes round
		kyc.JobOrphan:  {Handle: g.orphans(files), Timeout: 15 * time.Minute},
	}, Periodic: []outbox.Periodic{outbox.Every(time.Minute, kyc.JobDue), outbox.Every(time.Hour, kyc.JobSweep),
		outbox.Every(time.Hour, kyc.JobRetain), outbox.Every(24*time.Hour, kyc.JobOrphan)}})
	if err != nil {
		return err
	}
	return g.queue.Start(ctx)
}

// ready tells whether this process can serve: storage answers and a market runs.
func (g *gateway) ready(ctx context.Context) error {
	if err := g.store.Ready(ctx); err != nil {
		return err
	}
	for _, s := range g.host.Status() {
		if s.State.Callable() && isMarket(s) {
			return nil
		}
	}
	return kyc.E(kyc.Unavailable, "no market runs")
}

// serve answers requests until ctx ends, then drains: requests, jobs, providers.
func (g *gateway) serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- g.app.Listener(g.door) }()
	// Starting takes more memory than serving; what it left behind is given back.
	go debug.FreeOSMemory()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		g.log.Info("stopping: requests under way are answered, a second signal ends at once")
		err = g.app.ShutdownWithTimeout(10 * time.Second)
		// A client may hold a connection open on which it never asked anything.
		if errors.Is(err, context.DeadlineExceeded) {
			g.log.Warn("connections that were open after 10 s are cut")
			err = nil
		}
	}
	return errors.Join(err, g.close(context.WithoutCancel(ctx)))
}

func (g *gateway) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	var errs []error
	if g.queue != nil {
		errs = append(errs, g.queue.Stop(ctx))
	}
	if g.metrics != nil {
		errs = append(errs, g.metrics.Close())
	}
	errs = append(errs, g.endRollouts(ctx))
	if g.host != nil {
		errs = append(errs, g.host.Close(ctx))
	}
	if g.blobs != nil {
		errs = append(errs, g.blobs.Close())
	}
	if g.rest != nil {
		g.rest()
		g.seals.Wait()
	}
	errs = append(errs, g.store.Close())
	endTraces(ctx, g.spans, g.log)
	if g.node != nil {
		errs = append(errs, g.node.release())
	}
	return errors.Join(errs...)
}
