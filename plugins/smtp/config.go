package main

import (
	"bytes"
	"crypto/tls"
	_ "embed"
	"encoding/json"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/paifang/paifang/plugins/sdk"
)

//go:embed config.schema.json
var schema []byte

type config struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	TLS      string `json:"tls"`
	User     string `json:"user"`
	Password string `json:"password"`
	From     string `json:"from"`
	CAFile   string `json:"ca_file"`
}

// timeout bounds a whole conversation, below the host's deadline of 10 s.
const timeout = 8 * time.Second

// parse reads a configuration and finds what is wrong with it.
func parse(raw []byte) (config, []sdk.Diagnostic) {
	c := config{Port: 587, TLS: "starttls"}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, []sdk.Diagnostic{{Code: "config.malformed", Key: "provider.config.malformed"}}
	}
	var wrong []sdk.Diagnostic
	want := func(ok bool, path, code string) {
		if !ok {
			wrong = append(wrong, sdk.Diagnostic{Code: code, Key: "provider." + code, Path: path})
		}
	}
	from, err := mail.ParseAddress(c.From)
	want(c.Host != "" && !strings.ContainsAny(c.Host, " /\r\n"), "host", "config.invalid")
	want(c.Port > 0 && c.Port < 65536, "port", "config.invalid")
	want(c.TLS == "starttls" || c.TLS == "implicit" || c.TLS == "none", "tls", "config.invalid")
	want(err == nil && from.Name == "" && from.Address == c.From, "from", "config.invalid")
	want((c.User == "") == (c.Password == ""), "password", "config.required")
	want(c.User == "" || c.TLS != "none", "user", "config.needs_tls")
	if _, err := sdk.Authorities(c.CAFile); err != nil {
		want(false, "ca_file", "config.invalid")
	}
	return c, wrong
}

// client makes an SMTP client; one is used for one conversation.
func (c config) client() (*gomail.Client, error) {
	roots, err := sdk.Authorities(c.CAFile)
	if err != nil {
		return nil, err
	}
	options := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(timeout),
		gomail.WithTLSConfig(&tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, RootCAs: roots}),
	}
	switch c.TLS {
	case "implicit":
		options = append(options, gomail.WithSSL())
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	return gomail.NewClient(c.Host, options...)
}
