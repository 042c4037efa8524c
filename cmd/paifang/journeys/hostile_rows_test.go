package journeys

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestHostileRows: the rows of a list are judged one by one like any value, a
// list has no rows but its own, and what is no text is no answer.
func TestHostileRows(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		c := s.atOwners("+4915112345681", "C01X0081H", "company-of-rows")
		for name, x := range map[string]struct {
			field, code string
			value       any
			statuses    []int
		}{
			"sparse row":     {"owners.9.name", "field.required", needle, []int{422}}, // counts as the third
			"far row":        {"owners.999.name", "field.unknown", needle, []int{422}},
			"endless row":    {"owners.99999999999999999999.name", "field.unknown", needle, []int{422}},
			"row zero":       {"owners.0.name", "field.unknown", needle, []int{422}},
			"row below zero": {"owners.-1.name", "field.unknown", needle, []int{422}},
			"padded row":     {"owners.01.name", "field.unknown", needle, []int{422}},
			"no row":         {"owners.name", "field.unknown", needle, []int{422}},
			"no member":      {"owners.2." + needle, "field.unknown", needle, []int{422}},
			"the list":       {"owners", "field.unknown", needle, []int{422}},
			"prototype":      {"owners.__proto__.name", "field.unknown", needle, []int{422}},
			"NUL":            {"owners.2.name", "field.control_characters", "\x00" + needle, []int{422}},
			"bidi":           {"owners.2.name", "field.control_characters", "\u202e" + needle, []int{422}},
			"lone joiner":    {"owners.2.name", "field.name", "\u200d\u200b", []int{422}},
			"filler":         {"owners.2.name", "field.required", "\u3164\ufeff", []int{422}},
			"option":         {"owners.2.document_kind", "field.not_option", needle, []int{422}},
			"country":        {"owners.2.nationality", "field.country", needle, []int{422}},
			"date":           {"owners.2.birth_date", "field.date", needle, []int{422}},
			"share":          {"owners.2.percentage", "x.crossborder.percentage", "101", []int{422}},
			"below zero":     {"owners.2.percentage", "x.crossborder.percentage", "-30", []int{422}},
			"long":           {"owners.2.name", "field.too_long", strings.Repeat(needle, 100), []int{422}},
			"1 MB":           {"owners.2.name", "", strings.Repeat(needle, 1<<20/len(needle)), []int{413, 422}},
			"list":           {"owners.2.name", "", []string{needle}, []int{400, 422}},
			"object":         {"owners.2.name", "", map[string]any{"$ne": needle}, []int{400, 422}},
			"nested rows":    {"owners", "", []map[string]any{{"name": needle}}, []int{400, 422}},
			"null":           {"owners.2.name", "", nil, []int{400, 422}},
		} {
			values := c.fill("crossborder")
			values[x.field] = x.value
			r := s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, map[string]any{"values": values}))
			r.what = name
			f := r.refused(t, x.statuses...)
			if x.code != "" && !slices.ContainsFunc(f.Errors, func(e struct{ Path, Code, Detail string }) bool { return e.Code == x.code }) {
				t.Errorf("%s: problems are %+v, want %s", name, f.Errors, x.code)
			}
			c.wants("form", "owners")
		}
		for most, code := range map[int]string{8: "field.too_many_rows", 2000: "field.unknown"} {
			values := c.fill("crossborder")
			for row := 3; row <= most; row++ {
				values[fmt.Sprintf("owners.%d.percentage", row)] = "25"
			}
			r := s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, map[string]any{"values": values}))
			r.what = fmt.Sprintf("%d owners", most)
			f := r.refused(t, 422)
			if len(f.Errors) == 0 || !slices.ContainsFunc(f.Errors, func(e struct{ Path, Code, Detail string }) bool { return e.Code == code }) {
				t.Errorf("%s: problems are %+v, want %s", r.what, f.Errors, code)
			}
			c.wants("form", "owners")
		}
		answers := companyPerson("+4915112345681", passport{number: "C01X0081H", birth: "1974-08-12"})
		answers["owners"].([]map[string]any)[1]["name"] = "\u200bAnna Mаria Eriksson" // the second a is Cyrillic
		c.person = newPerson(t, answers)
		c.run("crossborder") // and who answers well goes on
		if c.view.State != "in_review" {
			t.Errorf("the application is %s", c.view.State)
		}
		k := newClerk(s, "demo", "officer", s.password)
		k.must("POST", k.at+"/cases/next", nil)
		if !slices.ContainsFunc(k.view.Whys, func(w struct{ Code, Level, About, Text string }) bool {
			return w.About == "data.mixed_scripts" && w.Text != ""
		}) {
			t.Errorf("of a name in two alphabets the reviewer is told %+v", k.view.Whys)
		}
		k.must("POST", "reveal", map[string]string{"what": "everything", "why": "compare_document"})
		if name, _ := k.datum("owners.2.name"); name != "Anna Mаria Eriksson" {
			t.Errorf("the name is kept as %+q", name)
		}
		c.givesUp()
		s.unharmed()
	})
}

// givesUp withdraws: what checks noted meanwhile is no reason of that.
func (c *client) givesUp() {
	c.t.Helper()
	c.check(c.do(c.action("withdraw"), map[string]any{}))
	if c.view.State != "withdrawn" || len(c.view.Next.Reasons) > 0 {
		c.t.Errorf("%s for %+v", c.view.State, c.view.Next.Reasons)
	}
}

// atOwners is a company's application that has come to its owners.
func (s *server) atOwners(phone, owner, member string) *client {
	s.t.Helper()
	answers := companyPerson(phone, passport{number: owner, birth: "1974-08-12"})
	answers["assertion"] = s.assertion(`?member=` + member + `&membership=gold`)
	c := newClient(s, "pk_test_demo", "crossborder", "ru", newPerson(s.t, answers))
	for range 10 {
		if c.view.Next.Step == "owners" {
			return c
		}
		c.once("crossborder")
	}
	s.t.Fatalf("stands at %s", c.view.Next.Step)
	return nil
}
