// Package examples has providers that are no part of the gateway: modules of
// their own, as an author outside of this repository would write them.
package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
)

// TestBrazil runs the tests of the module: golden vectors, the suite, and that
// it is the market of brazil.yaml. Nothing is fetched.
func TestBrazil(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "test", "./...")
	cmd.Dir = "brazil/go"
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: when a requirement of the gateway changed, run go mod tidy in plugins/examples/brazil/go\n%s", err, out)
	}
}

// TestJavaScript shows that the wire is the contract: a program that shares not
// a line with the SDK passes the suite, with the vectors of the scaffold.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("make", "bin/harbour")
	cmd.Dir = "javascript"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program, err := filepath.Abs("javascript/bin/harbour")
	if err != nil {
		t.Fatal(err)
	}
	plugintest.Conform(t, conformance.Options{Program: program, Vectors: "../sdk/scaffold/template/market/vectors"})
}
