package journeys

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// misdeed is what the market of the mainland does while people register overseas.
type misdeed struct {
	name   string
	says   string         // the name of a person for whom the market does it; "": nobody's
	signal syscall.Signal // what its process is sent instead
	may    bool           // the person may be answered nevertheless: it is over soon enough
}

// misdeeds begin with none: what that seems to do is what the measurement is unsure of.
func misdeeds() []misdeed {
	return []misdeed{{name: "nothing", may: true}, {name: "kill", signal: syscall.SIGKILL, may: true}, {name: "stop", signal: syscall.SIGSTOP},
		{name: "slow", says: "迟缓"}, {name: "garbage", says: "乱码"}, {name: "oversized", says: "巨大"}, {name: "memory", says: "内存"}, {name: "flood", says: "日志", may: true}}
}

// TestMisdeedsAndOtherPeople: while people register overseas at a steady rate, the market
// of the mainland misbehaves. Who registers there is asked to try again later and goes
// on with all that they typed; the requests of the others take as long as before.
// Quiet and troubled times are taken by turns, so that what else the machine does meets both.
func TestMisdeedsAndOtherPeople(t *testing.T) {
	if !full() {
		t.Skip("takes seven minutes and a quiet machine: make endurance")
	}
	const window, pairs = 8 * time.Second, 3
	dir := misbehaving(t)
	every := third(t, dir)
	control := 1.0
	for _, m := range misdeeds() {
		t.Run(m.name, func(t *testing.T) {
			var seen measured
			by := 0.0
			for range 2 { // what is too slow is measured once more: a fifth is not much more than the noise
				s := newServerIn(t, "", t.TempDir(), "PAIFANG_PROVIDERS="+dir)
				seen = seen.with(s.besides(m, window, pairs, every))
				s.unharmed()
				s.stop(syscall.SIGTERM)
				by = seen.tell(t, m.name)
				if m.name == "nothing" {
					control = max(control, by)
					return
				}
				if by <= control*1.2 {
					return
				}
			}
			t.Errorf("the p99 of people overseas is %.0f %% longer, and %.0f %% when nothing is done", 100*(by-1), 100*(control-1))
		})
	}
}

// third is how often somebody must come for a third of what the machine can do.
func third(t *testing.T, dir string) time.Duration {
	t.Helper()
	s := newServerIn(t, "", t.TempDir(), "PAIFANG_PROVIDERS="+dir)
	post := watchMail(s.data)
	defer post.close()
	most := s.capacity(post, 6*time.Second)
	s.stop(syscall.SIGTERM)
	every := time.Duration(3 * float64(time.Second) / most)
	t.Logf("%.1f people a second can register overseas; one comes every %v", most, every.Round(time.Millisecond))
	return every
}

// measured is how long the requests of other people took, in order.
type measured struct{ quiet, troubled []time.Duration }

// with is both together.
func (a measured) with(b measured) measured {
	both := measured{slices.Concat(a.quiet, b.quiet), slices.Concat(a.troubled, b.troubled)}
	slices.Sort(both.quiet)
	slices.Sort(both.troubled)
	return both
}

// tell says it, and how many times as long the p99 is with the misdeed.
func (a measured) tell(t *testing.T, name string) float64 {
	t.Helper()
	by := float64(quantile(a.troubled, 0.99)) / float64(quantile(a.quiet, 0.99))
	at := func(q float64) string {
		return fmt.Sprintf("%v without, %v with", quantile(a.quiet, q).Round(100*time.Microsecond), quantile(a.troubled, q).Round(100*time.Microsecond))
	}
	t.Logf("%-10s p99 %s (%+.0f %%); p95 %s; p50 %s; of %d and %d requests", name, at(0.99), 100*(by-1), at(0.95), at(0.5), len(a.quiet), len(a.troubled))
	return by
}

// besides has the market misbehave once in every other window while somebody comes so
// often, and measures the others' requests.
func (s *server) besides(m misdeed, long time.Duration, pairs int, every time.Duration) measured {
	s.t.Helper()
	var victims []*client
	for i := range pairs {
		victims = append(victims, s.victim(i, m.says))
	}
	post := watchMail(s.data)
	defer post.close()
	people := s.arrive(every, post)
	time.Sleep(2 * time.Second) // until as many are there as will be
	var windows []window
	for i := range 2 * pairs {
		w := window{from: time.Now(), troubled: i%2 == 1}
		end := w.from.Add(long)
		if w.troubled {
			time.Sleep(long / 16)
			s.suffers(victims[i/2], m)
		}
		time.Sleep(time.Until(end))
		w.to = time.Now()
		windows = append(windows, w)
	}
	people.end()
	for _, err := range people.failed {
		s.t.Errorf("somebody overseas: %v", err)
	}
	return measured{people.times(windows, false), people.times(windows, true)}
}

// victim is somebody who registers in the market that will misbehave, at the step in
// which it does. A name that asks for a misdeed is theirs until they type another.
func (s *server) victim(n int, name string) *client {
	s.t.Helper()
	answers := mainlandPerson(fmt.Sprintf("+86138001390%02d", n))
	answers["id_number"] = idNumber(500 + n)
	if name != "" {
		answers["real_name"] = name
	}
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(s.t, answers))
	for c.view.Next.Step != "profile" || c.view.Next.Kind != "form" {
		c.once("mainland")
	}
	return c
}

// suffers has the misdeed happen to somebody: they are asked to try again later, find
// what they typed, and go on once the market is back.
func (s *server) suffers(c *client, m misdeed) {
	s.t.Helper()
	if m.signal != 0 {
		s.strike(s.pid("mainland"), m.signal)
	}
	began, submit, typed := time.Now(), c.action("submit"), c.fill("mainland")
	r := s.send(submit.Method, submit.Href, asJSON(c.auth), encoded(s.t, map[string]any{"values": typed}))
	if r.status == 200 && m.may {
		if m.name != "nothing" {
			s.t.Logf("%s: the person was answered after %v", m.name, time.Since(began).Round(time.Millisecond))
		}
		return
	}
	if r.status != 503 || r.header.Get("Retry-After") == "" || !strings.Contains(r.body, "What you typed is kept. Please try again") {
		s.t.Errorf("the market's people are told %d %.300s", r.status, r.body)
	}
	c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
	for _, f := range c.view.Next.Fields {
		if said, ok := typed[f.Name].(string); ok && f.Value != said {
			s.t.Errorf("%s was typed and is %q now", f.Name, f.Value)
		}
	}
	typed["real_name"] = "测试·样本"
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		submit = c.action("submit")
		if r = s.send(submit.Method, submit.Href, asJSON(c.auth), encoded(s.t, map[string]any{"values": typed})); r.status != 503 || time.Now().After(end) {
			break
		}
	}
	if must(s.t, json.Unmarshal([]byte(r.body), &c.view)); r.status != 200 || c.view.Next.Step == "profile" {
		s.t.Errorf("afterwards they are told %d %.300s", r.status, r.body)
	}
	s.t.Logf("%s: the person went on after %v", m.name, time.Since(began).Round(time.Millisecond))
}

// pid finds the process of a provider by the name that it runs under.
func (s *server) pid(name string) int {
	s.t.Helper()
	list := slices.DeleteFunc(s.children(), func(pid int) bool {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		return string(raw) != name+"\x00"
	})
	if len(list) != 1 {
		s.t.Fatalf("%d processes are the provider %s", len(list), name)
	}
	return list[0]
}

// misbehaving is a folder with the programs that come with the gateway, of which the
// market of the mainland does what the name of a person asks for.
func misbehaving(t *testing.T) string {
	t.Helper()
	bin, err := programs()
	must(t, err)
	shipped, dir := filepath.Join(bin, "providers"), t.TempDir()
	must(t, os.Chmod(dir, 0o755)) //nolint:gosec // G302: as the shipped one is
	must(t, os.CopyFS(dir, os.DirFS(shipped)))
	before := "func (market) Evaluate(_ context.Context, q *sdk.Question) (*sdk.Finding, error) {\n"
	program := build(t, "mainland", "1.99.7", map[string]string{"misdeeds.go": "testdata/misdeeds/misdeeds.go"}, before,
		"func (market) Evaluate(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {\n\tif f, err := misbehave(ctx, q); f != nil || err != nil {\n\t\treturn f, err\n\t}\n")
	raw, err := os.ReadFile(program)
	must(t, err)
	must(t, os.Remove(filepath.Join(dir, "mainland")))
	must(t, os.WriteFile(filepath.Join(dir, "mainland"), raw, 0o755)) //nolint:gosec // G306: a program
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	must(t, err)
	var lines []string
	for line := range strings.Lines(string(sums)) {
		if !strings.HasSuffix(line, "  mainland\n") {
			lines = append(lines, line)
		}
	}
	lines = append(lines, fmt.Sprintf("%x  mainland\n", sha256.Sum256(raw)))
	must(t, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(strings.Join(lines, "")), 0o644)) //nolint:gosec // G306: as the shipped one
	return dir
}
