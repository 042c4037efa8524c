package journeys

import (
	"slices"
	"strings"
	"testing"
)

// byEmail starts M2: an e-mail address first, then a mainland phone.
func byEmail(s *server, email, phone, contact string, bind bool) *client {
	s.t.Helper()
	answers := mainlandPerson(phone)
	answers["email"], answers["contact_phone"], answers["bind_phone"] = email, contact, bind
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(s.t, answers))
	c.check(c.do(c.action("way"), map[string]string{"way": "email"}))
	return c
}

// TestByEmail is M2 on both databases: the phone is bound, not bound because the
// box is not ticked, or because the contact phone is another one.
func TestByEmail(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const phone = "+8613800138061"
		bound := byEmail(s, "bound@example.com", phone, phone, true)
		bound.run("mainland")
		bound.activated("verified")
		if want := []string{"email", "phone", "profile", "credentials"}; !slices.Equal(bound.steps, want) {
			t.Errorf("steps were %v, want %v", bound.steps, want)
		}
		bound.signIn("bound@example.com")
		bound.signIn(phone)

		for email, contact := range map[string]string{"unticked@example.com": "+8613800138062", "other@example.com": "+8613800138063"} {
			answers := map[string]bool{"unticked@example.com": false, "other@example.com": true}
			c := byEmail(s, email, "+8613800138062", contact, answers[email])
			c.sent["+8613800138062"] = len(s.codes("+8613800138062"))
			c.run("mainland")
			if c.view.State == "in_review" { // the same specimen's number: a person looks
				o := newOfficer(s, "demo")
				o.next()
				o.approve()
				c.run("mainland")
			}
			c.activated("verified")
			if len(c.view.Result.Logins) != 1 {
				t.Errorf("%s has login names %v", email, c.view.Result.Logins)
			}
			c.signIn(email)
		}

		taken := byEmail(s, "bound@example.com", phone, phone, true)
		f := taken.do(taken.action("submit"), map[string]any{"values": taken.fill("mainland")})
		if f == nil || f.Errors[0].Path != "email" || f.Errors[0].Code != "contact.taken" {
			t.Errorf("a taken address: %+v", f)
		}
	})
}

// TestKinds is M5 on both databases: every kind of document is asked for its own
// data, and a person looks at the photos.
func TestKinds(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		foreign := map[string]any{"name_latin": "Specimen Anna", "nationality": "CA", "birth_date": "1981-08-03", "gender": "female",
			"expiry_date": "2033-01-01", "issuing_country": "CA"}
		n := 0
		for kind, number := range map[string]string{"hmt_residence_permit": "810000199408230021", "hk_macao_permit": "H12345678",
			"taiwan_permit": "12345678", "foreign_permanent_res": "911124198108030024", "passport": "AB123456"} {
			n++
			phone := "+861380013807" + string(rune('0'+n))
			answers := mainlandPerson(phone)
			for name, v := range foreign {
				answers[name] = v
			}
			answers["document_kind"], answers["document_number"] = kind, number
			c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, answers))
			c.run("mainland")
			if c.view.State != "in_review" || !slices.Contains(c.steps, "documents") {
				t.Fatalf("%s: %s after %v", kind, c.view.State, strings.Join(c.steps, ", "))
			}
			o := newOfficer(s, "demo")
			o.next()
			o.approve()
			c.run("mainland")
			c.activated("certified")
		}
	})
}
