package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/check"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/plugins/host"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/admin"
	"github.com/paifang/paifang/portal/apply"
	"github.com/paifang/paifang/portal/dev"
	"github.com/paifang/paifang/portal/web"
)

// house is what every command works with: storage, keys, the office.
type house struct {
	store  *store.Store
	vault  *vault.Vault
	hasher *credential.Hasher
	office *tenant.Office
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// openHouse opens storage and keys and brings the tables up to date.
func openHouse(ctx context.Context, c Storage) (*house, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, c.open())
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	master, err := openMaster(ctx, c, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	v := vault.New(vault.Config{Master: master, Keys: s, Clock: time.Now})
	hasher := credential.NewHasher(credential.Options{Random: rand.Reader})
	return &house{store: s, vault: v, hasher: hasher, office: &tenant.Office{Store: s, Keys: v, Passwords: hasher,
		Clock: time.Now, IDs: newID, Random: rand.Reader}}, nil
}

// openMaster reads the master key, or makes it at the first start. Where tenants
// exist their keys are wrapped by a master key that must exist too: a new one
// could open nothing, so that a lost key is told at once.
func openMaster(ctx context.Context, c Storage, s *store.Store) (tink.AEAD, error) {
	path := c.path("master.key")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		tenants, err := s.Tenants(ctx, "", 1)
		if err != nil {
			return nil, err
		}
		if len(tenants) > 0 {
			return nil, kyc.E(kyc.Internal, "the master key %s is missing, but the database holds data sealed under it; put the key back", path)
		}
	}
	return vault.FileMaster(path)
}

// gateway is a running server.
type gateway struct {
	*house
	host  *host.Host
	queue outbox.Queue
	app   *fiber.App
	human *contact.Human
	words *words
	log   *slog.Logger
}

// options are how a gateway is run.
type options struct {
	Serving
	limits      contact.Limits
	starts      int64       // applications from one network address in an hour
	development *dev.Config // nil but in development mode
}

// open puts a gateway together.
func open(ctx context.Context, o options, log *slog.Logger) (*gateway, error) {
	h, err := openHouse(ctx, o.Storage)
	if err != nil {
		return nil, err
	}
	g := &gateway{house: h, log: log}
	if err := g.build(ctx, o); err != nil {
		return nil, errors.Join(err, g.close(context.WithoutCancel(ctx)))
	}
	return g, nil
}

func (g *gateway) build(ctx context.Context, o options) (err error) {
	if g.words, err = newWords(g.log); err != nil {
		return err
	}
	if err := g.startProviders(ctx, o); err != nil {
		return err
	}
	blobs, err := evidence.OpenBlobs(o.path("blobs"))
	if err != nil {
		return err
	}
	files := evidence.New(evidence.Config{Vault: g.vault, Blobs: blobs, Files: g.store.Files, Clock: time.Now, IDs: newID})
	g.human = &contact.Human{Index: g.vault, Random: rand.Reader}
	flow := pipeline.New(pipeline.Config{
		Store: g.store, Vault: g.vault, Markets: g.host, Human: g.human,
		Codes:     &contact.Maker{Index: g.vault, Sealer: g.vault, IDs: newID, Random: rand.Reader},
		Passwords: g.hasher, Files: files, Checks: check.New(g.host, time.Now), Geography: locales.Geography{},
		Limits: o.limits, StartsPerAddress: o.starts, Clock: time.Now, IDs: newID, Random: rand.Reader, Log: g.log,
	})
	if err := g.startJobs(ctx, o, flow); err != nil {
		return err
	}
	return g.openDoors(o, flow, files)
}

func (g *gateway) startProviders(ctx context.Context, o options) error {
	dir, err := o.providers()
	if err != nil {
		return err
	}
	settings, err := o.settings()
	if err != nil {
		return err
	}
	g.host, err = host.Start(ctx, host.Config{Dir: dir, RunDir: o.path("run"), Settings: settings, Messengers: o.messengers(),
		Clock: time.Now, IDs: newID, Log: g.log, Described: func() { g.words.refresh() }})
	if err != nil {
		return err
	}
	g.words.listen(g.host)
	return nil
}

func (g *gateway) startJobs(ctx context.Context, o options, flow *pipeline.Pipeline) (err error) {
	composer, err := outbox.NewComposer(o.baseURL())
	if err != nil {
		return err
	}
	sender := &outbox.Sender{Store: g.store, Vault: g.vault, Messenger: g.host, Composer: composer,
		Printer: func(l kyc.Locale) outbox.Printer { return g.words.Printer(l) }, Clock: time.Now, IDs: newID}
	g.queue, err = outbox.NewQueue(g.store, outbox.Config{Log: g.log, Workers: map[string]outbox.Work{
		kyc.JobSend:   sender.Work(),
		kyc.JobVerify: {Handle: flow.Verify, Timeout: time.Minute},
		kyc.JobExpire: {Handle: flow.Expire},
		kyc.JobSweep:  {Handle: g.sweep(flow), Timeout: 5 * time.Minute},
	}, Periodic: []outbox.Periodic{outbox.Every(time.Hour, kyc.JobSweep)}})
	if err != nil {
		return err
	}
	return g.queue.Start(ctx)
}

// sweep deletes what has expired, and expires applications whose own job was
// lost or given up.
func (g *gateway) sweep(flow *pipeline.Pipeline) outbox.Handler {
	return func(ctx context.Context, _ kyc.Job, attempt int) error {
		due, err := g.store.ExpiredApplications(ctx, kyc.At(time.Now()), 500)
		if err != nil {
			return err
		}
		var errs []error
		for _, a := range due {
			errs = append(errs, flow.Expire(ctx, kyc.Job{Tenant: a.Tenant, Kind: kyc.JobExpire, Ref: string(a.ID)}, attempt))
		}
		return errors.Join(append(errs, g.store.Sweep(ctx, kyc.At(time.Now())))...)
	}
}

func (g *gateway) openDoors(o options, flow *pipeline.Pipeline, files *evidence.Intake) error {
	secret, err := webSecret(o.path("web.key"))
	if err != nil {
		return err
	}
	back, err := admin.Area()
	if err != nil {
		return err
	}
	areas := []web.Area{apply.Area(), back}
	if o.development != nil {
		areas = append(areas, dev.Area())
	}
	pages, err := web.New(web.Options{Printer: g.words.Printer, Locales: shipped, Tenants: g.store, Secret: secret,
		Random: rand.Reader, Clock: time.Now, Secure: o.Secure, Development: o.development != nil, Log: g.log}, areas...)
	if err != nil {
		return err
	}
	gate := credential.Gate{Store: g.store, Index: g.vault, Hasher: g.hasher, Limits: o.limits, Clock: time.Now, IDs: newID, Random: rand.Reader}
	sessions := &accountSessions{&credential.AccountSessions{Gate: gate, Region: "CN"}}
	teller := &account.Teller{Store: g.store, Flows: g.host, Names: names{g.vault}, Mask: contact.Mask}
	json, err := api.New(api.Config{Service: flow, Keys: g.office, Tenants: g.store, Flows: g.host, Puzzles: g.human, Sessions: sessions,
		Statements: teller, Printer: g.words.Printer, Locales: shipped, Ready: g.ready, Clock: time.Now, Log: g.log})
	if err != nil {
		return err
	}
	authorizer, err := policies.New()
	if err != nil {
		return err
	}
	desk := review.New(review.Config{Store: g.store, Vault: g.vault, Flows: g.host, Files: files, Applications: flow,
		Authorizer: authorizer, Clock: time.Now, IDs: newID})

	g.app = pages.App(map[string]fiber.ErrorHandler{"/api/": json.Fail, "/healthz/": json.Fail})
	json.Mount(g.app)
	apply.New(apply.Config{Pages: pages, Service: flow, Tenants: g.store, Flows: g.host, Human: contact.Giver{Human: g.human, Clock: time.Now},
		SignIn: sessions, Accounts: teller}).Mount(g.app)
	staff := &credential.StaffSessions{Gate: gate}
	admin.New(admin.Config{Renderer: pages, Desk: desk, Sessions: staff, Providers: g.providers}).Mount(g.app)
	if o.development != nil {
		o.development.Pages, o.development.Human = pages, g.human
		dev.New(*o.development).Mount(g.app)
	}
	return nil
}

// ready tells whether this process can serve: storage answers and every
// provider that is needed to register somebody runs.
func (g *gateway) ready(ctx context.Context) error {
	if err := g.store.Ready(ctx); err != nil {
		return err
	}
	for _, s := range g.host.Status() {
		if s.State.Callable() {
			return nil
		}
	}
	return kyc.E(kyc.Unavailable, "no provider runs")
}

// serve answers requests until ctx ends, then drains: requests, jobs, providers.
func (g *gateway) serve(ctx context.Context, listen string) error {
	failed := make(chan error, 1)
	go func() { failed <- g.app.Listen(listen) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = g.app.ShutdownWithTimeout(10 * time.Second)
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
	if g.host != nil {
		errs = append(errs, g.host.Close(ctx))
	}
	return errors.Join(append(errs, g.store.Close())...)
}
