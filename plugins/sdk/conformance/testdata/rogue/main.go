// Command rogue is a market (or, as other-…, a messenger and verifier) with one
// flaw, named by the name it is started under: the suite must find that one.
// Started as "good" or "other" it has none.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/wire"
)

const tenantSchema = `{"type": "object", "additionalProperties": false, "properties": {"min": {"type": "integer"}}}`

type market struct {
	flaw    string
	calls   atomic.Int64
	drains  atomic.Int64
	healths atomic.Int64
	inside  atomic.Int64 // questions under way
}

func (m *market) Describe() sdk.Description {
	d := sdk.Description{
		ID: "rogue", Version: "1.0.0", TenantSchema: []byte(tenantSchema), Messages: messages(),
		OwnCodes: map[string]string{"x.rogue.odd": "data.number_mismatch"},
		Flows: []sdk.Flow{{Market: "rogue", Review: sdk.ReviewOnReferral, Tiers: []sdk.Tier{{ID: "basic"}},
			Steps: []sdk.Step{{ID: "profile", Kind: sdk.ProfileStep, Fields: []sdk.Field{
				{Name: "name", Type: sdk.NameField, PII: sdk.PIIIdentity},
				{Name: "number", Type: sdk.NumberField, PII: sdk.PIIIdentity},
				{Name: "owners", Type: sdk.ListField, MaxRows: 2, PII: sdk.PIIIdentity, Fields: []sdk.Field{{Name: "name", Type: sdk.NameField, PII: sdk.PIIIdentity}}},
			}}}}},
	}
	switch m.flaw {
	case "moody":
		d.Version = fmt.Sprintf("1.0.%d", os.Getpid())
	case "lax":
		d.TenantSchema = []byte(`{}`)
	case "unwelcome":
		d.Version = "6.6.6"
	}
	return d
}

func messages() sdk.Messages {
	all := sdk.Messages{}
	for _, locale := range []string{"zh-Hans", "zh-Hant", "en", "fr", "ru", "ar"} {
		all[locale] = map[string]map[string]string{}
		for _, key := range []string{"title", "profile.title", "profile.name.label", "profile.number.label", "profile.owners.label",
			"profile.owners.name.label", "tiers.basic.label", "problem.odd"} {
			all[locale]["rogue."+key] = map[string]string{"other": "Text"}
		}
	}
	return all
}

func (m *market) Health(context.Context) error {
	if m.flaw == "sullen" {
		return fmt.Errorf("I do not feel well")
	}
	return nil
}

func (m *market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {
	f := &sdk.Finding{}
	if len(q.Config) > 0 && m.flaw != "guesses" && !json.Valid(q.Config) {
		return nil, fmt.Errorf("configuration")
	}
	number := strings.TrimSpace(q.Value("number"))
	if number != "12345678909" {
		f.Problem("number", "field.number_digits")
	}
	if f.Accepted() {
		f.Normalize("number", number)
		f.Identity("rogue", number)
		f.Tier = "basic"
	}
	m.misbehave(q, f)
	return f, nil
}

// misbehave does what the flaw is.
func (m *market) misbehave(q *sdk.Question, f *sdk.Finding) {
	name := q.Value("name")
	switch m.flaw {
	case "prints":
		fmt.Println("evaluating")
	case "gossips":
		fmt.Fprintln(os.Stderr, "evaluating", name)
	case "stateful":
		f.Derive("count", strconv.FormatInt(m.calls.Add(1), 10))
	case "local":
		f.Derive("day", q.Now.Local().Format(time.DateOnly))
	case "polyglot":
		f.Derive("language", "x"+q.Locale)
	case "curious":
		f.Normalized = maps.Clone(q.Values)
	case "panics":
		if strings.Contains(name, "𠮷") {
			panic(name)
		}
	case "mortal":
		if strings.ContainsFunc(name, unicode.IsControl) {
			os.Exit(3)
		}
	case "slow":
		if strings.HasPrefix(name, "１") || strings.HasPrefix(name, "१") {
			time.Sleep(2500 * time.Millisecond)
		}
	case "stray-path":
		f.Problem("nobody", "field.required")
	case "made-up-code":
		f.Problem("name", "data.sounds_wrong")
	case "undeclared-code":
		f.Problem("name", "x.rogue.new")
	case "telltale":
		f.Problem("name", "field.name", "given", name)
	case "generous":
		f.Tier = "platinum"
	case "demanding":
		f.Request("profile")
	case "vague-identity":
		if f.Accepted() {
			f.Identity("", number(q))
		}
	case "hasty":
		f.Identity("rogue", "1")
	case "lengthy":
		for i := range 101 {
			f.Derive(fmt.Sprintf("count%d", i), "1")
		}
	case "untidy":
		f.Derive("Birth Date", "1990-01-01")
	}
}

func number(q *sdk.Question) string { return q.Value("number") }

func main() {
	m := &market{flaw: filepath.Base(os.Args[0])}
	switch m.flaw {
	case "noisy":
		fmt.Println("Welcome to Rogue 1.0")
	case "wild":
		_ = os.Setenv(wire.CookieKey, wire.CookieValue)
	case "undying":
		signal.Ignore(syscall.SIGTERM)
	case "single":
		if _, err := net.Listen("unix", fmt.Sprintf("@paifang-rogue-%d", os.Getppid())); err != nil {
			os.Exit(5)
		}
	}
	var provider sdk.Provider = m
	if strings.HasPrefix(m.flaw, "other") {
		provider = &other{flaw: m.flaw}
	}
	config, err := sdk.ServeConfig(provider)
	if err != nil {
		panic(err)
	}
	server := config.GRPCServer
	config.GRPCServer = func(opts []grpc.ServerOption) *grpc.Server {
		opts = append(opts, grpc.ChainUnaryInterceptor(m.unary), grpc.ChainStreamInterceptor(m.stream))
		if strings.HasSuffix(m.flaw, "unbounded") {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(64<<20))...)
		}
		return server(opts)
	}
	plugin.Serve(config)
}
