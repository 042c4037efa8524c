package journeys

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// applicationID is the first id of an answer.
var applicationID = regexp.MustCompile(`"id":"[0-9a-f-]{36}"`)

// TestReplaysUnderLoad: what may happen once happens once, however many try at the
// same moment: one application for a key, one try for a human test, five guesses at
// a code, one device for a link.
func TestReplaysUnderLoad(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const crowd = 32
		t.Run("idempotency key", func(t *testing.T) {
			ids, mu := map[string]int{}, sync.Mutex{}
			together(crowd, func(int) int {
				header := asJSON("pk_test_demo")
				header["Idempotency-Key"] = "one-and-the-same-key-for-all"
				r := s.send("POST", "/api/v1/applications", header, strings.NewReader(`{"market":"mainland","locale":"en"}`))
				mu.Lock()
				defer mu.Unlock()
				if r.status == http.StatusCreated || r.status == http.StatusOK {
					ids[applicationID.FindString(r.body)]++
				}
				return r.status
			})
			if len(ids) != 1 || ids[""] > 0 {
				t.Errorf("%d answers with one key are %d applications", crowd, len(ids))
			}
		})
		t.Run("human test", func(t *testing.T) {
			var clients []*client
			var bodies []map[string]any
			for i := range crowd / 2 {
				c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(fmt.Sprintf("+86138001%05d", 61000+i))))
				body := map[string]any{"values": c.fill("mainland")}
				if i > 0 {
					body["values"].(map[string]any)["human"] = bodies[0]["values"].(map[string]any)["human"]
				}
				clients, bodies = append(clients, c), append(bodies, body)
			}
			statuses := together(len(clients), func(i int) int {
				return s.send("POST", clients[i].action("submit").Href, asJSON(clients[i].auth), encoded(t, bodies[i])).status
			})
			if statuses[200] != 1 || statuses[422] != len(clients)-1 {
				t.Errorf("one human test, tried %d times: %v", len(clients), statuses)
			}
		})
		t.Run("guesses", func(t *testing.T) {
			const phone = "+8613800160000"
			c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
			c.once("mainland")
			code := s.newMessage(phone, 1).code(t)
			statuses := together(crowd, func(i int) int {
				guess := fmt.Sprintf("%06d", 100000+i)
				if guess == code {
					guess = "999999"
				}
				return s.send("POST", c.action("answer").Href, asJSON(c.auth), encoded(t, map[string]string{"code": guess})).status
			})
			if statuses[200] > 0 || statuses[500] > 0 {
				t.Errorf("%d guesses at once: %v", crowd, statuses)
			}
			if r := s.send("POST", c.action("answer").Href, asJSON(c.auth), encoded(t, map[string]string{"code": code})); r.status == 200 {
				t.Errorf("after %d guesses the right code still counts", crowd)
			}
		})
		s.unharmed()
	})
}
