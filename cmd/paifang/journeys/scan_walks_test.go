package journeys

import (
	"bytes"
	"encoding/binary"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// everybody is one run of every journey that there is. Each person is another one.
func (s *server) everybody() {
	s.t.Helper()
	s.inMainland()
	s.overseas()
	s.sellers()
	s.comesBack()
	s.losesEverything()
	s.staffComes()
	s.leavesForGood()
	s.asksForAll("asks.for.all@example.com", "+201001234575")
	s.unharmed()
}

// decided is a journey's end, with a person's word where one is needed.
func (c *client) decided(market string) {
	c.t.Helper()
	c.run(market)
	if c.view.State == "in_review" {
		o := newOfficer(c.server, "demo")
		o.next()
		o.approve()
		c.run(market)
	}
	c.activated("")
}

// inMainland is M1 with what fell short at first, which is kept as a draft; M2; M5;
// and A1 where the number has an account.
func (s *server) inMainland() {
	s.t.Helper()
	const phone, second = "+8613800138071", "+8613800138072"
	c := newClient(s, "pk_test_demo", "mainland", "zh-Hans", newPerson(s.t, mainlandPerson(phone)))
	for c.view.Next.Step != "profile" {
		c.once("mainland")
	}
	wrong := c.fill("mainland")
	wrong["real_name"], wrong["id_number"] = "初稿·从未送出", "110105194912310021"
	if f := c.do(c.action("submit"), map[string]any{"values": wrong}); f == nil || f.Status != 422 {
		s.t.Errorf("a wrong number: %+v", f)
	}
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	c.decided("mainland")
	c.signIn(phone)
	taken := newClient(s, "pk_test_demo", "mainland", "en", newPerson(s.t, mainlandPerson(phone)))
	if f := taken.do(taken.action("submit"), map[string]any{"values": taken.fill("mainland")}); f == nil || f.Errors[0].Code != "contact.taken" {
		s.t.Errorf("a taken number: %+v", f)
	}
	byEmail(s, "binds.phone@example.com", second, second, true).decided("mainland")

	answers := mainlandPerson("+8613800138073")
	for name, v := range map[string]any{"name_latin": "Specimen Foreigner", "nationality": "CA", "birth_date": "1981-08-03", "gender": "female",
		"expiry_date": "2033-01-01", "issuing_country": "CA", "document_kind": "passport", "document_number": "AB123456"} {
		answers[name] = v
	}
	newClient(s, "pk_test_demo", "mainland", "en", newPerson(s.t, answers)).decided("mainland")

	c.auth = "pk_test_demo"
	sent := len(s.codes(phone))
	asked := c.wantsCode(phone, "")
	code := s.newCode(phone, sent+1)
	s.request("POST", "/api/v1/sessions/by-code", "pk_test_demo", map[string]string{"ticket": asked["ticket"], "code": code}, nil)
}

// overseas is O1 and O2 with R1: looked at, revealed, asked again, approved; another
// one is refused for good. A third one leaves in the middle, having handed over.
func (s *server) overseas() {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "overseas", "ar", newPerson(s.t, overseasPerson("scan.me@example.com", "+201001234571", annas)))
	for c.view.Next.Step != "documents" {
		c.once("overseas")
	}
	c.photographs()
	c.run("overseas")
	k := newClerk(s, "demo", "officer", s.password)
	k.must("POST", k.at+"/cases/next", nil)
	k.inspects()
	k.must("POST", "reveal", map[string]string{"what": "everything", "why": "complaint"})
	s.spyPicture(k)
	k.asksForThePassport()
	c.wants("documents", "documents")
	c.decided("overseas")

	eva := passport{number: "AA1234567", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
	r := newClient(s, "pk_test_demo", "overseas", "fr", newPerson(s.t, overseasCard("refused.person@example.com", "+201001234572", eva)))
	r.run("overseas")
	k.must("POST", k.at+"/cases/next", nil)
	no := k.verdict("reject", "policy.underage")
	no["note"] = "La personne Anna Maria Eriksson n’est pas admise."
	k.must("POST", "decision", no)

	gone := newClient(s, "pk_test_demo", "overseas", "ru", newPerson(s.t, overseasLicence("gives.up@example.com", "+201001234573")))
	gone.once("overseas")
	k.request("POST", k.at+"/deliveries/search", k.token, map[string]string{"what": "Gives.Up@example.com", "why": "complaint"}, nil)
	for gone.view.Next.Step != "document" {
		gone.once("overseas")
	}
	gone.elsewhere()
	gone.check(gone.do(gone.action("withdraw"), nil))
}

// sellers is X1, of a person and of a company with its owners.
func (s *server) sellers() {
	s.t.Helper()
	p := passport{number: "C01X0071H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}
	one, firm := crossborderPerson("+4915112345671", p), companyPerson("+4915112345672", passport{number: "C01X0072H", birth: "1974-08-12"})
	one["assertion"] = s.assertion(`?member=member-of-the-scan&membership=gold&phone=%2B4915112345671`)
	firm["assertion"] = s.assertion(`?member=company-of-the-scan&membership=gold`)
	s.spy.add("member-of-the-scan", "company-of-the-scan", "15112345671", "15112345672", "1001234571")
	for _, answers := range []map[string]any{one, firm} {
		newClient(s, "pk_test_demo", "crossborder", "en", newPerson(s.t, answers)).decided("crossborder")
	}
}

// comesBack is somebody who looks after their own sign-in.
func (s *server) comesBack() {
	s.t.Helper()
	const login = "scan.me@example.com"
	h, other := holder{s, s.session(login, password, 201)}, s.session(login, password, 201)
	h.passwords(other)
	h.passkey()
	h.sessions(login)
}

// losesEverything is A3 and the recovery of an account by two people: it is frozen, given
// back, and frozen once more by the link in the news of it.
func (s *server) losesEverything() {
	s.t.Helper()
	const login, phone = "locked@example.com", "+201001234591"
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson(login, phone, annas)))
	c.decided("overseas")
	session := s.session(login, password, 201)
	holder{s, session}.freezes(login, phone)
	asked := asksToGetIn(s, login, "email", "elsewhere@example.com")
	first, second := newClerk(s, "demo", "officer", s.password), s.hire("demo", "second", "senior_reviewer")
	first.judges(asked.view.ID, true)
	second.confirms(asked.view.ID)
	s.setsPassword(s.awaitText("elsewhere@example.com", "/recover/"), login, session)
	s.freezesByLink(login)
}

// staffComes is somebody who is invited, by the address that is the login name, and
// somebody with a login name and an address. The link is a secret.
func (s *server) staffComes() {
	s.t.Helper()
	const invited, hired = "tomas.admin@example.com", "berta-brandywine"
	s.operate("staff", "invite", "demo", invited, "--name", "Tomas Quillfeather", "--role", "tenant_admin")
	s.letter(invited, "invitation")
	s.hire("demo", hired, "reviewer")
	s.spy.add(invited, "Tomas Quillfeather", hired)
}

// leavesForGood is somebody of whom everything is given out, and who is erased.
func (s *server) leavesForGood() {
	s.t.Helper()
	c := newClient(s, "pk_test_demo", "overseas", "zh-Hant", newPerson(s.t, overseasPerson("leaves.for.good@example.com", "+201001234574", annas)))
	c.decided("overseas")
	k := newClerk(s, "demo", "officer", s.password)
	if r := s.send("POST", k.at+"/people/"+c.view.ID+"/export", asJSON(k.token), strings.NewReader(`{"reason":"access_request"}`)); r.status != 200 || !strings.HasPrefix(r.body, "PK") {
		s.t.Errorf("the export answers %d %.200s", r.status, r.body)
	}
	s.export(c.view.ID, "")
	if out := s.operate("person", "erase", "demo", c.view.ID, "--reason", "requested", "--force", "--yes"); !strings.Contains(out, "Erased") {
		s.t.Errorf("erase: %s", out)
	}
}

// Where and by what the photo was taken, and what its owner called it.
const (
	photographer = "Photographed by Anna Eriksson"
	photoName    = "passport-of-anna-eriksson.jpg"
)

var latitude = []byte{0, 0, 0, 59, 0, 0, 0, 1, 0, 0, 0, 51, 0, 0, 0, 1, 0, 4, 0xb4, 0x80, 0, 0, 0x27, 0x10}

// geotagged is a picture that tells who took it and where.
func geotagged(seed int) []byte {
	entry := func(tag, kind uint16, count, value uint32) []byte {
		b := binary.BigEndian.AppendUint16(nil, tag)
		b = binary.BigEndian.AppendUint16(b, kind)
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, count), value)
	}
	const head, first, second = 8, 2 + 2*12 + 4, 2 + 1*12 + 4
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08")
	tiff = append(tiff, 0, 2)
	tiff = append(tiff, entry(0x013b, 2, uint32(len(photographer)+1), head+first+second)...) // Artist
	tiff = append(tiff, entry(0x8825, 4, 1, head+first)...)                                  // GPS
	tiff = append(tiff, 0, 0, 0, 0, 0, 1)
	tiff = append(tiff, entry(2, 5, 3, uint32(head+first+second+len(photographer)+1))...) // latitude
	tiff = append(tiff, 0, 0, 0, 0)
	tiff = append(append(append(tiff, photographer...), 0), latitude...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	raw := picture(seed)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(raw[:2], segment, body, raw[2:])
}

// photographs sends a picture with its file's name by the page, as a phone does.
func (c *client) photographs() {
	c.t.Helper()
	o := c.elsewhere()
	o.get("/t/demo/applications/" + c.view.ID)
	for _, form := range formTag.FindAllStringSubmatch(o.page, -1) {
		action := attributes(form[1])["action"]
		if !strings.Contains(action, "/documents/") {
			continue
		}
		raw := geotagged(7)
		c.spy.add(photoName, photographer)
		c.spy.whole(latitude, raw[len(raw)/2:len(raw)/2+24])
		var body bytes.Buffer
		parts := multipart.NewWriter(&body)
		for _, input := range inputTag.FindAllStringSubmatch(form[2], -1) {
			if a := attributes(input[1]); a["type"] == "hidden" {
				must(c.t, parts.WriteField(a["name"], a["value"]))
			}
		}
		file, err := parts.CreateFormFile("file", photoName)
		must(c.t, err)
		_, err = file.Write(raw)
		must(c.t, err)
		must(c.t, parts.Close())
		req, err := http.NewRequestWithContext(background(c.t), "POST", c.base+action, &body)
		must(c.t, err)
		req.Header.Set("Content-Type", parts.FormDataContentType())
		resp, err := o.http.Do(req)
		must(c.t, err)
		o.take(resp)
		c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
		if !c.view.Next.Documents[0].Sides[0].Uploaded {
			c.t.Errorf("the photo is not received: %+v", c.view.Next)
		}
		return
	}
	c.t.Fatal("the page takes no photo")
}

// spyPicture knows the middle of the drawing that staff see.
func (s *server) spyPicture(k *clerk) {
	s.t.Helper()
	r := s.send("GET", k.view.Documents[0].Sides[0].File.Rendition, map[string]string{"Authorization": "Bearer " + k.token}, nil)
	if r.status != 200 || len(r.body) < 1000 {
		s.t.Fatalf("the drawing: %d", r.status)
	}
	s.spy.whole([]byte(r.body[len(r.body)/2 : len(r.body)/2+24]))
}
