package plugintest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Client speaks to a running provider. Base and the others are the raw
// services for tests of the wire itself.
type Client struct {
	About     *wirev1.DescribeResponse
	Base      wirev1.BaseServiceClient
	Market    wirev1.MarketServiceClient
	Messenger wirev1.MessengerServiceClient
	Verifier  wirev1.VerifierServiceClient
}

// Build compiles the package in dir and returns the program's path.
func Build(t testing.TB, dir string) string {
	t.Helper()
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), filepath.Base(abs))
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, ".")
	cmd.Dir = abs
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", dir, err, out)
	}
	return program
}

// Start runs a provider's program until the end of the test.
func Start(t testing.TB, program string) *Client {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = []string{"TMPDIR=" + os.TempDir(), "TZ=UTC"}
	return connect(t, &plugin.ClientConfig{Cmd: cmd, SkipHostEnv: true, AutoMTLS: true})
}

// Serve runs an implementation within the test until its end.
func Serve(t testing.TB, p sdk.Provider) *Client {
	t.Helper()
	config, err := sdk.ServeConfig(p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	attach := make(chan *plugin.ReattachConfig, 1)
	done := make(chan struct{})
	config.Test = &plugin.ServeTestConfig{Context: ctx, ReattachConfigCh: attach, CloseCh: done}
	go plugin.Serve(config)
	t.Cleanup(func() { cancel(); <-done })
	return connect(t, &plugin.ClientConfig{Reattach: <-attach})
}

func connect(t testing.TB, config *plugin.ClientConfig) *Client {
	t.Helper()
	config.HandshakeConfig = plugin.HandshakeConfig{
		ProtocolVersion: wire.Protocol, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue}
	config.VersionedPlugins = map[int]plugin.PluginSet{wire.Protocol: {wire.Plugin: dispenser{}}}
	config.Plugins = plugin.PluginSet{wire.Plugin: dispenser{}}
	config.AllowedProtocols = []plugin.Protocol{plugin.ProtocolGRPC}
	config.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard})
	config.GRPCDialOptions = []grpc.DialOption{grpc.WithDefaultCallOptions(
		grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(2*wire.MaxMessage))}
	process := plugin.NewClient(config)
	t.Cleanup(process.Kill)
	protocol, err := process.Client()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := protocol.Dispense(wire.Plugin)
	if err != nil {
		t.Fatal(err)
	}
	client := raw.(*Client)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if client.About, err = client.Base.Describe(ctx, &wirev1.DescribeRequest{}); err != nil {
		t.Fatal(err)
	}
	return client
}

type dispenser struct{ plugin.NetRPCUnsupportedPlugin }

func (dispenser) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

func (dispenser) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &Client{
		Base:      wirev1.NewBaseServiceClient(conn),
		Market:    wirev1.NewMarketServiceClient(conn),
		Messenger: wirev1.NewMessengerServiceClient(conn),
		Verifier:  wirev1.NewVerifierServiceClient(conn),
	}, nil
}

// Configure gives the provider its configuration (JSON) and fails the test if
// it is refused.
func (c *Client) Configure(t testing.TB, config string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r, err := c.Base.Configure(ctx, &wirev1.ConfigureRequest{Config: []byte(config)})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Diagnostics) > 0 {
		t.Fatalf("configuration refused: %v", r.Diagnostics)
	}
}

// Evaluate asks a market and fails the test on an error. An empty Market means
// the only one, an empty Locale "en", a zero Now 2026-06-01.
func (c *Client) Evaluate(t testing.TB, q *sdk.Question) *sdk.Finding {
	t.Helper()
	f, err := c.Ask(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Ask is Evaluate with a context, and returns the error.
func (c *Client) Ask(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := c.Market.Evaluate(ctx, c.request(q))
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{Normalized: r.Normalized, Derived: r.Derived, Requested: r.RequestedSteps, Tier: r.Tier}
	for _, p := range r.Problems {
		f.Problems = append(f.Problems, sdk.Problem{Path: p.Path, Code: p.Code, Params: p.Params})
	}
	for _, x := range r.Reasons {
		f.Reasons = append(f.Reasons, sdk.Reason{Code: x.Code, Parent: x.Parent, Disposition: x.Disposition,
			Audience: x.Audience, Remedy: x.Remedy, Params: x.Params,
			Subject: sdk.Subject{Kind: x.Subject.GetKind(), Ref: x.Subject.GetRef()}})
	}
	for _, id := range r.Identities {
		f.Identities = append(f.Identities, sdk.Identity{Class: id.Class, Value: id.Value})
	}
	return f, nil
}

func (c *Client) request(q *sdk.Question) *wirev1.EvaluateRequest {
	r := &wirev1.EvaluateRequest{
		RequestId: q.RequestID, Tenant: q.Tenant, Market: q.Market, Version: q.Version, Step: q.Step,
		Values: q.Values, Facts: q.Facts, Locale: q.Locale, TenantConfig: q.Config,
		Answers: map[string]*wirev1.Values{},
	}
	if r.Market == "" && len(c.About.Flows) == 1 {
		r.Market = c.About.Flows[0].Market
	}
	if r.Locale == "" {
		r.Locale = "en"
	}
	now := q.Now
	if now.IsZero() {
		now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	}
	r.Time = timestamppb.New(now)
	for step, values := range q.Answers {
		r.Answers[step] = &wirev1.Values{Values: values}
	}
	return r
}
