package main

import (
	"crypto/tls"
	_ "embed"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

//go:embed config.schema.json
var schema []byte

type config struct {
	Account  string `json:"account"`
	Token    string `json:"token"`
	Key      string `json:"key"`
	Secret   string `json:"secret"`
	From     string `json:"from"`
	Service  string `json:"service"`
	Base     string `json:"base"`
	Endpoint string `json:"endpoint"`
	CAFile   string `json:"ca_file"`
}

// timeout bounds one request, below the host's deadline of 10 s for a message,
// which can take two.
const timeout = 4 * time.Second

var (
	accountID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	keyID     = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
	serviceID = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	e164      = regexp.MustCompile(`^\+[1-9][0-9]{3,14}$`)
)

// parse reads a configuration and finds what is wrong with it.
func parse(raw []byte) (config, []sdk.Diagnostic) {
	c := config{Endpoint: "https://api.twilio.com"}
	if err := sdk.DecodeConfig(raw, &c); err != nil {
		return c, []sdk.Diagnostic{{Code: "config.malformed", Key: "provider.config.malformed"}}
	}
	var wrong []sdk.Diagnostic
	want := func(ok bool, path, code string) {
		if !ok {
			wrong = append(wrong, sdk.Diagnostic{Code: code, Key: "provider." + code, Path: path})
		}
	}
	want(accountID.MatchString(c.Account), "account", "config.invalid")
	want(c.Token != "", "token", "config.required")
	want(c.Key == "" || keyID.MatchString(c.Key), "key", "config.invalid")
	want((c.Key == "") == (c.Secret == ""), "secret", "config.required")
	want((c.From == "") != (c.Service == ""), "from", "config.required")
	want(c.From == "" || e164.MatchString(c.From), "from", "config.invalid")
	want(c.Service == "" || serviceID.MatchString(c.Service), "service", "config.invalid")
	want(c.Base == "" || address(c.Base), "base", "config.invalid")
	want(address(c.Endpoint), "endpoint", "config.needs_tls")
	_, err := sdk.Authorities(c.CAFile)
	want(err == nil, "ca_file", "config.invalid")
	return c, wrong
}

// address tells whether a base URL keeps secrets: https, or http to this machine.
func address(base string) bool {
	u, err := url.Parse(base)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(base, "/") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && ip != nil && ip.IsLoopback())
}

// client makes an HTTP client that keeps its connections and follows nobody
// elsewhere: what it sends is secret.
func (c config) client() (*http.Client, error) {
	roots, err := sdk.Authorities(c.CAFile)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
