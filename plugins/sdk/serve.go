package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Serve serves a provider until the host ends the process. It is the whole of
// a provider's main function.
func Serve(p Provider) {
	config, err := ServeConfig(p)
	if err != nil {
		fmt.Fprintln(os.Stderr, "provider: "+err.Error())
		os.Exit(1)
	}
	plugin.Serve(config)
}

// ServeConfig is what Serve serves, for package plugintest.
func ServeConfig(p Provider) (*plugin.ServeConfig, error) {
	s, err := newServer(p, os.Stderr)
	if err != nil {
		return nil, err
	}
	return &plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  wire.Protocol,
			MagicCookieKey:   wire.CookieKey,
			MagicCookieValue: wire.CookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{wire.Protocol: {wire.Plugin: grpcPlugin{server: s}}},
		GRPCServer:       s.grpcServer,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard}),
	}, nil
}

// server is what all services of one provider share.
type server struct {
	provider  Provider
	about     Description // with all keys filled in
	described *wirev1.DescribeResponse
	steps     map[[2]string]bool // market, step
	gate      gate
	stderr    io.Writer
}

func newServer(p Provider, stderr io.Writer) (*server, error) {
	about := p.Describe().filled()
	s := &server{provider: p, about: about, steps: map[[2]string]bool{}, stderr: stderr}
	s.described = describe(p, about)
	if len(s.described.Kinds) == 0 {
		return nil, errors.New("it implements none of Market, Messenger, Verifier")
	}
	for _, f := range about.Flows {
		for _, step := range f.Steps {
			s.steps[[2]string{f.Market, step.ID}] = true
		}
	}
	_, configurable := p.(Configurer)
	s.gate.needs = configurable
	return s, nil
}

// workers are how many goroutines wait for calls. More calls at once get one each of
// their own, whose stack has to grow first.
const workers = 8

func (s *server) grpcServer(opts []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.MaxRecvMsgSize(wire.MaxMessage),
		grpc.MaxSendMsgSize(wire.MaxMessage),
		grpc.InitialWindowSize(wire.Window),
		grpc.InitialConnWindowSize(wire.Window),
		grpc.NumStreamWorkers(workers),
		grpc.ForceServerCodecV2(wire.Codec{}),
		grpc.ChainUnaryInterceptor(s.unary),
		grpc.ChainStreamInterceptor(s.stream),
	)...)
}

// unary turns a panic into a fault that says nothing about its cause, which
// may hold personal data.
func (s *server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (res any, err error) {
	defer s.recovered(&err)
	ctx, call := trace(ctx)
	if call == nil {
		return next(ctx, req)
	}
	res, err = next(ctx, req)
	_ = grpc.SetTrailer(ctx, call.trailer())
	return res, err
}

func (s *server) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	ctx, call := trace(ss.Context())
	defer s.recovered(&err)
	if call == nil {
		return next(srv, ss)
	}
	err = next(srv, tracedStream{ss, ctx})
	ss.SetTrailer(call.trailer())
	return err
}

func (s *server) recovered(err *error) {
	if recover() != nil {
		fmt.Fprintln(s.stderr, `{"level":"error","code":"call_panicked"}`)
		*err = status.Error(codes.Internal, "provider panicked")
	}
}

// fault makes a gRPC error of an author's error without its text: only the
// kind of failure leaves the process.
func fault(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "deadline exceeded")
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "canceled")
	}
	return status.Error(codes.Internal, "provider could not tell")
}

type grpcPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer registers the services that the provider implements.
func (p grpcPlugin) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	s := p.server
	wirev1.RegisterBaseServiceServer(g, &baseV1{server: s})
	if m, ok := s.provider.(Market); ok {
		wirev1.RegisterMarketServiceServer(g, &marketV1{server: s, market: m})
	}
	if m, ok := s.provider.(Messenger); ok {
		wirev1.RegisterMessengerServiceServer(g, &messengerV1{server: s, messenger: m})
	}
	if v, ok := s.provider.(Verifier); ok {
		wirev1.RegisterVerifierServiceServer(g, &verifierV1{server: s, verifier: v})
	}
	return nil
}

// GRPCClient is the host's end, which the host has its own of.
func (grpcPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("the SDK serves only")
}
