package admin

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// queueData is the queue page.
type queueData struct {
	Bar      bar
	Rows     []queueRow
	Filter   review.Filter
	Filtered bool
	States   []kyc.CaseState
	Risks    []string
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
	Proposer  string // "" when nothing waits for a second person
	Holder    string
	Mine      bool
	Overdue   bool
	Opened    moment
	Due       moment
}

// readFilter reads the queue's filter as the address carries it.
func readFilter(c *fiber.Ctx) review.Filter {
	return review.Filter{State: kyc.CaseState(c.Query("state")), Market: kyc.MarketID(c.Query("market")), Mine: c.Query("mine") == "1", Age: c.Query("age"),
		Risk: c.Query("risk"), Second: c.Query("second") == "1", Sort: c.Query("sort")}
}

// address is the filter as the address carries it.
func address(f review.Filter, after string) string {
	on := map[bool]string{true: "1"}
	return query("state", string(f.State), "market", string(f.Market), "age", f.Age, "risk", f.Risk, "mine", on[f.Mine], "second", on[f.Second],
		"sort", f.Sort, "after", after)
}

func (d *Door) queue(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	f := readFilter(c)
	page, err := d.Desk.Queue(c.UserContext(), w, f, c.Query("after"))
	if err != nil {
		return err
	}
	filtered := f != review.Filter{Sort: f.Sort}
	data := queueData{Bar: d.bar(c, "cases"), Filter: f, Filtered: filtered, States: review.States(), Risks: kyc.Risks(), Empty: len(page.Items) == 0 && !filtered && c.Query("after") == "",
		MayClaim: d.Desk.Authorizer.May(w.Staff, w.Tenant, policies.CaseClaim)}
	if c.Query("none") == "1" {
		data.Notice = "error.queue_empty"
	}
	p := web.VisitOf(c).Printer
	k := clockwork{d.Renderer.Clock(), p}
	seen := map[kyc.MarketID]bool{}
	add := func(m kyc.MarketID) {
		if m != "" && !seen[m] {
			seen[m] = true
			data.Markets = append(data.Markets, marketOption{string(m), words.Market(p, m)})
		}
	}
	add(f.Market)
	for _, i := range page.Items {
		add(i.Market)
		data.Rows = append(data.Rows, queueRow{ID: string(i.ID), Short: short(string(i.ID)),
			Market: words.Market(p, i.Market), Locale: i.Locale, State: string(i.State),
			Risk: words.Risk(i.Risk), Proposer: i.Proposer, Holder: i.Holder, Mine: i.Mine, Overdue: i.Overdue, Opened: k.at(i.Opened), Due: k.at(i.Due)})
	}
	if page.After != "" {
		data.More = base(c) + "/cases?" + address(f, page.After)
	}
	return d.Renderer.Page(c, fiber.StatusOK, "admin/queue", data)
}

// next claims the next free case and leads to it.
func (d *Door) next(c *fiber.Ctx) error {
	w, _ := whoOf(c)
	claimed, err := d.Desk.Next(c.UserContext(), w, "")
	if kyc.CodeOf(err) == kyc.NotFound {
		return seeOther(c, "/cases?none=1")
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/cases/"+string(claimed.ID))
}
