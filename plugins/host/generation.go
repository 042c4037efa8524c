package host

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// generation is one process of a provider with everything that belongs to it.
// Nothing of it is used again for the next.
type generation struct {
	about     *about
	base      wirev1.BaseServiceClient
	market    wirev1.MarketServiceClient
	messenger wirev1.MessengerServiceClient
	verifier  wirev1.VerifierServiceClient
	breaker   breaker
	calls     sync.WaitGroup // under way

	number  int          // of the process among those of its version, from 1
	version atomic.Value // string, once it is known

	runner *strictRunner
	client *plugin.Client
	dir    string
	timing Timing
}

// launcher has what starting a generation takes.
type launcher struct {
	name    string
	version string // "": the shipped one
	open    func() (*os.File, error)
	config  []byte
	sockets *sockets
	timing  Timing
	memory  int64 // bytes that it may have
	log     *slog.Logger
	lines   *logRing
	clock   kyc.Clock
	trial   bool // a missing configuration is no failure
}

// launch starts a process and takes it to Configured, telling every stage.
// When it fails nothing is left behind.
func (l *launcher) launch(ctx context.Context, stage func(State, int)) (*generation, error) {
	program, err := l.open()
	if err != nil {
		return nil, err
	}
	defer program.Close()
	stage(Verified, 0)
	dir, err := l.sockets.make()
	if err != nil {
		return nil, err
	}
	g := &generation{dir: dir, timing: l.timing}
	g.version.Store(l.version)
	log := &stderrLog{log: l.log, diary: diary{ring: l.lines, clock: l.clock, version: func() string { return g.version.Load().(string) }}}
	g.runner = &strictRunner{name: l.name, program: program, memory: l.memory, log: log}
	stage(Starting, 0)
	conn, err := g.connect(ctx)
	if err == nil {
		stage(Probing, g.pid())
		g.base = wirev1.NewBaseServiceClient(conn)
		g.market = wirev1.NewMarketServiceClient(conn)
		g.messenger = wirev1.NewMessengerServiceClient(conn)
		g.verifier = wirev1.NewVerifierServiceClient(conn)
		err = l.probe(ctx, g)
	}
	if l.trial && errors.Is(err, errUnconfigured) {
		err = nil
	}
	if err != nil {
		g.stop()
		return nil, err
	}
	stage(Configured, g.pid())
	return g, nil
}

// connect starts the process and shakes hands.
func (g *generation) connect(ctx context.Context) (*grpc.ClientConn, error) {
	known, certificate, err := mutual()
	if err != nil {
		return nil, err
	}
	g.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: wire.Protocol, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{wire.Protocol: {wire.Plugin: nothing{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			g.runner.dir = dir
			g.runner.env = environment(append(cmd.Env, clientCert+"="+certificate), g.dir)
			return g.runner, nil
		},
		SkipHostEnv:      true,
		TLSConfig:        known,
		StartTimeout:     g.timing.Start,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: g.dir},
		// With any other level go-plugin reads stderr itself, and panics on some of it.
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard}),
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage), grpc.ForceCodecV2(wire.Codec{})),
			grpc.WithDisableServiceConfig(),
			grpc.WithNoProxy(),
			grpc.WithInitialWindowSize(wire.Window),
			grpc.WithInitialConnWindowSize(wire.Window),
			grpc.WithMaxHeaderListSize(maxHeaders),
			grpc.WithChainUnaryInterceptor(traceUnary),
			grpc.WithChainStreamInterceptor(traceStream),
		},
	})
	type result struct {
		protocol plugin.ClientProtocol
		err      error
	}
	done := make(chan result, 1)
	go func() {
		protocol, err := g.client.Client()
		done <- result{protocol, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, g.timing.Start)
	defer cancel()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, kyc.E(kyc.Unavailable, "handshake: %s", clip(r.err.Error()))
		}
		return r.protocol.(*plugin.GRPCClient).Conn, nil
	case <-ctx.Done():
		// go-plugin has no deadline of its own here; the end of the process ends
		// its waiting. A process that appears only now is ended too.
		go func() { <-done; g.stop() }()
		return nil, kyc.E(kyc.Unavailable, "handshake: not in time")
	}
}

// nothing satisfies go-plugin, which wants a plugin to dispense; the services
// are used on the connection itself.
type nothing struct{ plugin.NetRPCUnsupportedPlugin }

func (nothing) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }
func (nothing) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// probe asks the provider what it is and gives it its configuration.
func (l *launcher) probe(ctx context.Context, g *generation) error {
	describe, cancel := context.WithTimeout(ctx, l.timing.Probe)
	defer cancel()
	d, err := g.base.Describe(describe, &wirev1.DescribeRequest{})
	if err != nil {
		return kyc.E(kyc.Unavailable, "describe: %s", faultOf(err))
	}
	if g.about, err = aboutV1(l.name, d); err != nil {
		return err
	}
	g.version.Store(g.about.version)
	if wanted, _, _ := strings.Cut(l.version, "+"); wanted != "" && g.about.version != wanted {
		return refuse("it says that it is version %s", clip(g.about.version))
	}
	if err := checkConfig(g.about, l.config); err != nil {
		return err
	}
	configure, cancel := context.WithTimeout(ctx, l.timing.Probe)
	defer cancel()
	r, err := g.base.Configure(configure, &wirev1.ConfigureRequest{Config: l.config})
	if err != nil {
		return kyc.E(kyc.Unavailable, "configure: %s", faultOf(err))
	}
	if len(r.Diagnostics) > 0 && len(l.config) == 0 {
		return errUnconfigured
	}
	if len(r.Diagnostics) > 0 {
		return refuse("configuration: %s", diagnosed(r.Diagnostics))
	}
	return nil
}

// healthy asks once, with a deadline, whether the provider can work. ok tells
// that it answered; reason is its own when it cannot work.
func (g *generation) healthy(ctx context.Context) (reason string, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.timing.Health)
	defer cancel()
	r, err := g.base.Health(ctx, &wirev1.HealthRequest{})
	switch {
	case err != nil:
		return "", err
	case r.Ready:
		return "", nil
	case logCode.MatchString(r.Reason):
		return r.Reason, nil
	}
	return "not_ready", nil
}

func (g *generation) pid() int { return g.runner.process.Load().pid }

// drain lets the calls under way end.
func (g *generation) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), g.timing.Drain)
	defer cancel()
	_, _ = g.base.Drain(ctx, &wirev1.DrainRequest{})
}

// stop ends the process group and removes what it had. It may be called again.
func (g *generation) stop() {
	if p := g.runner.process.Load(); p != nil {
		p.stop(g.timing.Term)
		endKin(g.dir)
	}
	defer os.RemoveAll(g.dir)
	if g.client == nil {
		return // it never came to that
	}
	// The process is gone, so this only tidies up; it must still not hold us.
	tidy := make(chan struct{})
	go func() { g.client.Kill(); close(tidy) }()
	select {
	case <-tidy:
	case <-time.After(5 * time.Second):
	}
}
