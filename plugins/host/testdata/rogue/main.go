// Command rogue is a provider that does what it is told to do wrong. Its id is
// the name it runs under; a name says what goes wrong at the start.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/paifang/paifang/plugins/sdk"
)

type rogue struct{ id string }

// version is what the file says after the program, else the one that is shipped.
func version() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return "0.1.0"
	}
	defer f.Close()
	tail := make([]byte, 64)
	if _, err := f.Seek(-int64(len(tail)), io.SeekEnd); err == nil {
		_, _ = io.ReadFull(f, tail)
	}
	if _, v, ok := strings.Cut(string(tail), "\nversion="); ok {
		return strings.TrimSpace(v)
	}
	return "0.1.0"
}

var own = version()

func (r rogue) Describe() sdk.Description {
	d := sdk.Description{
		ID: r.id, Version: own,
		Capabilities: []string{"channel.phone", "rogue.check"},
		ConfigSchema: []byte(`{"type":"object","properties":{"must":{"const":"yes"}},"required":["must"]}`),
		TenantSchema: []byte(`{"type":"object","properties":{"limit":{"type":"integer","minimum":1}},"additionalProperties":false}`),
		Messages: sdk.Messages{"en": {
			r.id + ".title": {"other": "Rogue"}, r.id + ".do.title": {"other": "Do"},
			r.id + ".do.what.label": {"other": "What"}, r.id + ".tiers.basic.label": {"other": "Basic"},
		}},
		Flows: []sdk.Flow{{
			Market: r.id, Review: sdk.ReviewAlways,
			Steps: []sdk.Step{{ID: "do", Kind: sdk.ProfileStep, Fields: []sdk.Field{
				{Name: "what", Type: sdk.TextField, PII: sdk.PIINone}}}},
			Tiers: []sdk.Tier{{ID: "basic"}},
		}},
	}
	if strings.HasSuffix(own, "-other") {
		d.Version = "9.9.9"
	}
	switch r.id {
	case "rogue-kind":
		d.Flows[0].Steps[0].Kind = "telepathy"
	case "rogue-key":
		d.Flows[0].Steps[0].Fields[0].Label = "error.internal"
	case "rogue-market":
		d.Flows[0].Market = "atlantis"
	}
	return d
}

func (rogue) ValidateConfig([]byte) []sdk.Diagnostic  { return nil }
func (rogue) Configure(context.Context, []byte) error { return nil }

func (r rogue) ValidateTenantConfig(config []byte) []sdk.Diagnostic {
	if strings.Contains(string(config), "100000") {
		return []sdk.Diagnostic{{Code: "limit.high", Key: r.id + ".limit.high", Path: "limit", Params: map[string]string{"most": "1000"}}}
	}
	return nil
}

func (r rogue) Evaluate(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {
	f := &sdk.Finding{}
	if strings.HasSuffix(own, "-faulty") {
		return nil, errors.New("Anna Maria ERIKSSON")
	}
	switch what := q.Value("what"); what {
	case "pid":
		f.Derive("pid", strconv.Itoa(os.Getpid()))
	case "version":
		f.Derive("version", own)
	case "slow":
		time.Sleep(300 * time.Millisecond)
		f.Derive("version", own)
	case "environment":
		f.Derive("environment", strings.Join(os.Environ(), "\x00"))
	case "sleep":
		<-ctx.Done()
		time.Sleep(time.Hour)
	case "panic":
		panic("Anna Maria ERIKSSON")
	case "exit":
		os.Exit(3)
	case "error":
		return nil, errors.New("Anna Maria ERIKSSON")
	case "huge":
		f.Derive("huge", strings.Repeat("x", 5<<20))
	case "tier":
		f.Tier = "emperor"
	case "problem":
		f.Problem("no_such_field", "field.required")
	case "code":
		f.Problem("what", "data.no_such_code")
	case "own code":
		f.Problem("what", "x.other.code")
	case "step":
		f.Request("do")
	case "milder":
		f.Reasons = []sdk.Reason{{Code: "risk.forgery", Subject: sdk.Subject{Kind: "document"}, Audience: "public"}}
	case "grandchild":
		// It holds our pipes.
		c := exec.Command("/bin/sh", "-c", "exec sleep 30")
		c.Stdout, c.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr")
		if err := c.Start(); err != nil {
			return nil, err
		}
		f.Derive("pid", strconv.Itoa(c.Process.Pid))
	case "spans":
		inner, end := sdk.Span(ctx, "vendor.ask")
		_, deeper := sdk.Span(inner, "vendor.connect")
		time.Sleep(2 * time.Millisecond)
		deeper(errors.New("Anna Maria ERIKSSON"))
		end(nil)
		_, sentence := sdk.Span(ctx, "Anna Maria ERIKSSON")
		sentence(nil)
		for range 100 {
			_, end := sdk.Span(ctx, "loop")
			end(nil)
		}
		sdk.Log(ctx, slog.LevelWarn, "vendor_slow")
	case "trailers":
		_ = grpc.SetTrailer(ctx, metadata.Pairs("paifang-spans", strings.Repeat("x", 1<<20)))
	case "runaway":
		// In a session of its own, where no signal to the group reaches it.
		c := exec.Command("/bin/sh", "-c", "exec sleep 30")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := c.Start(); err != nil {
			return nil, err
		}
		f.Derive("pid", strconv.Itoa(c.Process.Pid))
	case "hungry child":
		c := exec.Command("/proc/self/exe", "hungry")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := c.Start(); err != nil {
			return nil, err
		}
		f.Derive("pid", strconv.Itoa(c.Process.Pid))
	case "log":
		sdk.Log(ctx, slog.LevelWarn, "vendor_slow")
	case "garbage":
		garbage()
	case "memory":
		return nil, hungry()
	case "flood":
		flood()
	case "stderr":
		raw := os.NewFile(2, "stderr")
		fmt.Fprintln(raw, `{"@message":1}`)
		fmt.Fprintln(raw, `{"@level":"info","@message":"Anna Maria ERIKSSON","@timestamp":7}`)
		fmt.Fprintln(raw, strings.Repeat("ERIKSSON", 20000))
		fmt.Fprintln(raw, `{"level":"warn","code":"vendor_slow"}`)
		fmt.Fprintln(raw, "panic: ERIKSSON")
		fmt.Fprintln(raw, "\t/src/rogue/main.go:99 +0x1d")
		fmt.Println("stdout after the handshake ERIKSSON")
	}
	return f, nil
}

// garbage writes what is no TLS to every connection.
func garbage() {
	for fd := 3; fd < 64; fd++ {
		if _, err := syscall.Getpeername(fd); err == nil {
			_, _ = syscall.Write(fd, bytes.Repeat([]byte("ERIKSSON"), 1000))
		}
	}
}

// hungry takes memory until it is stopped, a GiB at most.
func hungry() error {
	var all [][]byte
	for range 64 {
		chunk := make([]byte, 16<<20)
		for i := 0; i < len(chunk); i += 4096 {
			chunk[i] = 1
		}
		all = append(all, chunk)
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("%d chunks", len(all))
}

// flood writes a million lines, good and bad ones.
func flood() {
	raw := os.NewFile(2, "stderr")
	lines := bytes.Repeat([]byte("{\"level\":\"warn\",\"code\":\"flood\"}\nAnna Maria ERIKSSON\n"), 1000)
	for range 500 {
		_, _ = raw.Write(lines)
	}
}

func (r rogue) Send(ctx context.Context, m *sdk.Message) (*sdk.Receipt, error) {
	// "at <name>: <what>" is for that one alone; the others do as they should.
	what := m.Text
	if name, rest, ok := strings.Cut(m.Text, ": "); ok {
		what = ""
		if name == "at "+r.id {
			what = rest
		}
	}
	switch what {
	case "exit":
		os.Exit(3)
	case "hang":
		<-ctx.Done()
		time.Sleep(time.Hour)
	case "slow":
		time.Sleep(300 * time.Millisecond)
	case "late":
		<-ctx.Done()
		time.Sleep(100 * time.Millisecond)
	case "error":
		return nil, errors.New("+8613800138000")
	case "refuse":
		return &sdk.Receipt{State: sdk.Failed, Failure: "address_refused"}, nil
	case "later":
		return &sdk.Receipt{State: sdk.Deferred, Failure: "busy", RetryAfter: time.Minute}, nil
	case "nonsense":
		return &sdk.Receipt{}, nil
	}
	return &sdk.Receipt{State: sdk.Sent, Reference: m.Key}, nil
}

func (rogue) ParseReceipt(_ context.Context, c *sdk.Callback) (*sdk.CallbackAnswer, error) {
	report := sdk.DeliveryReport{Reference: "m1", State: sdk.Delivered}
	a := &sdk.CallbackAnswer{Authentic: true, Status: 200, Body: []byte("<Response/>"), Type: "text/xml", Reports: []sdk.DeliveryReport{report}}
	switch string(c.Body) {
	case "stranger":
		return &sdk.CallbackAnswer{Status: 403}, nil
	case "stranger with reports":
		a.Authentic = false
	case "page":
		a.Type = "text/html"
	case "status":
		a.Status = 99
	case "long":
		a.Body = make([]byte, 1<<20)
	case "many":
		a.Reports = make([]sdk.DeliveryReport, 1000)
	case "nameless":
		a.Reports[0].Reference = ""
	case "stateless":
		a.Reports[0].State = 0
	case "error":
		return nil, errors.New("+8613800138000")
	case "exit":
		os.Exit(3)
	}
	return a, nil
}

func (rogue) Verify(_ context.Context, v *sdk.Verification) (*sdk.Verdict, error) {
	switch v.Fields["what"] {
	case "pass":
		return &sdk.Verdict{Result: sdk.Pass, Source: "rogue"}, nil
	case "fail":
		return &sdk.Verdict{Result: sdk.Fail, Reasons: []sdk.Reason{{Code: "registry.mismatch_name", Subject: sdk.Subject{Kind: "field", Ref: "name"}}}}, nil
	case "silent":
		return &sdk.Verdict{Result: sdk.Fail}, nil
	}
	return &sdk.Verdict{}, nil
}

func main() {
	id := os.Args[0]
	if len(os.Args) > 1 && os.Args[1] == "hungry" {
		_ = hungry()
		return
	}
	if strings.HasSuffix(own, "-crash") {
		os.Exit(1)
	}
	switch id {
	case "rogue-mute":
		time.Sleep(time.Hour)
	case "rogue-babble":
		fmt.Println(strings.Repeat("1|1|unix|", 10000))
		time.Sleep(time.Hour)
	case "rogue-elsewhere":
		fmt.Println("1|1|tcp|127.0.0.1:22|grpc|")
		time.Sleep(time.Hour)
	case "rogue-crash":
		os.Exit(1)
	}
	sdk.Serve(rogue{id})
}
