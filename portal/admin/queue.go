package admin

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// queueData is the queue page.
type queueData struct {
	Bar      bar
	Rows     []queueRow
	Filter   filter
	States   []kyc.CaseState
	Markets  []marketOption // in this page's cases and in the filter
	More     string         // path of the next page, "" on the last
	MayClaim bool
	Empty    bool // nothing waits at all, as opposed to nothing fits the filter
	Notice   string
}

type marketOption struct{ ID, Label string }

type queueRow struct {
	ID, Short string
	Market    string
	Locale    kyc.Locale
	State     string
	Risk      string
	Holder    string
	Mine      bool
	Overdue   bool
	Opened    moment
	Due       moment
}

// filter is the queue's filter as the address carries it.
type filter struct {
	State  kyc.CaseState // "", open, claimed, decided
	Market string
	Mine   bool
	Age    string // "", overdue, soon
}

func readFilter(c *fiber.Ctx) filter {
	return filter{State: kyc.CaseState(c.Query("state")), Market: c.Query("market"), Mine: c.Query("mine") == "1", Age: c.Query("age")}
}

// query is the filter as the address carries it.
func (f filter) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"state": string(f.State), "market": f.Market, "age": f.Age} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Mine {
		v.Set("mine", "1")
	}
	return v
}

// Set tells whether anything is filtered.
func (f filter) Set() bool { return f != filter{} }

// core turns the filter into the core's. What is not known filters nothing but
// a state, which then finds nothing.
func (f filter) core(who review.Who, now kyc.Millis) kyc.CaseFilter {
	out := kyc.CaseFilter{Market: kyc.MarketID(f.Market)}
	if f.State != "" {
		out.States = []kyc.CaseState{f.State}
	}
	if f.Mine {
		out.ClaimedBy = who.Staff.ID
	}
	switch f.Age {
	case "overdue":
		out.DueBefore = now
	case "soon":
		out.DueBefore = now + 4*60*60*1000
	}
	return out
}

func (d *Door) queue(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	f := readFilter(c)
	now := d.Renderer.Clock()
	page, err := d.Desk.Queue(c.UserContext(), w, f.core(w, kyc.At(now)), readCursor(c.Query("after")))
	if err != nil {
		return err
	}
	data := queueData{Bar: d.bar(c, "cases"), Filter: f, States: []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed, kyc.CaseDecided}, Empty: len(page.Items) == 0 && !f.Set() && c.Query("after") == "",
		MayClaim: d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.CaseClaim)}
	if c.Query("none") == "1" {
		data.Notice = "error.queue_empty"
	}
	p := web.VisitOf(c).Printer
	k := clockwork{now, p}
	seen := map[kyc.MarketID]bool{}
	add := func(m kyc.MarketID) {
		if m != "" && !seen[m] {
			seen[m] = true
			data.Markets = append(data.Markets, marketOption{string(m), marketName(p, m)})
		}
	}
	add(kyc.MarketID(f.Market))
	for _, i := range page.Items {
		add(i.Market)
		data.Rows = append(data.Rows, queueRow{ID: string(i.ID), Short: short(string(i.ID)),
			Market: marketName(p, i.Market), Locale: i.Locale, State: string(i.State),
			Risk: riskOf(i.Risk), Holder: i.Holder, Mine: i.Mine, Overdue: i.Overdue, Opened: k.at(i.Opened), Due: k.at(i.Due)})
	}
	if page.More {
		q := f.query()
		q.Set("after", strconv.FormatInt(int64(page.After.Due), 10)+"_"+string(page.After.ID))
		data.More = base(c) + "/cases?" + q.Encode()
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/queue", data)
}

// marketName is the market's title, which its provider brings along.
func marketName(p *locales.Printer, m kyc.MarketID) string {
	return label(p, string(m)+".title", string(m))
}

// readCursor reads "<due>_<id>"; what does not read so is the beginning.
func readCursor(s string) kyc.CaseCursor {
	due, id, ok := strings.Cut(s, "_")
	n, err := strconv.ParseInt(due, 10, 64)
	if !ok || err != nil || len(id) > 36 {
		return kyc.CaseCursor{}
	}
	return kyc.CaseCursor{Due: kyc.Millis(n), ID: kyc.CaseID(id)}
}

// next claims the next free case and leads to it.
func (d *Door) next(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	claimed, err := d.Desk.Next(c.UserContext(), w)
	if kyc.CodeOf(err) == kyc.NotFound {
		return seeOther(c, "/cases?none=1")
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/cases/"+string(claimed.ID))
}
