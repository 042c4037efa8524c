package journeys

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestTwoNodes: two `paifang serve` on one PostgreSQL are one to everybody. Their
// data folders have nothing in common; the master key and the blobs are shared.
func TestTwoNodes(t *testing.T) {
	h := newHouseOfNodes(t)
	a, b := h.node(), h.node()
	post := watchMail(h.shared)
	t.Cleanup(post.close)
	turn := 0
	s := &server{t: t, database: a.database, base: a.base, listen: a.listen, log: a.log, inbox: func(to string) []message {
		list := post.all(to)
		slices.Reverse(list)
		return list
	}}
	swap := func() { turn++; s.base = []string{a.base, b.base}[turn%2] }

	answers := overseasPerson("nodes@example.com", "+201001234591", annas)
	c := newClient(s, h.key, "overseas", "en", newPerson(t, answers))
	c.between = swap
	c.run("overseas")
	if c.view.State != "in_review" {
		t.Fatalf("state %s", c.view.State)
	}
	h.review(s, swap)
	c.run("overseas")
	c.activated("")
	seen := map[string]bool{}
	for _, m := range append(post.all("nodes@example.com"), post.all("+201001234591")...) {
		if seen[m.ID] {
			t.Error("a message was given to the messenger twice")
		}
		seen[m.ID] = true
	}
	if len(seen) < 2 {
		t.Errorf("only %d messages came", len(seen))
	}
	h.settingsReachBoth(s, a, b)
	h.changesReachBoth(a, b)
	h.budgetHoldsAcross(a, b)
	h.jobsRunOnce(a, b)
	h.neighbourTakesOver(a, b)
}

// houseOfNodes is an installation: a database, a tenant, what the nodes share.
type houseOfNodes struct {
	t        *testing.T
	programs string
	shared   string // folder of the master key, the blobs, the settings
	database string
	key      string
	password string
}

func newHouseOfNodes(t *testing.T) *houseOfNodes {
	t.Helper()
	dir, err := programs()
	must(t, err)
	h := &houseOfNodes{t: t, programs: dir, shared: t.TempDir(), database: storetest.PostgresURL(t)}
	texts := filepath.Join(h.shared, "texts")
	must(t, os.Mkdir(texts, 0o700))
	for _, name := range []string{"terms", "privacy"} {
		must(t, os.WriteFile(filepath.Join(texts, name+".en.txt"), []byte("Title\n\nYou agree.\n"), 0o600))
	}
	installProviders(t, filepath.Join(h.shared, "providers"), []string{"textpost"}, []string{"mainland", "overseas"})
	settings, err := json.Marshal(map[string]any{"textpost": map[string]string{"dir": filepath.Join(h.shared, "mailbox")}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(h.shared, "settings.json"), settings, 0o600))
	h.run("tenant", "add", "shop", "--name", "Corner Shop", "--locales", "en", "--markets", "overseas,mainland", "--texts", texts, "--test")
	_, h.password, _ = strings.Cut(strings.TrimSpace(h.run("staff", "add", "shop", "lena", "--name", "Lena", "--role", "compliance_officer")), "once: ")
	h.key = strings.TrimSpace(h.run("key", "issue", "shop", "--test"))
	return h
}

func (h *houseOfNodes) environment(data string) []string {
	return append(os.Environ(), "PAIFANG_DATA="+data, "PAIFANG_DATABASE_URL="+h.database, "PAIFANG_MASTER_KEY="+filepath.Join(h.shared, "master.key"),
		"PAIFANG_KEY_STORE="+filepath.Join(h.shared, "keys"),
		"PAIFANG_PROVIDERS="+filepath.Join(h.shared, "providers"))
}

// run runs a command as the operator would, on a third machine.
func (h *houseOfNodes) run(args ...string) string {
	h.t.Helper()
	command := exec.Command(filepath.Join(h.programs, "paifang"), args...)
	command.Env = h.environment(h.t.TempDir())
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		h.t.Fatalf("paifang %s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	return string(out)
}

// node starts one more server.
func (h *houseOfNodes) node() *server {
	h.t.Helper()
	s := &server{t: h.t, data: h.t.TempDir(), database: h.database, listen: freeAddress(h.t), log: &logFile{}}
	s.base = "http://" + s.listen
	h.start(s)
	h.t.Cleanup(func() {
		s.stop(syscall.SIGTERM)
		if h.t.Failed() {
			h.t.Log(s.log.tail())
		}
	})
	return s
}

func (h *houseOfNodes) start(s *server) {
	h.t.Helper()
	s.command = exec.Command(filepath.Join(h.programs, "paifang"), "serve")
	s.command.Env = append(h.environment(s.data), "PAIFANG_LISTEN="+s.listen, "PAIFANG_BLOBS="+filepath.Join(h.shared, "blobs"),
		"PAIFANG_SETTINGS="+filepath.Join(h.shared, "settings.json"), "PAIFANG_MESSENGERS=email=textpost;phone=textpost")
	s.command.Stderr = s.log
	must(h.t, s.command.Start())
	s.await("/healthz/ready")
}

// review has the case decided, each request at another node: sessions, forms and
// files are the same at both.
func (h *houseOfNodes) review(s *server, swap func()) {
	h.t.Helper()
	o := h.officer(s)
	swap()
	o.get("/admin/shop/cases")
	swap()
	o.elsewhere(s.base)
	o.submit("/cases/next", url.Values{})
	pictures := documentPicture.FindAllStringSubmatch(o.page, -1)
	if len(pictures) == 0 {
		h.t.Error("the case has no pictures")
	}
	for _, src := range pictures {
		swap()
		o.elsewhere(s.base)
		where, err := o.at.Parse(src[1])
		must(h.t, err)
		resp, err := o.http.Get(where.String())
		must(h.t, err)
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || !bytes.HasPrefix(raw, []byte("\xff\xd8")) {
			h.t.Errorf("a picture answers %d at the other node", resp.StatusCode)
		}
	}
	swap()
	o.elsewhere(s.base)
	o.submit("/decide", url.Values{"outcome": {"approve"}})
}

var documentPicture = regexp.MustCompile(`<img src="([^"]+/files/[^"]+)"`)

func (h *houseOfNodes) officer(s *server) *officer {
	h.t.Helper()
	return signedIn(s, "shop", "lena", h.password)
}

// elsewhere lets the next form of the page go to another node.
func (o *officer) elsewhere(base string) {
	o.t.Helper()
	to, err := url.Parse(base)
	must(o.t, err)
	moved := *o.at
	moved.Host = to.Host
	o.at = &moved
}

// changesReachBoth: what an operator changes holds at both nodes within 2 s.
func (h *houseOfNodes) changesReachBoth(a, b *server) {
	h.t.Helper()
	offered := func(s *server) bool {
		return s.send("GET", "/t/shop/start/mainland", nil, nil).status == 200
	}
	for _, state := range []string{"shut", "open"} {
		h.run("tenant", "market", "shop", "mainland", state)
		h.within("the market is "+state, func() bool { return offered(a) == (state == "open") && offered(b) == (state == "open") })
	}
	at := []*officer{h.officer(a), h.officer(b)}
	may := func(o *officer) bool {
		resp, err := o.http.Get(o.base + "/admin/shop/audit")
		must(h.t, err)
		resp.Body.Close()
		return resp.StatusCode == 200
	}
	h.run("staff", "add", "shop", "ida", "--name", "Ida", "--role", "tenant_admin") // one always stays
	for _, role := range []string{"viewer", "tenant_admin", "reviewer", "compliance_officer"} {
		h.run("staff", "role", "shop", "lena", role)
		reads := role == "tenant_admin" || role == "compliance_officer" // the record
		h.within("the role is "+role, func() bool { return may(at[0]) == reads && may(at[1]) == reads })
	}
	h.run("staff", "disable", "shop", "lena")
	h.within("lena is out", func() bool {
		return a.send("GET", "/admin/shop/cases", at[0].cookies(a), nil).status != 200 && b.send("GET", "/admin/shop/cases", at[1].cookies(b), nil).status != 200
	})
}

func (o *officer) cookies(s *server) map[string]string {
	at, _ := url.Parse(s.base)
	var list []string
	for _, c := range o.http.Jar.Cookies(at) {
		list = append(list, c.String())
	}
	return map[string]string{"Cookie": strings.Join(list, "; ")}
}

func (h *houseOfNodes) within(what string, holds func() bool) {
	h.t.Helper()
	begin := time.Now()
	for asked := begin; !holds(); asked = time.Now() {
		if asked.Sub(begin) > 2*time.Second { // however long the answer took
			h.t.Errorf("%s: not at both nodes after 2 s", what)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// budgetHoldsAcross: an address may start 60 applications in an hour, wherever
// and whatever it says where it comes from.
func (h *houseOfNodes) budgetHoldsAcross(a, b *server) {
	h.t.Helper()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 4)}} // which none of those before came from
	client := &http.Client{Transport: &http.Transport{DialContext: from.DialContext, DisableKeepAlives: true}}
	inOneWindow(time.Hour, 20*time.Second)
	count := together(80, func(i int) int {
		s := []*server{a, b}[i%2]
		r, err := http.NewRequestWithContext(background(h.t), "POST", s.base+"/api/v1/applications", strings.NewReader(`{"market":"overseas","locale":"en"}`))
		if err != nil {
			return 0
		}
		r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + h.key}, "X-Forwarded-For": {fmt.Sprintf("198.51.100.%d", i)}}
		resp, err := client.Do(r)
		if err != nil {
			return 0
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	})
	if count[200]+count[201] != 60 || count[429] != 20 {
		h.t.Errorf("80 starts at two nodes answer %v, want 60 and 20", count)
	}
}

// inOneWindow waits where the window of a budget is about to end: what is counted on
// both sides of a border uses up neither.
func inOneWindow(window, room time.Duration) {
	if left := time.Until(time.Now().Truncate(window).Add(window)); left < room {
		time.Sleep(left)
	}
}

// jobsRunOnce looks at the record: no message was sent and no application
// verified twice, though both nodes were woken for each job.
func (h *houseOfNodes) jobsRunOnce(a, b *server) {
	h.t.Helper()
	db := a.store()
	lines, err := db.AuditLines(context.Background(), "shop", kyc.AuditFilter{}, "", 0)
	must(h.t, err)
	count := map[string]int{}
	for _, l := range lines {
		if l.Action == audit.MessageSent || l.Action == audit.CaseOpened || l.Action == audit.CheckFinished {
			count[l.Action+" "+l.ObjectID+" "+l.Detail["check"]]++
		}
	}
	for what, n := range count {
		if n != 1 {
			h.t.Errorf("%s: %d times", what, n)
		}
	}
	if len(count) < 5 {
		h.t.Errorf("the record has only %v", count)
	}
	wholeRecord(h.t, db, "shop")
}

// neighbourTakesOver: a node that is killed leaves a job behind; the other one
// takes it over, and so does the node itself when it starts again.
func (h *houseOfNodes) neighbourTakesOver(a, b *server) {
	h.t.Helper()
	db := a.store().Databases().Postgres
	raw, err := os.ReadFile(filepath.Join(a.data, "node"))
	must(h.t, err)
	host, err := os.Hostname()
	must(h.t, err)
	node := strings.TrimSpace(string(raw)) + "." + host // how it calls itself on PostgreSQL
	leave := func() {                                   // a job as the node leaves it: taken a moment ago
		_, err := db.Exec(context.Background(), `INSERT INTO river_job (kind, args, state, attempt, attempted_at, attempted_by, max_attempts, queue)
			VALUES ('sweep', '{"kind":"sweep","tenant":"","ref":""}', 'running', 1, now(), ARRAY[$1], 100, 'default')`, node)
		must(h.t, err)
	}
	taken := func(within time.Duration) time.Duration {
		begin := time.Now()
		for left := 1; left > 0; time.Sleep(50 * time.Millisecond) {
			must(h.t, db.QueryRow(context.Background(), "SELECT COUNT(*) FROM river_job WHERE state = 'running' AND $1 = ANY(attempted_by) AND attempt = 1", node).Scan(&left))
			if time.Since(begin) > within {
				h.t.Fatalf("nobody takes over the jobs of a dead node within %v", within)
			}
		}
		return time.Since(begin).Round(time.Millisecond)
	}
	a.stop(syscall.SIGKILL)
	leave()
	if full() { // it takes the others a while to be sure
		h.t.Logf("jobs of a node that stays dead are taken over after %v", taken(40*time.Second))
		leave()
	}
	begin := time.Now()
	h.start(a)
	taken(5 * time.Second)
	h.t.Logf("a node that starts again has its jobs %v after its start began", time.Since(begin).Round(time.Millisecond))
}
