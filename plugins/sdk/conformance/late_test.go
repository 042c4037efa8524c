package conformance

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// prompt answers everything at once, or never before its time is over.
type prompt struct {
	forgets bool
	wirev1.UnimplementedMarketServiceServer
	wirev1.UnimplementedMessengerServiceServer
	wirev1.UnimplementedVerifierServiceServer
}

func (p prompt) over(ctx context.Context) error {
	if p.forgets {
		return nil
	}
	<-ctx.Done()
	return status.FromContextError(ctx.Err()).Err()
}

func (p prompt) Evaluate(ctx context.Context, _ *wirev1.EvaluateRequest) (*wirev1.EvaluateResponse, error) {
	return &wirev1.EvaluateResponse{}, p.over(ctx)
}

func (p prompt) Send(ctx context.Context, _ *wirev1.SendRequest) (*wirev1.SendResponse, error) {
	return &wirev1.SendResponse{State: wirev1.DeliveryState_DELIVERY_STATE_SENT}, p.over(ctx)
}

func (p prompt) Verify(s wirev1.VerifierService_VerifyServer) error {
	if err := p.over(s.Context()); err != nil {
		return err
	}
	return s.SendAndClose(&wirev1.VerifyResponse{Result: wirev1.VerifyResult_VERIFY_RESULT_PASS})
}

// TestForgottenDeadlinesAreFound: no library of ours lets a provider forget a deadline,
// so that it is taken away on the way to one. With it nothing is found.
func TestForgottenDeadlinesAreFound(t *testing.T) {
	for _, forgets := range []bool{true, false} {
		server := grpc.NewServer()
		wirev1.RegisterMarketServiceServer(server, prompt{forgets: forgets})
		wirev1.RegisterMessengerServiceServer(server, prompt{forgets: forgets})
		wirev1.RegisterVerifierServiceServer(server, prompt{forgets: forgets})
		client := &Client{About: described()}
		conn := behind(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Grpc-Timeout") == "" {
				t.Error("the provider is told no deadline")
			}
			if forgets {
				r.Header.Del("Grpc-Timeout")
			}
			server.ServeHTTP(w, r)
		})
		client.Market, client.Messenger, client.Verifier = wirev1.NewMarketServiceClient(conn), wirev1.NewMessengerServiceClient(conn), wirev1.NewVerifierServiceClient(conn)
		x := &suite{Options: Options{Patience: 1}, about: described(), main: &process{Client: client}}
		if ids := apart()["forgetful"]; forgets {
			x.fails(t, ids...)
		} else {
			for _, c := range all() {
				if slices.Contains(ids, c.id) && len(x.judge(c)) > 0 {
					t.Errorf("%s fails", c.id)
				}
			}
		}
	}
}

// behind serves at a socket of its own and gives a connection to it.
func behind(t *testing.T, handle http.HandlerFunc) *grpc.ClientConn {
	t.Helper()
	address := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handle, Protocols: new(http.Protocols), ReadHeaderTimeout: time.Minute}
	server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	conn, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
