package journeys

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// tiring makes the market of the mainland answer thirty questions and no more: what is tried before it is installed asks up to 24.
var tiring = []string{`	"errors"
`, `	"errors"
	"sync/atomic"
`, `type market struct{}
`, `type market struct{}

var asked atomic.Int64
`, `	switch q.Step {
`, `	if asked.Add(1) > 30 {
		return nil, errors.New("tired")
	}
	switch q.Step {
`}

// TestRolloutsReachBothNodes: two servers on one PostgreSQL. What is ordered in the portal
// of one is carried out by both while people register at either, each request at another;
// nobody is refused, and no application changes its rules on the way. A version that fails
// under load is taken back by itself, at both nodes.
func TestRolloutsReachBothNodes(t *testing.T) {
	t.Setenv("PAIFANG_ALLOW_UNSIGNED", "true")
	t.Setenv("PAIFANG_PROXIES", "127.0.0.1/32")
	t.Setenv("PAIFANG_PROVIDER_STORE", filepath.Join(t.TempDir(), "store"))
	h := newHouseOfNodes(t)
	versions := map[string][]string{"1.99.1": nil, "1.99.3": tiring}
	if full() {
		versions["1.99.2"] = nil
	}
	for version, changes := range versions {
		h.run("provider", "install", mainlandOf(t, version, changes...))
	}
	a, b := h.node(), h.node()
	_, password, _ := strings.Cut(strings.TrimSpace(h.run("staff", "add", "platform", "olga", "--name", "Olga", "--role", "platform_operator")), "once: ")
	n := &rollingNodes{houseOfNodes: h, nodes: []*server{a, b}, post: watchMail(h.shared)}
	t.Cleanup(n.post.close)
	n.olga = signedIn(a, "platform", "olga", password)

	rounds := 1
	if full() {
		rounds = 10
	}
	for range rounds {
		n.meanwhile(func() {
			n.order("upgrade", url.Values{"version": {"1.99.1"}, "applications": {"0"}})
			n.both("to=1.99.1")
			if full() {
				n.order("upgrade", url.Values{"version": {"1.99.2"}, "share": {"50"}, "applications": {"0"}})
				n.both("provider=mainland version=1.99.2 state=ready")
				time.Sleep(3 * time.Second) // so that some begin with it
			}
		})
		n.meanwhile(func() {
			if full() {
				n.order("rollback", url.Values{}) // the canary; who began with it has ended
			}
			n.order("rollback", url.Values{})
			n.both("to=1.1.0")
		})
	}
	n.unrefused()
	n.takenBack()
}

// rollingNodes are nodes with people who register at all of them.
type rollingNodes struct {
	*houseOfNodes
	nodes   []*server
	post    *postbox
	olga    *officer
	turn    atomic.Int64
	seen    map[string]int // lines of the logs that were waited for, by what and node
	people  []*walker
	patient bool // who registers expects to be asked to come back
	crowds  int  // that have registered, so that no number comes twice
}

// order has the operator do something in the portal of one node, the next in that of the other.
func (n *rollingNodes) order(what string, values url.Values) {
	n.t.Helper()
	n.olga.get("/admin/platform/providers/mainland")
	n.olga.submit("/providers/mainland/"+what, values)
	n.olga.server = n.nodes[n.turn.Add(1)%2]
	if n.olga.at.Path != "/admin/platform/providers/mainland" {
		n.t.Fatalf("%s: %s", what, n.olga.at)
	}
}

// both waits until both nodes say once more what they did.
func (n *rollingNodes) both(what string) {
	n.t.Helper()
	if n.seen == nil {
		n.seen = map[string]int{}
	}
	for i, s := range n.nodes {
		key := fmt.Sprint(i, what)
		for end := time.Now().Add(patience); strings.Count(s.log.String(), what) <= n.seen[key]; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				n.t.Fatalf("node %d does not say %q\n%s", i, what, s.log.tail())
			}
		}
		n.seen[key] = strings.Count(s.log.String(), what)
	}
}

// meanwhile does something while people register, and waits for them.
func (n *rollingNodes) meanwhile(do func()) {
	n.t.Helper()
	var ended atomic.Bool
	var mu sync.Mutex
	var all sync.WaitGroup
	n.crowds++
	begun := 100 * n.crowds
	for c := range 3 {
		all.Go(func() {
			for i := 0; !ended.Load() && i < 20; i++ {
				w := n.register(begun + 10000*c + i)
				mu.Lock()
				n.people = append(n.people, w)
				mu.Unlock()
			}
		})
	}
	do()
	ended.Store(true)
	all.Wait()
}

// register lets somebody hand in an application, each request at another node. It is
// patient with what a node could not do.
func (n *rollingNodes) register(number int) *walker {
	w := newWalker(func() string { return n.nodes[n.turn.Add(1)%2].base }, n.post, number)
	if n.patient {
		w.pause = 500 * time.Millisecond
	}
	w.from = fmt.Sprintf("198.51.%d.%d", number/100%250, number%100+1)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // on a busy machine
	defer cancel()
	f, err := w.send(ctx, "POST", "/api/v1/applications", n.key, "", map[string]string{"market": "mainland", "locale": "en"}, &w.view)
	w.auth = w.view.HolderToken
	for f == nil && err == nil && w.view.State == "open" {
		_, err = w.next(ctx)
	}
	switch {
	case n.patient && err != nil && strings.Contains(err.Error(), "Code:budget"): // asked to come back later, too often
		w.refused = append(w.refused, 429)
	case f != nil || err != nil:
		n.t.Errorf("person %d: %+v %v", number, f, err)
	}
	return w
}

// unrefused: nobody was refused, and all were judged by the rules they began with.
func (n *rollingNodes) unrefused() {
	n.t.Helper()
	for _, w := range n.people {
		if w.lost+len(w.refused) > 0 {
			n.t.Errorf("refused with %v, %d requests without answer", w.refused, w.lost)
		}
	}
	n.t.Logf("%d people registered at two nodes, 0 requests failed; by version: %v", len(n.people), n.nodes[0].bound("shop", n.people))
	n.people = nil
}

// takenBack: a version that is tired of its work is taken back by the first node that sees
// it, for both, and the person in the portal is told why; nothing of what people typed is
// lost, and who registers afterwards meets no fault.
func (n *rollingNodes) takenBack() {
	n.t.Helper()
	n.order("upgrade", url.Values{"version": {"1.99.3"}, "applications": {"0"}})
	if !strings.Contains(n.olga.page, "Applications under way that move to the version in force: ") {
		n.t.Errorf("the portal does not say how many were bound to the version that dropped out: %s", n.olga.at)
	}
	n.both("to=1.99.3")
	n.patient = true
	began := time.Now()
	var took time.Duration
	n.meanwhile(func() {
		n.both("from=1.99.3")
		took = time.Since(began)
	})
	hurt := 0
	for _, w := range n.people {
		hurt += len(w.refused)
		if w.lost > 0 {
			n.t.Errorf("%d requests were not answered", w.lost)
		}
	}
	if hurt == 0 {
		n.t.Error("nobody met the fault: the version was not taken back for it")
	}
	history := n.run("provider", "status", "mainland", "--history")
	if !strings.Contains(history, "mainland shipped is in force") || !strings.Contains(history, "failed") || !strings.Contains(history, "calls or less were faults") {
		n.t.Errorf("what holds now:\n%s", history)
	}
	n.people, n.patient = nil, false
	w := n.register(900000)
	if len(w.refused)+w.lost > 0 {
		n.t.Errorf("afterwards somebody was refused with %v", w.refused)
	}
	n.t.Logf("a version that fails under load was taken back at both nodes %v after it came into force; %d requests were refused", took.Round(time.Millisecond), hurt)
}
