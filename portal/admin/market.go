package admin

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/offer"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/schemaform"
	"github.com/paifang/paifang/portal/web"
)

func (d *Door) marketRoutes(base string) []policies.Route[fiber.Handler] {
	one := base + "/markets/:market"
	return []policies.Route[fiber.Handler]{
		{Method: fiber.MethodGet, Path: base + "/markets", Needs: policies.MarketRead, Handle: d.markets},
		{Method: fiber.MethodGet, Path: one, Needs: policies.MarketRead, Handle: d.market},
		{Method: fiber.MethodPost, Path: one + "/preview", Needs: policies.MarketManage, Handle: d.previewMarket},
		{Method: fiber.MethodPost, Path: one + "/settings", Needs: policies.MarketManage, Handle: d.setMarket, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/state", Needs: policies.MarketManage, Handle: d.switchMarket, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/version", Needs: policies.MarketManage, Handle: d.pinMarket, Fresh: true},
		{Method: fiber.MethodPost, Path: one + "/restore", Needs: policies.MarketManage, Handle: d.restoreMarket, Fresh: true},
	}
}

type marketsData struct {
	Bar  bar
	Rows []marketRow
}

type marketRow struct {
	offer.Market
	Name, Summary, Rules, OnOff string
	Up                          bool
}

func offerWho(c *fiber.Ctx) offer.Who {
	w, _ := whoOf(c)
	return offer.Who(w)
}

func (d *Door) markets(c *fiber.Ctx) error {
	list, err := d.Offers.Markets(c.UserContext(), offerWho(c))
	if err != nil {
		return err
	}
	data := marketsData{Bar: d.bar(c, "markets")}
	for _, m := range list {
		data.Rows = append(data.Rows, d.marketRow(c, m))
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/markets", data)
}

func (d *Door) marketRow(c *fiber.Ctx, m offer.Market) marketRow {
	p := web.VisitOf(c).Printer
	return marketRow{Market: m, Name: words.Label(p, m.About.Title, string(m.TenantMarket.Market)), Summary: words.Label(p, m.About.Summary, ""),
		Rules: rulesOf(p, m.Pinned), OnOff: map[bool]string{true: "on", false: "off"}[m.Enabled], Up: m.About.State == "ready"}
}

// marketData is the page of one market.
type marketData struct {
	Bar     bar
	Market  marketRow
	Number  string
	Change  bool
	Ever    bool // it has been set up
	Running int  // applications under way
	More    bool // than Running
	Choices []pinChoice
	Fields  []settingField
	Changes []changedRow  // what others changed, or what saving would do
	Preview bool          // it is what saving would do
	Same    bool          // that is nothing
	Secrets bool          // what was typed as a secret is lost
	Marked  []markedField // the fields that are wrong
	Rest    []string      // sentences about the whole
	Problem string        // message key
	History []offerRow
}

// Wrong makes the title begin with "Error:".
func (m marketData) Wrong() bool { return m.Problem != "" || len(m.Rest) > 0 }

// markedField leads from the head of the page to a field that is wrong.
type markedField struct{ ID, Label, Text string }

func marked(list []markedField, fields []settingField) []markedField {
	for _, f := range fields {
		for _, text := range f.Wrong {
			list = append(list, markedField{f.ID, f.Label, text})
		}
		list = marked(list, f.Inner)
		for _, row := range f.Lists {
			list = marked(list, row.Inner)
		}
	}
	return list
}

type pinChoice struct {
	Value, Text string
	Chosen      bool
}

type offerRow struct {
	Number, Back, By string
	Restore          string // its number, if it is not the newest and can be gone back to
	At               moment
	Changes          []changedRow
}

// drawn is what a market's page shows beside how the market stands.
type drawn struct {
	status  int
	typed   url.Values // nil: the form as it stands
	wrong   []schemaform.Wrong
	changes []offer.Change
	preview bool
	secrets bool
	problem string
}

func (d *Door) market(c *fiber.Ctx) error {
	return d.marketPage(c, drawn{status: fiber.StatusOK})
}

func marketID(c *fiber.Ctx) kyc.MarketID { return kyc.MarketID(c.Params("market")) }

func (d *Door) marketPage(c *fiber.Ctx, x drawn) error {
	v, err := d.Offers.Market(c.UserContext(), offerWho(c), marketID(c))
	if err != nil {
		return err
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	data := marketData{Bar: d.bar(c, "markets"), Market: d.marketRow(c, v.Market), Number: strconv.FormatInt(v.Number, 10),
		Change: v.Change, Ever: v.Number > 0 || v.Enabled, Preview: x.preview, Same: x.preview && len(x.changes) == 0 && len(x.wrong) == 0,
		Secrets: x.secrets, Problem: x.problem, Running: v.UnderWay, More: v.UnderWay >= offer.MostUnderWay}
	if x.typed != nil && x.problem != "error.market_stale" {
		data.Number = x.typed.Get("number") // of the version that the form is about
	}
	w := worded{p, string(v.TenantMarket.Market), v.Schema, data.Bar.Base + "/markets/" + string(v.TenantMarket.Market) + "/preview"}
	data.Choices, data.Changes = w.choices(v), w.changes(x.changes)
	typed := x.typed
	if typed == nil {
		typed = schemaform.Fill(v.Schema, v.Settings)
	}
	fields := schemaform.Show(v.Schema, typed, v.Kept)
	for _, rest := range schemaform.Attach(fields, x.wrong) {
		data.Rest = append(data.Rest, w.about(rest))
	}
	data.Fields = w.fields(fields)
	data.Marked = marked(nil, data.Fields)
	for i, h := range v.History {
		row := offerRow{Number: p.Number(h.Number), By: h.By, At: k.at(h.At), Changes: w.changes(h.Changes)}
		if h.By == "" {
			row.By = words.Label(p, "admin.provider.by."+h.ByID, h.ByID)
		}
		if h.Back > 0 {
			row.Back = p.Number(h.Back)
		}
		if i > 0 && v.Change {
			row.Restore = strconv.FormatInt(h.Number, 10)
		}
		data.History = append(data.History, row)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return d.Renderer.Page(c, x.status, "admin/market", data)
}

// offerDone leads back to the market's page, or shows it with what stood against it.
func (d *Door) offerDone(c *fiber.Ctx, typed url.Values, err error) error {
	var refused *offer.Refused
	var stale *offer.Stale
	switch {
	case err == nil:
		return seeOther(c, "/markets/"+c.Params("market"))
	case errors.As(err, &refused):
		return d.marketPage(c, drawn{status: fiber.StatusUnprocessableEntity, typed: typed, wrong: d.sentences(c, refused.Diagnostics),
			problem: "error.market_settings", secrets: typedSecrets(typed)})
	case errors.As(err, &stale):
		return d.marketPage(c, drawn{status: fiber.StatusConflict, typed: typed, changes: stale.Changes, problem: "error.market_stale", secrets: typedSecrets(typed)})
	case kyc.CodeOf(err) == kyc.TooLarge:
		return d.marketPage(c, drawn{status: fiber.StatusRequestEntityTooLarge, typed: typed, problem: keyOr(err, "web.too_large"), secrets: typedSecrets(typed)})
	case kyc.CodeOf(err) == kyc.Unavailable:
		return d.marketPage(c, drawn{status: fiber.StatusServiceUnavailable, typed: typed, problem: keyOr(err, "error.unavailable"), secrets: typedSecrets(typed)})
	}
	key, status, ok := mendable(err)
	if !ok {
		return err
	}
	return d.marketPage(c, drawn{status: status, typed: typed, problem: key, secrets: typedSecrets(typed)})
}

func keyOr(err error, key string) string {
	if k := keyOf(err); k != "" {
		return k
	}
	return key
}

// typedSecrets tells whether a form had secrets, which are not shown again.
func typedSecrets(typed url.Values) bool {
	for name, values := range typed {
		if strings.HasPrefix(name, schemaform.Secrets) && values[0] != "" {
			return true
		}
	}
	return false
}

func (d *Door) sentences(c *fiber.Ctx, list []offer.Diagnostic) []schemaform.Wrong {
	p := web.VisitOf(c).Printer
	var out []schemaform.Wrong
	for _, x := range list {
		out = append(out, schemaform.Wrong{Pointer: schemaform.PointerOf(x.Path), Text: words.Diagnostic(p, x)})
	}
	return out
}

// mostFields bounds the fields that a form of settings has.
const mostFields = 2000

// sent is the form as a browser sent it. TooLarge for one of more than mostFields: a
// part of it would be other settings than were typed.
func sent(c *fiber.Ctx) (url.Values, error) {
	args := c.Request().PostArgs()
	if args.Len() > mostFields {
		return nil, kyc.EKey(kyc.TooLarge, "web.too_large", "a form of %d fields", args.Len())
	}
	v := url.Values{}
	for name, value := range args.All() {
		if n := string(name); n != web.CSRFField {
			v.Add(n, strings.ToValidUTF8(string(value), "\uFFFD"))
		}
	}
	return v, nil
}

// drafted reads the settings' form. ok is false when it is answered already: what
// was typed is no value, or secrets were lost on the way.
func (d *Door) drafted(c *fiber.Ctx) (draft offer.Draft, typed url.Values, ok bool, err error) {
	v, err := d.Offers.Market(c.UserContext(), offerWho(c), marketID(c))
	if err != nil {
		return draft, nil, false, err
	}
	if typed, err = sent(c); err != nil {
		return draft, nil, false, err
	}
	draft.Number = whole(c, "number")
	if typed.Has(lostSecrets) {
		return draft, typed, false, d.marketPage(c, drawn{status: fiber.StatusUnprocessableEntity, typed: typed, secrets: true})
	}
	if typed.Has("more") {
		return draft, typed, false, d.marketPage(c, drawn{status: fiber.StatusOK, typed: typed, secrets: typedSecrets(typed)})
	}
	if v.Schema == nil {
		return draft, typed, false, kyc.EKey(kyc.Unavailable, "error.market_down", "there is no form")
	}
	doc, wrong := schemaform.Read(v.Schema, typed)
	if len(wrong) > 0 {
		p := web.VisitOf(c).Printer
		var list []schemaform.Wrong
		for _, w := range wrong {
			list = append(list, schemaform.Wrong{Pointer: w.Pointer, Text: p.T("problem." + w.Code)})
		}
		return draft, typed, false, d.marketPage(c, drawn{status: fiber.StatusUnprocessableEntity, typed: typed, wrong: list, problem: "error.market_settings", secrets: typedSecrets(typed)})
	}
	draft.Settings, err = offer.JSON(doc)
	return draft, typed, err == nil, err
}

func whole(c *fiber.Ctx, name string) int64 {
	n, err := strconv.ParseInt(c.FormValue(name), 10, 64)
	if err != nil {
		return -1 // fits none
	}
	return n
}

func (d *Door) previewMarket(c *fiber.Ctx) error {
	draft, typed, ok, err := d.drafted(c)
	if !ok {
		return err
	}
	preview, err := d.Offers.Preview(c.UserContext(), offerWho(c), marketID(c), draft)
	if err != nil {
		return d.offerDone(c, typed, err)
	}
	x := drawn{status: fiber.StatusOK, typed: typed, changes: preview.Changes, preview: true, secrets: typedSecrets(typed)}
	if x.wrong = d.sentences(c, preview.Diagnostics); len(x.wrong) > 0 {
		x.status, x.problem = fiber.StatusUnprocessableEntity, "error.market_settings"
	}
	return d.marketPage(c, x)
}

func (d *Door) setMarket(c *fiber.Ctx) error {
	draft, typed, ok, err := d.drafted(c)
	if !ok {
		return err
	}
	_, err = d.Offers.Change(c.UserContext(), offerWho(c), marketID(c), draft)
	return d.offerDone(c, typed, err)
}

func (d *Door) switchMarket(c *fiber.Ctx) error {
	on := c.FormValue("state") == "on"
	if !on && c.FormValue("state") != "off" {
		return kyc.EKey(kyc.Invalid, "error.invalid", "neither on nor off")
	}
	_, err := d.Offers.Change(c.UserContext(), offerWho(c), marketID(c), offer.Draft{Number: whole(c, "number"), Enabled: &on})
	return d.offerDone(c, nil, err)
}

func (d *Door) pinMarket(c *fiber.Ctx) error {
	pinned := strings.Clone(c.FormValue("pinned"))
	_, err := d.Offers.Change(c.UserContext(), offerWho(c), marketID(c), offer.Draft{Number: whole(c, "number"), Pinned: &pinned})
	return d.offerDone(c, nil, err)
}

func (d *Door) restoreMarket(c *fiber.Ctx) error {
	_, err := d.Offers.Restore(c.UserContext(), offerWho(c), marketID(c), whole(c, "number"), whole(c, "back"))
	return d.offerDone(c, nil, err)
}

// choices are what new applications can be judged by.
func (w worded) choices(v *offer.View) []pinChoice {
	var out []pinChoice
	add := func(value, text string) { out = append(out, pinChoice{value, text, value == v.Pinned}) }
	for _, channel := range []string{"", kyc.StableChannel, kyc.CanaryChannel} {
		add(channel, rulesOf(w.p, channel))
	}
	for _, x := range v.Choices {
		add(x.Version, rulesOf(w.p, x.Version))
	}
	if !slices.ContainsFunc(out, func(c pinChoice) bool { return c.Chosen }) {
		add(v.Pinned, w.p.T("admin.market.pins.gone", "version", v.Pinned))
	}
	return out
}
