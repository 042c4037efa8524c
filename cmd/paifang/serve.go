package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/paifang/paifang/core/contact"
)

// startsPerAddress bounds the applications from one network address in an hour.
const startsPerAddress = 60

type serveCommand struct{ Serving }

func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	g, err := open(ctx, options{Serving: c.Serving, starts: startsPerAddress}, log)
	if err != nil {
		return err
	}
	log.Info("serving", "listen", c.Listen, "base", c.baseURL())
	return g.serve(ctx, c.Listen)
}

// demoLimits let one machine play many people.
func demoLimits() contact.Limits {
	many := []contact.Rate{{Window: time.Hour, Limit: 100_000}}
	return contact.Limits{SendAddress: many, SendTenant: many, SendCountry: many, HumanFailed: many, Availability: many,
		SignInAddress: many, SignInPair: many, SignInName: many}
}
