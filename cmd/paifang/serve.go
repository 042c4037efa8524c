package main

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"os"
)

// startsPerAddress bounds the applications from one network address in an hour.
const startsPerAddress = 60

type serveCommand struct{ Serving }

// Run serves until a signal comes. No option of it is development mode.
func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	g, err := open(ctx, options{Serving: c.Serving, starts: startsPerAddress}, log)
	if err != nil {
		return err
	}
	for _, warning := range c.warnings() {
		log.Warn(warning)
	}
	log.Info("serving", "listen", c.Listen, "base", c.baseURL())
	return g.serve(ctx)
}

// warnings are about settings that work but are hardly meant.
func (s Serving) warnings() []string {
	var list []string
	if s.BaseURL == "" && s.everywhere() {
		list = append(list, "links in messages begin with "+s.baseURL()+", which only this machine can follow: set --base-url (PAIFANG_BASE_URL)")
	}
	if u, err := url.Parse(s.baseURL()); err == nil && !s.secure() && !loopback(u.Hostname()) {
		list = append(list, "people come without TLS, and what they type and their cookies can be read on the way: set --base-url (PAIFANG_BASE_URL) to an https address")
	}
	if info, err := os.Stat(s.Settings); s.Settings != "" && err == nil && info.Mode().Perm()&0o077 != 0 {
		list = append(list, "others on this machine can read the settings of providers, which hold passwords: chmod 600 "+s.Settings)
	}
	if info, err := os.Stat(s.TraceHeaders); s.TraceHeaders != "" && err == nil && info.Mode().Perm()&0o077 != 0 {
		list = append(list, "others on this machine can read the headers for the collector of traces: chmod 600 "+s.TraceHeaders)
	}
	if u, err := url.Parse(s.Traces); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		list = append(list, "traces, and the headers for their collector, go to another machine without TLS: set --traces (PAIFANG_TRACES) to an https address")
	}
	return list
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
