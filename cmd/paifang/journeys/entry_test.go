package journeys

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// TestX1EnteringTwice: a member who enters once more goes on where they were,
// through the API and in the pages, and signs in once there is an account.
func TestX1EnteringTwice(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const phone = "+4915112345641"
		vouched := func() string { return s.assertion(`?member=m-twice&membership=gold&phone=%2B4915112345641`) }
		answers := crossborderPerson(phone, passport{number: "C01X0041H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
		answers["assertion"] = vouched()
		first := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(t, answers))
		first.once("crossborder") // the entry
		first.once("crossborder")
		kind, step := first.view.Next.Kind, first.view.Next.Step
		if step == "entry" {
			t.Fatal("the entry is asked still")
		}

		answers["assertion"] = vouched()
		second := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(t, answers))
		second.once("crossborder")
		if second.wants(kind, step); second.view.ID != first.view.ID {
			t.Fatalf("entered %s, not %s", second.view.ID, first.view.ID)
		}
		page := newBrowserless(s)
		page.enter(vouched())
		if !strings.HasSuffix(page.at.Path, "/applications/"+first.view.ID) {
			t.Fatalf("the pages enter %s", page.at)
		}
		second.run("crossborder")
		s.reviewed(second, "crossborder")
		seller := holder{s, s.session(phone, password, 201)} // whose market asks for more than six digits
		seller.does("PUT", "/account/payment-password", map[string]string{"current": payment, "payment_password": "731904"}, nil, 422)
		seller.does("PUT", "/account/payment-password", map[string]string{"current": payment, "payment_password": "gravel 71 oboe meadow"}, nil, 204)
		page.enter(vouched())
		if page.at.Path != "/t/demo/sign-in" || !strings.Contains(page.page, "already have an account") {
			t.Errorf("a member with an account comes to %s", page.at)
		}
		answers["assertion"] = vouched()
		late := newClient(s, "pk_test_demo", "crossborder", "en", newPerson(t, answers))
		f := s.send("POST", late.action("submit").Href, asJSON(late.auth), encoded(t, map[string]any{"values": late.fill("crossborder")})).refused(t, 409)
		if f.Code != "member_has_account" {
			t.Errorf("a member with an account is told %+v", f)
		}
	})
}

// enter posts an assertion as the marketplace's page does.
func (o *officer) enter(assertion string) {
	o.t.Helper()
	resp, err := o.http.PostForm(o.base+"/t/demo/enter/crossborder", url.Values{"assertion": {assertion}})
	must(o.t, err)
	o.take(resp)
	if !strings.Contains(o.page, "<bdi>m-") {
		o.t.Errorf("does not say who enters: %.2000s", o.page)
	}
	o.submit("/continue", url.Values{})
}

// TestStartIsRepeated: a start with an idempotency key can be sent again.
func TestStartIsRepeated(t *testing.T) {
	s := newServer(t, "")
	start := func(key, locale string) reply {
		header := asJSON("pk_test_demo")
		header["Idempotency-Key"] = key
		return s.send("POST", "/api/v1/applications", header, encoded(t, map[string]string{"market": "mainland", "locale": locale}))
	}
	read := func(r reply) (a answer) {
		if r.status != 201 {
			t.Fatalf("a start answers %d: %s", r.status, r.body)
		}
		must(t, json.Unmarshal([]byte(r.body), &a))
		return a
	}
	const key = "5d0c9f2e-start-once"
	one, two := read(start(key, "en")), read(start(key, "en"))
	if one.ID != two.ID || one.HolderToken != two.HolderToken {
		t.Errorf("%s and %s", one.ID, two.ID)
	}
	if f := start(key, "ar").refused(t, 409); f.Code != "idempotency_mismatch" {
		t.Errorf("%+v", f)
	}
	if f := start("short", "en").refused(t, 400); f.Code != "idempotency_short" {
		t.Errorf("%+v", f)
	}
}
