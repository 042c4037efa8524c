package main

import (
	"context"
	"log/slog"
	"os"
	"strings"
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
	if !s.Secure && strings.HasPrefix(s.BaseURL, "https://") {
		list = append(list, "people come by TLS, but cookies are not kept to it: set --secure (PAIFANG_SECURE)")
	}
	if info, err := os.Stat(s.Settings); s.Settings != "" && err == nil && info.Mode().Perm()&0o077 != 0 {
		list = append(list, "others on this machine can read the settings of providers, which hold passwords: chmod 600 "+s.Settings)
	}
	return list
}
