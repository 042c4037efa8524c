package conformance

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Client speaks to a running provider. The services are raw, for tests of the
// wire itself.
type Client struct {
	About     *wirev1.DescribeResponse
	Base      wirev1.BaseServiceClient
	Market    wirev1.MarketServiceClient
	Messenger wirev1.MessengerServiceClient
	Verifier  wirev1.VerifierServiceClient
}

// Connect launches or finds the provider of the configuration, shakes hands and
// asks what it is. Whatever the configuration says of handshake, protocols and
// bounds is replaced. The caller ends the process.
func Connect(ctx context.Context, config *plugin.ClientConfig) (*Client, *plugin.Client, error) {
	config.HandshakeConfig = plugin.HandshakeConfig{
		ProtocolVersion: wire.Protocol, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue}
	config.VersionedPlugins = map[int]plugin.PluginSet{wire.Protocol: {wire.Plugin: dispenser{}}}
	config.Plugins = plugin.PluginSet{wire.Plugin: dispenser{}}
	config.AllowedProtocols = []plugin.Protocol{plugin.ProtocolGRPC}
	config.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard})
	config.GRPCDialOptions = []grpc.DialOption{grpc.WithDefaultCallOptions(
		grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(2*wire.MaxMessage))}
	launched := plugin.NewClient(config)
	protocol, err := launched.Client()
	if err != nil {
		return nil, launched, err
	}
	raw, err := protocol.Dispense(wire.Plugin)
	if err != nil {
		return nil, launched, err
	}
	client, ok := raw.(*Client)
	if !ok {
		return nil, launched, errors.New("nothing was dispensed")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client.About, err = client.Base.Describe(ctx, &wirev1.DescribeRequest{})
	return client, launched, err
}

// announced tells a provider a deadline that we do not keep ourselves: what comes after it
// is the provider's word, not that of our own end of the connection. It is over when the
// call arrives; gRPC does not send one that is over before.
type announced struct{ context.Context }

func (announced) Deadline() (time.Time, bool) { return time.Now().Add(5 * time.Microsecond), true }

// tooLate makes calls that arrive when their time is over, and wants none to be answered.
func (t *trial) tooLate(ctx context.Context, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
	defer cancel()
	for range 5 {
		err := f(announced{ctx})
		code := status.Code(err)
		t.want(code == codes.DeadlineExceeded || code == codes.Canceled, "past its deadline: %v", err)
	}
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

// Ask evaluates one step. An empty Market means the only one, an empty Locale
// "en", a zero Now 2026-06-01.
func (c *Client) Ask(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := c.Market.Evaluate(ctx, c.Request(q))
	if err != nil {
		return nil, err
	}
	return finding(r), nil
}

func finding(r *wirev1.EvaluateResponse) *sdk.Finding {
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
	return f
}

// Request is a question as it goes over the wire, with the defaults of Ask.
func (c *Client) Request(q *sdk.Question) *wirev1.EvaluateRequest {
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
