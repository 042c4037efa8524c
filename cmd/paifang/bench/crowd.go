package main

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// crowd is all the clients of one server.
type crowd struct {
	server   *server
	inbox    *inbox
	names    []string // of the steps
	register func(t *traveller, n int, human string) (phone string, err error)
	people   int // that have registered
}

func newCrowd(s *server) (*crowd, error) {
	inbox, err := openInbox(s.mailbox())
	return &crowd{server: s, inbox: inbox, names: stepNames, register: (*traveller).register}, err
}

func (c *crowd) close() { _ = c.inbox.notify.Close() }

func (c *crowd) traveller() *traveller {
	return &traveller{http: &fasthttp.HostClient{Addr: strings.TrimPrefix(c.server.base, "http://"), MaxConns: 2},
		base: c.server.base, inbox: c.inbox, took: make([][]time.Duration, len(c.names))}
}

// each calls do for every number below n, from a bounded number of clients.
func (c *crowd) each(clients, n int, do func(t *traveller, i int) error) ([]*traveller, error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	travellers, errs := make([]*traveller, clients), make([]error, clients)
	for w := range clients {
		t := c.traveller()
		travellers[w] = t
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[w] == nil; i = int(next.Add(1)) - 1 {
				errs[w] = do(t, i)
			}
		})
	}
	wg.Wait()
	return travellers, errors.Join(errs...)
}

// solve has n human tests solved. It tells what making them cost the server.
func (c *crowd) solve(n int) ([]string, spent, error) {
	solved := make([]string, n)
	before := cpu()
	_, err := c.each(2, n, func(t *traveller, i int) (err error) {
		solved[i], err = t.puzzle()
		return err
	})
	return solved, cpu().minus(before), err
}

// run registers n people from so many clients, then has their sessions checked.
func (c *crowd) run(clients, n int, checking time.Duration, profile func() func()) (run, error) {
	r, phones, err := c.rush(clients, n, profile)
	if err != nil {
		return r, err
	}
	return r, c.check(&r, clients, phones, checking)
}

// rush registers n people from so many clients and tells their phone numbers.
func (c *crowd) rush(clients, n int, profile func() func()) (r run, phones []string, err error) {
	solved, used, err := c.solve(n)
	if err != nil {
		return r, nil, err
	}
	if _, err := c.server.counts(); err != nil { // forgets what waited before
		return r, nil, err
	}
	first := c.people
	c.people += n
	most := watchMemory()
	defer profile()()
	phones = make([]string, n)
	began, before := time.Now(), cpu()
	travellers, err := c.each(clients, n, func(t *traveller, i int) (err error) {
		phones[i], err = c.register(t, first+i, solved[i])
		return err
	})
	took := time.Since(began)
	used = used.plus(cpu().minus(before))
	r = run{Clients: clients, Journeys: n, Seconds: took.Seconds(), PerSecond: float64(n) / took.Seconds(),
		CPU: millis(used.sum()) / float64(n), Gateway: millis(used.gateway) / float64(n), Providers: millis(used.providers) / float64(n),
		Database: millis(used.database) / float64(n), Peak: most()}
	if err != nil {
		return r, nil, err
	}
	for step := range c.names {
		var all []time.Duration
		for _, t := range travellers {
			all = append(all, t.took[step]...)
		}
		r.P50, r.P99 = append(r.P50, millis(quantile(all, 50))), append(r.P99, millis(quantile(all, 99)))
	}
	counts, err := c.server.counts()
	if err != nil {
		return r, nil, err
	}
	r.Waited = waits{millis(quantile(counts.Waited, 50)), millis(quantile(counts.Waited, 99)), millis(quantile(counts.Waited, 100))}
	return r, phones, nil
}

// check signs some of the people in and asks about their sessions for a while.
func (c *crowd) check(r *run, clients int, phones []string, d time.Duration) error {
	tokens := make([]string, min(16, len(phones)))
	if _, err := c.each(1, len(tokens), func(t *traveller, i int) error {
		var session struct {
			Token string `json:"session_token"`
		}
		err := t.call("POST", "/api/v1/sessions", key, map[string]string{"login": phones[i], "password": password}, &session)
		tokens[i] = session.Token
		return err
	}); err != nil {
		return err
	}
	var done atomic.Int64
	began, before := time.Now(), cpu()
	_, err := c.each(clients, clients, func(t *traveller, i int) error {
		for time.Since(began) < d {
			var session struct{ Account string }
			if err := t.call("GET", "/api/v1/sessions/current", tokens[i%len(tokens)], nil, &session); err != nil || session.Account == "" {
				return errors.Join(err, errors.New("a session was not found"))
			}
			done.Add(1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Sessions = float64(done.Load()) / time.Since(began).Seconds()
	r.SessionCPU = millis(cpu().minus(before).sum()) / float64(done.Load())
	return nil
}

// steps counts statements and commits of each step of a journey, the work that
// it leaves to the queue included: the median of some people, one at a time,
// with a rest after each step.
func (c *crowd) steps(n int) ([]step, error) {
	solved, _, err := c.solve(n)
	if err != nil {
		return nil, err
	}
	statements, commits := make([][]int64, len(c.names)), make([][]int64, len(c.names))
	var last counted
	for i := range n {
		t := c.traveller()
		if last, err = c.server.counts(); err != nil {
			return nil, err
		}
		t.after = func(step int) error {
			time.Sleep(150 * time.Millisecond) // for the queue
			now, err := c.server.counts()
			statements[step] = append(statements[step], now.Statements-last.Statements)
			commits[step] = append(commits[step], now.Commits-last.Commits)
			last = now
			return err
		}
		if _, err := c.register(t, c.people, solved[i]); err != nil {
			return nil, err
		}
		c.people++
	}
	var list []step
	for i, name := range c.names {
		list = append(list, step{name, middle(statements[i]), middle(commits[i])})
	}
	return list, nil
}

func middle(list []int64) int64 {
	slices.Sort(list)
	return list[len(list)/2]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// quantile is the p-th percentile, 0 of nothing.
func quantile(list []time.Duration, p int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, len(list)*p/100)]
}
