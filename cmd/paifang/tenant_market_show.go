package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	reviewwords "github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
)

// platformChoice is how a command calls the choice of no version.
const platformChoice = "platform"

// show prints how a market is offered, without what is secret, and its history.
func (c *tenantMarket) show(ctx context.Context, t terminal, desk *offer.Desk, who offer.Who) error {
	v, err := desk.Market(ctx, who, kyc.MarketID(c.Market))
	if err != nil {
		return plain(err)
	}
	if v.Trouble != "" && c.JSON {
		return errors.New("the version that judges cannot be asked now what is secret: no settings are shown")
	}
	raw, err := offer.JSON(v.Settings)
	if err != nil {
		return err
	}
	if raw, err = json.MarshalIndent(json.RawMessage(raw), "", "  "); err != nil {
		return err
	}
	if c.JSON {
		fmt.Fprintf(t.out, "%s\n", raw)
		return nil
	}
	state := "shut"
	if v.Enabled {
		state = "open"
	}
	fmt.Fprintf(t.out, "%s of %s is %s, version %d. Applications under way: %d.\n", c.Market, c.Tenant, state, v.Number, v.UnderWay)
	judge := "judged by " + v.About.Version
	if v.Trouble != "" {
		judge = "it cannot be asked now"
	}
	fmt.Fprintf(t.out, "Rules: %s; %s.\n", cmp.Or(v.Pinned, platformChoice), judge)
	for _, x := range v.Choices {
		fmt.Fprintf(t.out, "  to choose: %s\n", x.Version)
	}
	switch {
	case v.Trouble != "":
		fmt.Fprintln(t.out, "Settings: not shown while nobody can say what of them is secret.")
	case v.Schema == nil:
		fmt.Fprintln(t.out, "Settings: this version has none.")
	default:
		fmt.Fprintf(t.out, "Settings: %s\n", raw)
	}
	for _, at := range v.Kept {
		fmt.Fprintf(t.out, "  secret, set: %s\n", at)
	}
	for _, h := range v.History {
		line := fmt.Sprintf("%d  %s  %s:%s", h.Number, moment(h.At), h.ByKind, h.ByID)
		if h.Back > 0 {
			line += fmt.Sprintf("  version %d restored", h.Back)
		}
		fmt.Fprintln(t.out, line)
		printChanges(t.out, v.Schema, h.Changes)
	}
	return nil
}

// printChanges prints differences, a line each.
func printChanges(out io.Writer, schema *offer.Setting, list []offer.Change) {
	if len(list) == 0 {
		fmt.Fprintln(out, "  nothing differs")
	}
	line := func(what, from, to string) {
		fmt.Fprintf(out, "  %s: %s -> %s\n", what, cmp.Or(from, "not set"), cmp.Or(to, "not set"))
	}
	for _, c := range list {
		switch c.Of {
		case offer.OfState:
			line("registration", c.From, c.To)
			continue
		case offer.OfVersion:
			line("rules", cmp.Or(c.From, platformChoice), cmp.Or(c.To, platformChoice))
			continue
		}
		if c.Secret {
			fmt.Fprintf(out, "  %s: changed (secret)\n", cmp.Or(c.Pointer, "settings"))
			continue
		}
		entries, ok := schema.At(c.Pointer).Entries(c)
		if !ok {
			line(c.Pointer, c.From, c.To)
		}
		for _, e := range entries {
			line(strings.TrimSpace(fmt.Sprintf("%s entry %d %s", c.Pointer, e.Number, e.Name)), asJSON(e.From), asJSON(e.To))
		}
	}
}

func asJSON(v any) string {
	if v == nil {
		return ""
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(raw)
}

// refusal says where settings fall short, a line for each place.
func refusal(list []offer.Diagnostic) string {
	bundle, err := locales.Load()
	text := ""
	for _, d := range list {
		line := "\n  " + cmp.Or(d.Path, "the whole") + ": "
		if err == nil {
			line += reviewwords.Diagnostic(bundle.Printer("en"), d) + " "
		}
		text += line + "[" + d.Code + "]"
	}
	return text
}
