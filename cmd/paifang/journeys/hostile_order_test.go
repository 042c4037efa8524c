package journeys

import (
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// TestHostileOrder: steps out of order, things that do not exist, old versions
// and things used twice.
func TestHostileOrder(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const phone = "+8613800138091"
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
		here := "/api/v1/applications/" + c.view.ID
		values := c.fill("mainland")
		for path, want := range map[string]int{
			"/steps/profile": 409, "/steps/credentials": 409, "/steps/" + needle: 404, "/steps/account/correct": 409,
			"/steps/%00": 404, "/steps/%2e%2e%2fprofile": 404, "/steps/" + strings.Repeat("a", 2000): 404,
			"/challenges/" + needle + "/resend": 404, "/challenges/00000000-0000-7000-8000-000000000000/resend": 404,
		} {
			s.send("POST", here+path, asJSON(c.auth), strings.NewReader(`{"values":{}}`)).refused(t, want)
		}
		s.send("POST", here+"/challenges/%00/answer", asJSON(c.auth), strings.NewReader(`{"code":"123456"}`)).refused(t, 404)
		s.send("PUT", here+"/documents/passport/data_page", asJSON(c.auth), strings.NewReader("x")).refused(t, 404)
		s.send("GET", here+"/documents/"+needle+"/..", asJSON(c.auth), nil).refused(t, 404)
		for _, market := range []string{needle, "", "../mainland", "Mainland", "mainland\x00", strings.Repeat("m", 41)} {
			s.send("POST", "/api/v1/applications", asJSON("pk_test_demo"), encoded(t, map[string]string{"market": market})).refused(t, 404, 422)
		}
		s.send("POST", "/api/v1/applications", asJSON("pk_test_harbor"), strings.NewReader(`{"market":"mainland"}`)).refused(t, 404)
		c.unchanged()

		submit := c.action("submit").Href
		stale := s.send("POST", submit, asJSON(c.auth), encoded(t, map[string]any{"version": c.view.Version + 7, "values": values}))
		if f := stale.refused(t, 409); f.Code != "version_stale" {
			t.Errorf("a stale version answers %s", f.Code)
		}
		c.check(c.do(c.action("submit"), map[string]any{"version": c.view.Version, "values": values}))
		c.oneCode(phone, values)
		s.unharmed()
	})
}

// oneCode answers a challenge wrong, right and again, and uses a human test again.
func (c *client) oneCode(phone string, values map[string]any) {
	c.t.Helper()
	reply := c.newMessage(phone, 1)
	right, action := reply.code(c.t), c.action("answer")
	for _, wrong := range []string{"", needle, "1", "1234567", "12345６a", strings.Repeat("0", 64), "'; --", "\x00\x00\x00\x00\x00\x00"} {
		c.send("POST", action.Href, asJSON(c.auth), encoded(c.t, map[string]string{"code": wrong})).refused(c.t, 422)
	}
	c.check(c.do(action, map[string]string{"code": right}))
	step := c.view.Next.Step
	if f := c.do(action, map[string]string{"code": right}); f != nil || c.view.Next.Step != step {
		c.t.Errorf("answering again: %+v, at %s", f, c.view.Next.Step)
	}
	other := newClient(c.server, "pk_test_demo", "mainland", "en", c.person)
	values["phone"] = "+8613800138092"
	r := c.send("POST", other.action("submit").Href, asJSON(other.auth), encoded(c.t, map[string]any{"values": values}))
	if f := r.refused(c.t, 422); len(f.Errors) != 1 || f.Errors[0].Code != "human.expired" {
		c.t.Errorf("a human test used twice: %+v", f.Errors)
	}
	if len(c.messages("+8613800138092")) != 0 {
		c.t.Error("a human test used twice sent a message")
	}
	// A code of one application opens no other.
	c.send("POST", strings.Replace(action.Href, c.view.ID, other.view.ID, 1), asJSON(other.auth), encoded(c.t, map[string]string{"code": right})).refused(c.t, 404)
	other.wants("form", "account")
}

// TestDoubleSubmits: a nervous thumb makes one challenge and one message, and
// two people who want one number never both have it.
func TestDoubleSubmits(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const phone = "+8613800138093"
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
		same := map[string]any{"version": c.view.Version, "values": c.fill("mainland")}
		statuses := together(8, func(int) int {
			return s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, same)).status
		})
		if statuses[200] != 1 || statuses[200]+statuses[409] != 8 {
			t.Errorf("eight submissions at once answer %v, want 200 once and else 409", statuses)
		}
		c.wants("challenge", "account")
		s.newMessage(phone, 1)
		code := s.newMessage(phone, 1).code(t)
		statuses = together(8, func(int) int {
			return s.send("POST", c.action("answer").Href, asJSON(c.auth), encoded(t, map[string]string{"code": code})).status
		})
		if statuses[200] != 8 {
			t.Errorf("eight right answers at once answer %v", statuses)
		}
		c.wants("form", "profile")
		if n := len(s.messages(phone)); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
		raceForPhone(s, "+8613800138094")
		s.unharmed()
	})
}

// raceForPhone lets four people who proved the same number finish at the same
// time: one of them has it, the others are told and begin with another.
func raceForPhone(s *server, phone string) {
	s.t.Helper()
	var rivals []*client
	for range 4 {
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(s.t, mainlandPerson(phone)))
		c.sent[phone] = len(rivals)
		for c.view.Next.Step != "credentials" {
			c.once("mainland")
		}
		rivals = append(rivals, c)
	}
	last := make([]map[string]any, len(rivals))
	for i, c := range rivals {
		last[i] = map[string]any{"values": c.fill("mainland")}
	}
	statuses := together(len(rivals), func(i int) int {
		return s.send("POST", rivals[i].action("submit").Href, asJSON(rivals[i].auth), encoded(s.t, last[i])).status
	})
	if statuses[200] != 1 || statuses[422] != len(rivals)-1 {
		s.t.Errorf("a race for one number answers %v", statuses)
	}
	owners := 0
	for _, c := range rivals {
		c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
		if c.view.State != "open" {
			owners++
		} else if c.view.Next.Step != "account" {
			s.t.Errorf("who lost the number stands at %s", c.view.Next.Step)
		}
	}
	if owners != 1 {
		s.t.Errorf("%d of %d have the number, want exactly one", owners, len(rivals))
	}
}

// once does one thing that can be done now.
func (c *client) once(market string) {
	c.t.Helper()
	switch c.view.Next.Kind {
	case "form":
		c.check(c.do(c.action("submit"), map[string]any{"values": c.fill(market)}))
	case "challenge":
		c.answerChallenge()
	case "documents":
		c.upload()
		c.check(c.do(c.action("submit"), map[string]any{"values": map[string]any{}}))
	default:
		c.t.Fatalf("nothing can be done: %+v", c.view.Next)
	}
}

// together runs n calls at once and counts what they answer.
func together(n int, call func(i int) int) map[int]int {
	var mu sync.Mutex
	var group sync.WaitGroup
	counts := map[int]int{}
	for i := range n {
		group.Go(func() {
			status := call(i)
			mu.Lock()
			defer mu.Unlock()
			counts[status]++
		})
	}
	group.Wait()
	return counts
}

// TestHostileAssertions: only the marketplace's word for this tenant, now and
// for the first time, opens the cross-border market.
func TestHostileAssertions(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		seed, err := os.ReadFile(filepath.Join(s.data, "demo-marketplace.key"))
		must(t, err)
		own := ed25519.NewKeyFromSeed(seed)
		_, stranger, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		for name, x := range forgeries(own, stranger) {
			c := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(t, nil))
			r := s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, map[string]any{"values": map[string]string{"assertion": x.token(t)}}))
			r.what = name
			if f := r.refused(t, 422); len(f.Errors) != 1 || f.Errors[0].Code != x.code {
				t.Errorf("%s: %+v, want %s", name, f.Errors, x.code)
			}
			c.wants("form", "entry")
			page := s.send("POST", "/t/demo/enter/crossborder", map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
				strings.NewReader("assertion="+x.token(t)))
			page.discreet(t)
			if page.status != http.StatusSeeOther && page.status < 400 {
				t.Errorf("%s: the entrance answers %d", name, page.status)
			}
		}
		good := s.assertion(`?member=m-200&membership=gold`)
		for i, want := range []string{"account", "entry"} {
			c := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(t, nil))
			r := s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, map[string]any{"values": map[string]string{"assertion": good}}))
			if i == 1 {
				if f := r.refused(t, 422); len(f.Errors) != 1 || f.Errors[0].Code != "assertion.used" {
					t.Errorf("used again: %+v", f.Errors)
				}
			}
			c.wants("form", want)
		}
		s.unharmed()
	})
}

// forgery is an assertion that must not be believed.
type forgery struct {
	key       any
	algorithm jose.SignatureAlgorithm
	kid, code string
	claims    jwt.Claims
	raw       string
}

func (f forgery) token(t *testing.T) string {
	t.Helper()
	if f.raw != "" {
		return f.raw
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: f.algorithm, Key: f.key}, (&jose.SignerOptions{}).WithHeader("kid", f.kid))
	must(t, err)
	text, err := jwt.Signed(signer).Claims(f.claims).Claims(map[string]any{"site": "intl", "membership": "gold"}).Serialize()
	must(t, err)
	return text
}

func forgeries(own, stranger ed25519.PrivateKey) map[string]forgery {
	public, _ := own.Public().(ed25519.PublicKey)
	now := time.Now()
	genuine := forgery{key: own, algorithm: jose.EdDSA, kid: "demo-2026", code: "assertion.invalid", claims: jwt.Claims{
		Issuer: "https://marketplace.example", Subject: needle, ID: rand.Text(), Audience: jwt.Audience{"paifang:demo"},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute))}}
	list := map[string]forgery{}
	with := func(name string, change func(f *forgery)) {
		f := genuine
		change(&f)
		list[name] = f
	}
	with("another key", func(f *forgery) { f.key = stranger })
	with("unknown key id", func(f *forgery) { f.kid = needle })
	with("no key id", func(f *forgery) { f.kid = "" })
	with("key id of a path", func(f *forgery) { f.kid = "../../demo-marketplace.key\x00" })
	with("HS256 with the public key", func(f *forgery) { f.algorithm, f.key = jose.HS256, []byte(public) })
	with("another tenant's", func(f *forgery) { f.claims.Audience = jwt.Audience{"paifang:harbor"} })
	with("nobody's", func(f *forgery) { f.claims.Audience = nil })
	with("another issuer", func(f *forgery) { f.claims.Issuer = "https://" + needle })
	with("expired", func(f *forgery) {
		f.claims.Expiry, f.code = jwt.NewNumericDate(now.Add(-time.Hour)), "assertion.expired"
	})
	with("for a year", func(f *forgery) { f.claims.Expiry = jwt.NewNumericDate(now.AddDate(1, 0, 0)) })
	with("for ever", func(f *forgery) { f.claims.Expiry = nil })
	with("not yet", func(f *forgery) { f.claims.NotBefore = jwt.NewNumericDate(now.Add(time.Hour)) })
	with("no id", func(f *forgery) { f.claims.ID = "" })
	with("nobody", func(f *forgery) { f.claims.Subject = "" })
	const none = "eyJhbGciOiJub25lIiwia2lkIjoiZGVtby0yMDI2In0.eyJpc3MiOiJodHRwczovL21hcmtldHBsYWNlLmV4YW1wbGUiLCJzdWIiOiJtIn0."
	for name, raw := range map[string]string{"alg none": none, "no token": needle, "dots": "..", "JSON": `{"payload":"` + needle + `"}`} {
		with(name, func(f *forgery) { f.raw = raw })
	}
	return list
}
