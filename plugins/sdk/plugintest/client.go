package plugintest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-plugin"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Client speaks to a running provider for a test.
type Client struct{ *conformance.Client }

// Ask is how a market is asked.
type Ask = func(context.Context, *sdk.Question) (*sdk.Finding, error)

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
	client, process, err := conformance.Connect(t.Context(), config)
	t.Cleanup(process.Kill)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{client}
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
