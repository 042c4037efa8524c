package journeys

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/paifang/paifang/locales"
)

// TestO3 is what went wrong for people with the old wallets, line by line.
func TestO3(t *testing.T) {
	s := newServer(t, "")
	for name, line := range map[string]func(s *server){
		"O3 a foreigner in mainland China completes":                      foreignerInChina,
		"O3 a resident of every country completes the address":            everyCountry,
		"O3 the activation mail does not arrive":                          mailDoesNotArrive,
		"O3 a link that did its work leads back from another device":      usedLinkLeadsBack,
		"O3 only the rejected document is asked again, with what and why": onlyThatDocument,
		"O3 names are accepted and shown as they are":                     namesAsTheyAre,
	} {
		t.Run(name, func(t *testing.T) { s.t = t; line(s) })
	}
	s.t = t
}

// foreignerInChina: residence and phone are Chinese, nationality and passport
// are not; nothing is inferred from anything.
func foreignerInChina(s *server) {
	p := passport{number: "C01X0051H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
	answers := overseasPerson("foreigner@example.com", "+8613800138031", p)
	maps.Copy(answers, map[string]any{"phone.region": "CN", "residence": "CN", "address.country": "CN", "address.admin_area": "北京市",
		"address.locality": "北京市", "address.dependent_locality": "朝阳区", "address.postal_code": "100000", "address.line1": "样本路1号"})
	c := newClient(s, "pk_test_demo", "overseas", "zh-Hans", newPerson(s.t, answers))
	c.run("overseas")
	s.reviewed(c, "overseas")
}

// toProfile brings an overseas applicant to the profile.
func toProfile(s *server, email, phone string) (*client, map[string]any) {
	s.t.Helper()
	answers := overseasPerson(email, phone, annas)
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, answers))
	for range 4 {
		c.once("overseas")
	}
	c.wants("form", "profile")
	values := c.fill("overseas")
	for name := range values {
		if strings.HasPrefix(name, "address.") {
			delete(values, name)
		}
	}
	return c, values
}

func everyCountry(s *server) {
	words, err := locales.Load()
	must(s.t, err)
	countries := words.Printer("en").Countries()
	if len(countries) < 249 {
		s.t.Fatalf("%d countries", len(countries))
	}
	phones := []string{"+201001234541", "+201001234542", "+201001234543"}
	var c *client
	var values map[string]any
	for i, country := range countries {
		if i%90 == 0 { // an application takes 120 submissions an hour
			n := i / 90
			c, values = toProfile(s, "everywhere"+string(rune('a'+n))+"@example.com", phones[n])
		}
		address := maps.Clone(values)
		for _, line := range locales.AddressFormat(country.Code) {
			switch {
			case line.Part == "country":
				address["address.country"] = country.Code
			case line.Part == "postal_code" && line.Example != "":
				address["address.postal_code"] = line.Example
			case line.Required:
				address["address."+line.Part] = "Example 1"
			}
		}
		c.refill("profile", address, "a resident of "+country.Code)
	}
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	c.wants("form", "document")
}

// refill changes a step, and tells whether that very change was accepted.
func (c *client) refill(step string, values map[string]any, who string) bool {
	c.t.Helper()
	r := c.send("POST", "/api/v1/applications/"+c.view.ID+"/steps/"+step, asJSON(c.auth), encoded(c.t, map[string]any{"values": values}))
	var a answer
	must(c.t, json.Unmarshal([]byte(r.body), &a))
	if r.status != 200 || a.Next.Step == step || len(a.Next.Problems) > 0 {
		c.t.Errorf("%s is refused: %d %s", who, r.status, r.body)
		return false
	}
	return true
}

// mailDoesNotArrive: the page says what to check, and a mistyped address is
// corrected without starting again. Scanners consume nothing.
func mailDoesNotArrive(s *server) {
	const wrong, right = "anna@o3-exmaple.com", "anna@o3-example.com"
	answers := overseasPerson(wrong, "+201001234544", annas)
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, answers))
	c.once("overseas")
	s.newMessage(wrong, 1)
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	if len(c.view.Messages) != 1 || c.view.Messages[0].Kind != "link" || c.view.Messages[0].Text == "" || c.view.Next.Challenge.Delivery == "" {
		s.t.Errorf("the API tells of messages: %+v, %+v", c.view.Messages, c.view.Next.Challenge)
	}
	page := c.elsewhere()
	p := pageWords(s)
	for _, key := range []string{"apply.tip.spam", "apply.tip.address", "apply.tip.support", "apply.challenge.resend", "apply.challenge.email.wrong", "apply.messages.title"} {
		if !strings.Contains(html.UnescapeString(page.page), p.T(key)) {
			s.t.Errorf("the page lacks %s", key)
		}
	}
	page.submit("/correct/account", url.Values{})
	if !strings.Contains(page.page, wrong) {
		s.t.Error("what was typed is not there to be corrected")
	}
	answers["email"] = right
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	c.wants("form", "account")
	c.once("overseas")
	link := strings.TrimPrefix(s.newMessage(right, 1).link(s.t), s.base)
	for _, method := range []string{"GET", "HEAD", "GET"} {
		if r := s.send(method, link, map[string]string{"Purpose": "prefetch", "Sec-Purpose": "prefetch"}, nil); r.status != 200 {
			s.t.Errorf("%s of the link answers %d", method, r.status)
		}
	}
	astray := newBrowserless(s) // whoever got the mail that went astray
	astray.get(strings.TrimPrefix(s.messages(wrong)[0].link(s.t), s.base))
	if !strings.Contains(astray.page, p.T("apply.link.expired")) {
		s.t.Error("the link to the wrong address does something still")
	}
	c.wants("challenge", "account")
	other := newBrowserless(s)
	other.get(link)
	other.submit(link, url.Values{})
	c.wants("form", "phone")
}

// elsewhere opens the application in a browser, as another device of the applicant.
func (c *client) elsewhere() *officer {
	c.t.Helper()
	var over struct{ URL, Code string }
	if _, f := c.request("POST", c.action("handover").Href, c.auth, nil, &over); f != nil {
		c.t.Fatalf("%+v", f)
	}
	o := newBrowserless(c.server)
	path := strings.TrimPrefix(over.URL, c.base)
	o.get(path)
	o.submit(path, url.Values{"code": {over.Code}})
	return o
}

func pageWords(s *server) *locales.Printer {
	s.t.Helper()
	words, err := locales.Load()
	must(s.t, err)
	return words.Printer("en")
}

// usedLinkLeadsBack: one click in the old mail sends the next link, which opens
// the application where it stands.
func usedLinkLeadsBack(s *server) {
	const to = "back@example.com"
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson(to, "+201001234545", annas)))
	c.once("overseas")
	c.once("overseas")
	c.wants("form", "phone")
	path := strings.TrimPrefix(s.newMessage(to, 1).link(s.t), s.base)
	other := newBrowserless(s)
	other.get(path)
	if !strings.Contains(other.page, pageWords(s).T("apply.link.used")) {
		s.t.Fatalf("the page of a used link: %.2000s", other.page)
	}
	other.submit(path+"/renew", url.Values{})
	next := strings.TrimPrefix(s.newMessage(to, 2).link(s.t), s.base)
	other.get(next)
	other.submit(next, url.Values{})
	if !strings.HasSuffix(other.at.Path, "/applications/"+c.view.ID) {
		s.t.Errorf("the link leads to %s", other.at)
	}
}

var reasonBox = regexp.MustCompile(`name="reason" value="([^"]*)"`)

// onlyThatDocument: which, why and what to do, in the person's language; the rest is kept.
func onlyThatDocument(s *server) {
	p := passport{number: "C01X0056H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
	c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(s.t, overseasPerson("again@example.com", "+201001234546", p)))
	c.run("overseas")
	o := newOfficer(s, "demo")
	o.next()
	blur := ""
	for _, m := range reasonBox.FindAllStringSubmatch(o.page, -1) {
		if v := html.UnescapeString(m[1]); strings.Contains(v, "image.blur") && strings.Contains(v, "passport") {
			blur = v
		}
	}
	o.submit("/decide", url.Values{"outcome": {"ask_again"}, "reason": {blur}})
	s.newMessage("again@example.com", 2)  // after the link of the beginning
	o.submit("/send-again", url.Values{}) // staff see that it was sent, and can send it again
	s.newMessage("again@example.com", 3)
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	words, err := locales.Load()
	must(s.t, err)
	ar := words.Printer("ar")
	n := c.view.Next
	if n.Kind != "documents" || len(n.Documents) != 1 || n.Documents[0].Requirement != "passport" || n.Documents[0].Sides[0].Uploaded {
		s.t.Fatalf("asked again: %+v", n)
	}
	if len(n.Documents[0].Reasons) != 1 || n.Documents[0].Reasons[0].Text != ar.T("reason.image.blur.text") || n.Documents[0].Reasons[0].Remedy != ar.T("reason.image.blur.remedy") {
		s.t.Errorf("why and what to do: %+v", n.Documents[0].Reasons)
	}
	for _, step := range c.view.Steps {
		if want := map[bool]string{true: "again", false: "done"}[step.ID == n.Step]; step.State != want {
			s.t.Errorf("step %s is %s, want %s", step.ID, step.State, want)
		}
	}
	c.run("overseas")
	s.reviewed(c, "overseas")
}

// namesAsTheyAre: single and very long names, the marks and scripts of the world.
func namesAsTheyAre(s *server) {
	c, values := toProfile(s, "names@example.com", "+201001234547")
	maps.Copy(values, map[string]any{"address.country": "EG", "address.admin_area": "القاهرة", "address.locality": "القاهرة", "address.line1": "شارع العينة 1"})
	page := c.elsewhere()
	path := "/api/v1/applications/" + c.view.ID + "/steps/profile"
	for _, name := range []struct{ latin, native string }{
		{"Suharto", "Suharto"},
		{strings.Repeat("Wolfeschlegelsteinhausen ", 8)[:199], strings.Repeat("名", 200)},
		{"Siobhán O’Connor-D'Arcy", "Siobhán Ní Chonchúir"},
		{"Jean-Luc d‘Été", "Żółć Ÿ"},
		{"Kaʻiulani", "Kaʻiulani"},
		{"Mailis Reps", "Майя Щукина-Ёлкина"},
		{"Abdurrahman al-Ghafiqi", "عبد الرحمن بن عبد الله الغافقي"},
		{"Maimaiti Aili", "买买提·艾力"},
		{"Li Wei", "𠮷野𠀋"},
		{"Núria Col·lell", "Núria Col·lell"},
		{"Nguyễn Thị Hương", "Nguyễn Thị Hương"},
		{"Jean\u2011Luc D´Angelo", "Жан\u2011Люк"},
		{"Smith\u2013Jones", "Smith\u2013Jones"},
		{"Anna\u00a0Maria O`Neil", "Анна\u00a0Мария"}, // pasted with a space that does not break
	} {
		values["name_latin"], values["name_native"] = name.latin, name.native
		if !c.refill("profile", values, fmt.Sprintf("%q, %q", name.latin, name.native)) {
			continue
		}
		name.latin, name.native = spaced(name.latin), spaced(name.native)
		var a answer
		must(s.t, json.Unmarshal([]byte(s.send("GET", path, asJSON(c.auth), nil).body), &a))
		kept := map[string]string{}
		for _, f := range a.Next.Fields {
			kept[f.Name] = f.Value
		}
		if kept["name_latin"] != name.latin || kept["name_native"] != name.native {
			s.t.Errorf("%q, %q is kept as %q, %q", name.latin, name.native, kept["name_latin"], kept["name_native"])
		}
		page.get("/t/demo/applications/" + c.view.ID + "/steps/profile")
		if !strings.Contains(html.UnescapeString(page.page), `dir="auto" value="`+name.native+`"`) {
			s.t.Errorf("%q is not on the page as it is", name.native)
		}
	}
}

// spaced is a name with single spaces, as it is kept.
func spaced(name string) string { return strings.Join(strings.Fields(name), " ") }
