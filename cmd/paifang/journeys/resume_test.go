package journeys

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestResume: a journey of every market goes on where it was, though the server
// was stopped between any two requests.
func TestResume(t *testing.T) {
	t.Run("overseas", func(t *testing.T) { resumeOverseas(newServer(t, "")) })
	t.Run("crossborder", func(t *testing.T) { resumeCrossborder(newServer(t, "")) })
}

func resumeOverseas(s *server) {
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(s.t, overseasPerson("resume@example.com", "+201001234511", annas)))
	c.between = s.restart
	c.run("overseas")
	s.reviewed(c, "overseas")
	s.restart()
	c.signIn("resume@example.com")
}

func resumeCrossborder(s *server) {
	answers := crossborderPerson("+4915112345611", passport{number: "C01X0011H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"})
	answers["assertion"] = s.assertion(`?member=m-300&membership=gold&phone=%2B4915112345611`)
	c := newClient(s, "pk_test_demo", "crossborder", "ar", newPerson(s.t, answers))
	c.between = s.restart
	c.run("crossborder")
	s.reviewed(c, "crossborder")
}

func (s *server) reviewed(c *client, market string) {
	s.t.Helper()
	if c.view.State != "in_review" {
		s.t.Fatalf("state %s", c.view.State)
	}
	o := newOfficer(s, "demo")
	o.next()
	o.approve()
	c.run(market)
	c.activated("")
}

// TestKilled: what was acknowledged is there after the server was killed.
func TestKilled(t *testing.T) {
	databases(t, func(t *testing.T, s *server) {
		const phone = "+8613800138051"
		c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
		c.once("mainland")
		s.killed() // a message that was being sent goes out at the next start
		c.wants("challenge", "account")
		c.once("mainland")
		s.killed()
		c.wants("form", "profile")
		c.once("mainland")
		s.killed()
		c.wants("form", "credentials")
		c.run("mainland")
		c.activated("verified")
		s.killed()
		c.wants("done", "")
	})
}

// killed ends the server without warning and starts it again.
func (s *server) killed() {
	s.t.Helper()
	s.stop(syscall.SIGKILL)
	s.start()
}

// TestProviderKilled: while a market's provider is dead or hangs people are asked
// to try again, what they typed is kept, and the next try goes on. Of one that
// dies nobody may notice: its successor is there at once, and who asks waits.
func TestProviderKilled(t *testing.T) {
	for name, with := range map[string]syscall.Signal{"dead": syscall.SIGKILL, "hanging": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, "")
			c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson("+8613800138052")))
			c.once("mainland")
			c.once("mainland")
			values := c.fill("mainland")
			s.hit("mainland", with)
			r := s.send("POST", c.action("submit").Href, asJSON(c.auth), encoded(t, map[string]any{"values": values}))
			if unnoticed := with == syscall.SIGKILL && r.status == http.StatusOK; !unnoticed {
				c.mayTryAgain(r, values)
			}
			c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
			c.run("mainland")
			c.activated("verified")
		})
	}
}

// mayTryAgain wants an answer to say that the market cannot tell now, and trying
// again to go on with what was typed.
func (c *client) mayTryAgain(r reply, values map[string]any) {
	t := c.t
	t.Helper()
	if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
		t.Fatalf("a market without its provider answers %d: %s", r.status, r.body)
	}
	if innards.MatchString(r.body) {
		t.Errorf("the answer tells of the inside: %s", r.body)
	}
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	if !c.kept("real_name", "测试·样本") {
		t.Fatalf("what was typed is lost: %+v", c.view.Next.Fields)
	}
	for end := time.Now().Add(patience); c.view.Next.Step == "profile" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if f := c.do(c.action("submit"), map[string]any{"values": values}); f != nil && f.Status != http.StatusServiceUnavailable {
			t.Fatalf("the next try: %+v", f)
		}
		c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	}
}

// kept tells whether a field of the open step has its value still.
func (c *client) kept(name, value string) bool {
	for _, f := range c.view.Next.Fields {
		if f.Name == name {
			return f.Value == value
		}
	}
	return false
}

var ready = regexp.MustCompile(`provider=(\S+) state=ready pid=(\d+)`)

// hit sends a signal to the process of a provider that became ready last.
func (s *server) hit(provider string, with syscall.Signal) {
	s.t.Helper()
	pid := 0
	for _, m := range ready.FindAllStringSubmatch(s.log.String(), -1) {
		if m[1] == provider {
			pid, _ = strconv.Atoi(m[2])
		}
	}
	s.strike(pid, with)
}

// strike sends a signal, and waits until it is felt where it stops the process.
func (s *server) strike(pid int, with syscall.Signal) {
	s.t.Helper()
	_ = syscall.Kill(pid, with) // it may be dead from the last time
	for end := time.Now().Add(patience); with == syscall.SIGSTOP && !stopped(pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("process %d does not stop", pid)
		}
	}
}

// stopped tells whether all threads of a process are stopped: a signal reaches one
// after the other, and on a busy machine those that it has not reached still answer.
func stopped(pid int) bool {
	threads, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
	for _, path := range threads {
		b, _ := os.ReadFile(path)
		if _, rest, _ := strings.Cut(string(b), ") "); !strings.HasPrefix(rest, "T") {
			return false
		}
	}
	return len(threads) > 0
}

// TestWithdrawn: an application that was given up takes nothing more, keeps
// nothing, and frees its phone number.
func TestWithdrawn(t *testing.T) {
	s := newServer(t, "")
	const phone = "+8613800138053"
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
	c.once("mainland")
	code, challenge := s.newMessage(phone, 1).code(t), c.action("answer")
	submit := "/api/v1/applications/" + c.view.ID + "/steps/account"
	c.check(c.do(c.action("withdraw"), nil))
	if c.view.State != "withdrawn" || c.view.Next.Kind != "closed" || len(c.view.Next.Actions) != 0 {
		t.Errorf("withdrawn is %s, %+v", c.view.State, c.view.Next)
	}
	s.restart()
	s.send("POST", challenge.Href, asJSON(c.auth), encoded(t, map[string]string{"code": code})).refused(t, 409)
	s.send("POST", submit, asJSON(c.auth), strings.NewReader(`{"values":{}}`)).refused(t, 409)
	s.send("POST", "/api/v1/applications/"+c.view.ID+"/withdraw", asJSON(c.auth), nil).refused(t, 409)
	c.wants("closed", "")
	next := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson(phone)))
	time.Sleep(time.Second)
	next.sent[phone] = 1
	next.run("mainland")
	next.activated("verified")
}

// TestLink: reading the link of an e-mail changes nothing, following it proves
// the address on whatever device, and a second time it explains.
func TestLink(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("link@example.com", "+201001234513", annas)))
	c.once("overseas")
	link := s.newMessage("link@example.com", 1).link(t)
	path := strings.TrimPrefix(link, s.base)
	for range 3 { // mail scanners
		if r := s.send("GET", path, nil, nil); r.status != 200 || strings.Contains(r.body, "link@example.com") {
			t.Errorf("reading the link: %d", r.status)
		}
		s.send("HEAD", path, nil, nil).discreet(t)
	}
	s.restart()
	c.wants("challenge", "account")
	for _, bad := range []string{path + "A", path[:len(path)-1], path[:len(path)-43] + strings.Repeat("A", 43), "/t/harbor/l/" + path[len(path)-43:], "/t/demo/l/%00", "/t/demo/l/.."} {
		if r := s.send("GET", bad, nil, nil); r.status != 404 && r.status != 303 && r.status != 302 {
			t.Errorf("%s answers %d", bad, r.status)
		}
	}
	if r := s.send("POST", path, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, strings.NewReader("_csrf="+needle)); r.status != 403 {
		t.Errorf("following without the page's token answers %d", r.status)
	}
	c.wants("challenge", "account")

	elsewhere := newBrowserless(s)
	elsewhere.get(path)
	elsewhere.submit("/l/"+path[len(path)-43:], url.Values{})
	if !strings.Contains(elsewhere.at.Path, "/applications/"+c.view.ID) {
		t.Errorf("following leads to %s", elsewhere.at.Path)
	}
	c.wants("form", "phone")
	again := newBrowserless(s)
	again.get(path)
	if formTag.MatchString(again.page) && strings.Contains(again.page, `action="`+path+`"`) {
		t.Error("a used link can be followed again")
	}
	c.run("overseas")
	s.unharmed()
}

// newBrowserless is a browser without scripts; forms work as for officers.
func newBrowserless(s *server) *officer {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &officer{server: s, http: &http.Client{Jar: jar}, tenant: "demo"}
}
