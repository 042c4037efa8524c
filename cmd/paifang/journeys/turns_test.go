package journeys

import (
	"fmt"
	"maps"
	"testing"

	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/locales"
)

// told is a journey as somebody walks it who is spoken to in one language.
type told struct {
	name, market, way string
	person            func(s *server, n int) map[string]any
}

// everyJourney is what TestEveryLanguage does not walk: it has M1 by phone.
func everyJourney() []told {
	return []told{
		{"M2 M5", "mainland", "email", func(_ *server, n int) map[string]any {
			phone := fmt.Sprintf("+86138001382%02d", n)
			answers := mainlandPerson(phone)
			maps.Copy(answers, map[string]any{"email": fmt.Sprintf("turn%d@example.com", n), "contact_phone": phone, "bind_phone": true,
				"name_latin": "Specimen Anna", "nationality": "CA", "birth_date": "1981-08-03", "gender": "female", "expiry_date": "2033-01-01",
				"issuing_country": "CA", "document_kind": "passport", "document_number": fmt.Sprintf("AB1234%02d", n)})
			if n%2 == 0 { // the permanent resident card in its old form, with letters for the nationality
				answers["document_kind"], answers["document_number"] = "foreign_permanent_res", "CAN11008108032"+digit("CAN11008108032")
			}
			return answers
		}},
		{"O1", "overseas", "", func(_ *server, n int) map[string]any {
			p := annas
			p.number = fmt.Sprintf("C01X02%02dH", n)
			answers := overseasPerson(fmt.Sprintf("turn%d@example.net", n), fmt.Sprintf("+2010012348%02d", n), p)
			if n%2 == 0 { // a card of the larger size, with two lines
				answers["document_kind"], answers["mrz"] = "national_id", p.oldCard("SWE")
			}
			return answers
		}},
		{"X1", "crossborder", "", func(s *server, n int) map[string]any {
			phone := fmt.Sprintf("+49151123458%02d", n)
			p := annas
			p.number = fmt.Sprintf("C01X03%02dH", n)
			answers := crossborderPerson(phone, p)
			answers["assertion"] = s.assertion(fmt.Sprintf("?member=turn-%d&membership=gold&phone=%%2B%s", n, phone[1:]))
			return answers
		}},
		{"X1 company", "crossborder", "", func(s *server, n int) map[string]any {
			answers := companyPerson(fmt.Sprintf("+49151123459%02d", n), passport{number: fmt.Sprintf("C01X04%02dH", n), birth: "1974-08-12"})
			if n%2 == 0 { // money goes to a card, typed in groups as it is embossed
				answers["account_kind"], answers["account_number"] = "card", "6200 0000 0000 0005"
			}
			answers["assertion"] = s.assertion(fmt.Sprintf("?member=company-turn-%d&membership=gold", n))
			return answers
		}},
	}
}

// TestEveryJourneyInEveryLanguage goes through each journey in each shipped
// language, up to the reviewer. Every answer of the API and the page beside it are
// read; the databases take turns, so that each journey meets both.
func TestEveryJourneyInEveryLanguage(t *testing.T) {
	s := [...]*server{onSQLite: newServer(t, ""), onPostgres: newServer(t, storetest.PostgresURL(t))}
	shipped, err := locales.Shipped()
	must(t, err)
	foreign := foreignTexts(t, shipped)
	for i, locale := range shipped {
		for j, journey := range everyJourney() {
			on := database((i + j) % 2)
			t.Run(fmt.Sprintf("%s in %s on %s", journey.name, locale, on), func(t *testing.T) {
				at := s[on]
				at.t = t
				c := newClient(at, "pk_test_demo", journey.market, string(locale), newPerson(t, journey.person(at, 10*(i+1)+j+i)))
				if journey.way != "" {
					c.check(c.do(c.action("way"), map[string]string{"way": journey.way}))
				}
				c.between = func() { c.inLanguage(locale, foreign[locale]) }
				c.run(journey.market)
				c.inLanguage(locale, foreign[locale])
				if c.view.State != "in_review" || c.view.Next.Title == "" || c.view.Next.Intro == "" {
					t.Errorf("%s, %+v", c.view.State, c.view.Next)
				}
			})
		}
	}
	s[onSQLite].t, s[onPostgres].t = t, t
}
