package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/plugins/catalogue"
	"github.com/paifang/paifang/policies"
)

type tenantMarket struct {
	providerPlace
	Tenant string `arg:"" help:"Tenant."`
	Market string `arg:"" help:"Market."`
	Act    string `arg:"" enum:"open,shut,show,choose,set,restore" help:"One of ${enum}. Applications under way go on as they began."`
	What   string `arg:"" optional:"" help:"choose: an installed version, shipped, a channel (stable, canary), or platform for what the platform decides. set: a JSON file with all settings, - for standard input; secret ones that it does not name stay, null clears them. restore: the number of a version of the settings."`
	Number *int64 `help:"The number of the version that you looked at; refused when there is a newer one. Default: the newest." placeholder:"N"`
	Try    bool   `help:"Only tell what would change, and whether the provider takes it."`
	JSON   bool   `name:"json" help:"Of show: print the settings alone, as set takes them."`
}

// Run does what the page of the market's settings does, with the same judges: no
// provider runs here, so that the versions that are asked are started apart. To shut
// a market nobody is asked.
func (c *tenantMarket) Run(ctx context.Context, log *slog.Logger, t terminal) error {
	if err := c.arguments(); err != nil {
		return err
	}
	if c.Act == "shut" {
		return with(ctx, c.Storage, func(h *house) error { return c.act(ctx, h, &trials{}, log, t) })
	}
	return c.withDesk(ctx, func(h *house, d *rollout.Desk, s *catalogue.Store) error {
		p := &trials{prover: d.Prover.(prover), shelf: d.Shelf.(shelf), desk: d}
		if c.Act != "show" && !p.shelf.Shipped(c.Market) {
			if err := switchedOn(ctx, c.Market, p.shelf.shipped, d, s); err != nil {
				return err
			}
		}
		return c.act(ctx, h, p, log, t)
	})
}

func (c *tenantMarket) arguments() error {
	if wants := slices.Contains([]string{"choose", "set", "restore"}, c.Act); wants != (c.What != "") {
		return errors.New("paifang tenant market TENANT MARKET choose VERSION, set FILE or restore NUMBER; open, shut and show take nothing more")
	}
	if c.Try && (c.Act == "show" || c.Act == "restore") {
		return errors.New("--try is for open, shut, choose and set")
	}
	return nil
}

// act opens the desk of the office and does what was asked for.
func (c *tenantMarket) act(ctx context.Context, h *house, p *trials, log *slog.Logger, t terminal) error {
	id, market := kyc.TenantID(c.Tenant), kyc.MarketID(c.Market)
	if err := h.office.Known(ctx, id); err != nil {
		return err
	}
	may, err := policies.NewFor(h.store, time.Now, log)
	if err != nil {
		return err
	}
	desk := offer.New(offer.Config{Store: h.store, Vault: h.vault, Platform: p, Authorizer: may, Clock: time.Now, IDs: newID, Office: true})
	who := offer.Who{Tenant: id}
	if c.Act == "show" {
		return c.show(ctx, t, desk, who)
	}
	now, err := h.store.TenantMarket(ctx, id, market)
	if err != nil && (kyc.CodeOf(err) != kyc.NotFound || c.Act == "shut") {
		if kyc.CodeOf(err) == kyc.NotFound {
			return fmt.Errorf("tenant %q does not offer market %q", id, market)
		}
		return err
	}
	number := now.Number
	if c.Number != nil {
		number = *c.Number
	}
	return c.change(ctx, t, desk, who, number)
}

// change makes the next version, or tells what it would be.
func (c *tenantMarket) change(ctx context.Context, t terminal, desk *offer.Desk, who offer.Who, number int64) error {
	market := kyc.MarketID(c.Market)
	var is kyc.TenantMarket
	var err error
	if c.Act == "restore" {
		back, wrong := strconv.ParseInt(c.What, 10, 64)
		if wrong != nil {
			return fmt.Errorf("%q is no number of a version: paifang tenant market %s %s show", c.What, c.Tenant, c.Market)
		}
		is, err = desk.Restore(ctx, who, market, number, back)
	} else {
		draft, wrong := c.draft(t, number)
		if wrong != nil {
			return wrong
		}
		if c.Try {
			preview, err := desk.Preview(ctx, who, market, draft)
			if err == nil {
				printChanges(t.out, nil, preview.Changes)
				if len(preview.Diagnostics) > 0 {
					err = &offer.Refused{Diagnostics: preview.Diagnostics}
				}
			}
			return c.unchanged(err)
		}
		is, err = desk.Change(ctx, who, market, draft)
	}
	switch {
	case err != nil:
		return c.unchanged(err)
	case is.Number == number:
		fmt.Fprintf(t.out, "Nothing has changed: it was so already, version %d.\n", number)
	default:
		fmt.Fprintf(t.out, "%s of %s is at version %d now; it holds within two seconds.\n", c.Market, c.Tenant, is.Number)
	}
	return nil
}

func (c *tenantMarket) draft(t terminal, number int64) (offer.Draft, error) {
	draft := offer.Draft{Number: number}
	switch c.Act {
	case "open", "shut":
		open := c.Act == "open"
		draft.Enabled = &open
	case "choose":
		pinned := c.What
		if pinned == platformChoice {
			pinned = ""
		}
		draft.Pinned = &pinned
	case "set":
		var in io.Reader = t.in
		if c.What != "-" {
			f, err := os.Open(c.What)
			if err != nil {
				return draft, err
			}
			defer f.Close()
			in = f
		}
		raw, err := io.ReadAll(io.LimitReader(in, offer.MaxSettings+1))
		if err != nil {
			return draft, err
		}
		draft.Settings = append([]byte{}, raw...) // an empty file is no settings, not none to set
	}
	return draft, nil
}

// unchanged says in words why nothing has changed.
func (c *tenantMarket) unchanged(err error) error {
	var refused *offer.Refused
	var stale *offer.Stale
	switch {
	case errors.As(err, &refused):
		return errors.New("nothing has changed, the settings are refused:" + refusal(refused.Diagnostics))
	case errors.As(err, &stale):
		return fmt.Errorf("nothing has changed: the newest version is %d by now: paifang tenant market %s %s show", stale.Number, c.Tenant, c.Market)
	}
	return plain(err)
}
