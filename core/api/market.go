package api

import (
	"encoding/json"
	"errors"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
)

// marketTable is the routes of how a tenant offers markets.
func (d *Door) marketTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const at = base + "/tenants/:tenant/markets"
	const one = at + "/:market"
	return []route{
		r("GET", at, policies.MarketRead, "listOffers", "Which markets the tenant offers and could offer", call(d, 200, d.offers)),
		r("GET", one, policies.MarketRead, "readOffer", "How the tenant offers a market: settings without what is secret, their JSON Schema, every version with what changed", call(d, 200, d.readOffer)),
		r("PUT", one, policies.MarketManage, "changeOffer", "Make the next version: open or close the market, choose a version of the rules, change settings. The provider judges it first (422 tells where it falls short); it holds on every server within 2 seconds for applications that begin then", call(d, 200, d.changeOffer)).fresh(),
		r("POST", one+"/preview", policies.MarketManage, "previewOffer", "Tell what a change would do, and whether the provider takes it; changes nothing", call(d, 200, d.previewOffer)),
		r("POST", one+"/restore", policies.MarketManage, "restoreOffer", "Make an older version the newest, if the provider of today takes its settings", call(d, 200, d.restoreOffer)).fresh(),
	}
}

func marketOf(c *fiber.Ctx) kyc.MarketID { return kyc.MarketID(c.Params("market")) }

func offerItem(p *locales.Printer, m offer.Market) OfferItem {
	out := OfferItem{ID: string(m.Market), Title: words.Label(p, m.About.Title, string(m.Market)), Summary: words.Label(p, m.About.Summary, ""),
		Number: m.Number, Enabled: m.Enabled, Pinned: m.Pinned, Version: m.About.Version, State: m.About.State}
	if m.Trouble != "" {
		out.Trouble = p.T(m.Trouble, "version", m.Pinned)
	}
	return out
}

func (d *Door) offers(c *fiber.Ctx, who caller, _ none) (OfferList, error) {
	list, err := d.Offers.Markets(c.UserContext(), offer.Who(who.desk))
	out, p := OfferList{Markets: []OfferItem{}}, d.Printer(who.locale)
	for _, m := range list {
		out.Markets = append(out.Markets, offerItem(p, m))
	}
	return out, err
}

// readOffer answers the market as it is now, also after a change.
func (d *Door) readOffer(c *fiber.Ctx, who caller, _ none) (Offering, error) {
	v, err := d.Offers.Market(c.UserContext(), offer.Who(who.desk), marketOf(c))
	if err != nil {
		return Offering{}, err
	}
	out := Offering{OfferItem: offerItem(d.Printer(who.locale), v.Market), Schema: v.About.Schema, Kept: append([]string{}, v.Kept...), Versions: []string{},
		UnderWay: v.UnderWay, History: []OfferVersion{}}
	if out.Settings, err = offer.JSON(v.Settings); err != nil {
		return out, err
	}
	for _, x := range v.Choices {
		out.Versions = append(out.Versions, x.Version)
	}
	for _, h := range v.History {
		out.History = append(out.History, OfferVersion{Number: h.Number, Enabled: h.Enabled, Pinned: h.Pinned, Restored: h.Back,
			Actor: &Actor{Kind: h.ByKind, ID: h.ByID, Name: h.By}, At: stamp(h.At), Changes: offerChanges(h.Changes)})
	}
	return out, nil
}

func offerChanges(list []offer.Change) []OfferChange {
	out := []OfferChange{}
	for _, x := range list {
		one := OfferChange{Of: x.Of, Pointer: x.Pointer, Secret: x.Secret}
		if x.Of == offer.OfSetting {
			one.From, one.To = json.RawMessage(x.From), json.RawMessage(x.To)
		} else {
			one.From, one.To = quoted(x.From), quoted(x.To)
		}
		out = append(out, one)
	}
	return out
}

func quoted(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return raw
}

func draftOf(in ChangeOfferRequest) offer.Draft {
	return offer.Draft{Number: in.Number, Enabled: in.Enabled, Pinned: in.Pinned, Settings: in.Settings}
}

// offerDone answers a change: the market as it is now, or where it falls short.
func (d *Door) offerDone(c *fiber.Ctx, who caller, err error) (Offering, error) {
	var refused *offer.Refused
	if errors.As(err, &refused) {
		return Offering{}, &shortfall{locale: who.locale, told: d.told(who, refused.Diagnostics)}
	}
	if err != nil {
		return Offering{}, err
	}
	return d.readOffer(c, who, none{})
}

func (d *Door) told(who caller, list []offer.Diagnostic) []FieldError {
	p, out := d.Printer(who.locale), []FieldError{}
	for _, x := range list {
		out = append(out, FieldError{Path: x.Path, Code: x.Code, Detail: words.Diagnostic(p, x), Params: x.Params})
	}
	return out
}

func (d *Door) changeOffer(c *fiber.Ctx, who caller, in ChangeOfferRequest) (Offering, error) {
	_, err := d.Offers.Change(c.UserContext(), offer.Who(who.desk), marketOf(c), draftOf(in))
	return d.offerDone(c, who, err)
}

func (d *Door) previewOffer(c *fiber.Ctx, who caller, in ChangeOfferRequest) (OfferPreview, error) {
	p, err := d.Offers.Preview(c.UserContext(), offer.Who(who.desk), marketOf(c), draftOf(in))
	var refused *offer.Refused
	if errors.As(err, &refused) {
		return OfferPreview{Changes: []OfferChange{}, Errors: d.told(who, refused.Diagnostics)}, nil
	}
	if err != nil {
		return OfferPreview{}, err
	}
	return OfferPreview{Changes: offerChanges(p.Changes), Errors: d.told(who, p.Diagnostics)}, nil
}

func (d *Door) restoreOffer(c *fiber.Ctx, who caller, in RestoreOfferRequest) (Offering, error) {
	_, err := d.Offers.Restore(c.UserContext(), offer.Who(who.desk), marketOf(c), in.Number, in.Back)
	return d.offerDone(c, who, err)
}
