package journeys

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// buyer registers overseas, up to the review, as walker does in the mainland.
type buyer struct {
	*walker
	email string
	took  func(began time.Time, took time.Duration) // is told of each request
}

// RoundTrip measures each request until the header of its answer.
func (b *buyer) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := http.DefaultTransport.RoundTrip(r)
	b.took(began, time.Since(began))
	return resp, err
}

func newBuyer(base string, post *postbox, n int, took func(time.Time, time.Duration)) *buyer {
	b := &buyer{walker: newWalker(func() string { return base }, post, n), email: fmt.Sprintf("buyer%d@example.com", n), took: took}
	b.phone = fmt.Sprintf("+2010%08d", n)
	p := annas
	p.number = fmt.Sprintf("C%07dH", n)
	b.person = overseasPerson(b.email, b.phone, p)
	b.person["questions.2.question"] = "teacher"
	b.http = &http.Client{Timeout: 30 * time.Second, Transport: b}
	return b
}

// register goes through all steps; what is found out afterwards is no request of theirs.
func (b *buyer) register(ctx context.Context) error {
	if f, err := b.send(ctx, "POST", "/api/v1/applications", "pk_test_demo", "", map[string]string{"market": "overseas", "locale": "en"}, &b.view); f != nil || err != nil {
		return fmt.Errorf("start: %+v %w", f, err)
	}
	b.auth = b.view.HolderToken
	for range 30 {
		var err error
		switch b.view.Next.Kind {
		case "form":
			err = b.submit(ctx)
		case "documents":
			err = b.papers(ctx)
		case "challenge":
			err = b.proves(ctx)
		default:
			if !slices.Contains([]string{"submitted", "verifying", "in_review"}, b.view.State) {
				return fmt.Errorf("%w: stands at %s in state %s", errRefused, b.view.Next.Kind, b.view.State)
			}
			return nil
		}
		if err == nil {
			err = b.read(ctx) // as pages do, which are shown after each step
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("no end, at %+v", b.view.Next)
}

func (b *buyer) proves(ctx context.Context) error {
	if to := b.view.Next.Challenge.Channel; to == "email" {
		phone := b.phone
		b.phone = b.email
		defer func() { b.phone = phone }()
	}
	return b.answer(ctx)
}

// papers sends the pictures and then the step.
func (b *buyer) papers(ctx context.Context) error {
	for _, d := range b.view.Next.Documents {
		for _, side := range d.Sides {
			req, err := http.NewRequestWithContext(ctx, side.Upload.Method, b.base()+side.Upload.Href, strings.NewReader(onePicture()))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "image/jpeg")
			req.Header.Set("Authorization", "Bearer "+b.auth)
			resp, err := b.http.Do(req)
			if err != nil {
				return err
			}
			if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
				return fmt.Errorf("%w: a picture: %d", errRefused, resp.StatusCode)
			}
		}
	}
	return b.submit(ctx)
}

// onePicture is drawn once: drawing costs more than what is measured.
var onePicture = sync.OnceValue(func() string { return string(picture(1)) })

// steady is people who come at a fixed rate, however long each takes.
type steady struct {
	mu       sync.Mutex
	requests []timed
	failed   []error
	people   int
	stop     chan struct{}
	all      sync.WaitGroup
}

type timed struct {
	began time.Time
	took  time.Duration
}

// capacity is how many people a second register when eight do at any time.
func (s *server) capacity(post *postbox, long time.Duration) float64 {
	s.t.Helper()
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for c := range 8 {
		all.Go(func() {
			for n := 0; time.Since(began) < long; n++ {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				if err := newBuyer(s.base, post, 1_000_000*(c+1)+n, func(time.Time, time.Duration) {}).register(ctx); err != nil {
					s.t.Errorf("somebody overseas: %v", err)
				}
				cancel()
				done.Add(1)
			}
		})
	}
	all.Wait()
	return float64(done.Load()) / time.Since(began).Seconds()
}

// arrive has somebody come every so often, until end.
func (s *server) arrive(every time.Duration, post *postbox) *steady {
	a := &steady{stop: make(chan struct{})}
	a.all.Go(func() {
		next := time.NewTicker(every)
		defer next.Stop()
		for n := 0; ; n++ {
			a.all.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				b := newBuyer(s.base, post, n, a.note)
				err := b.register(ctx)
				if err == nil && (b.lost > 0 || len(b.refused) > 0) {
					err = fmt.Errorf("refused with %v, %d without answer", b.refused, b.lost)
				}
				a.mu.Lock()
				defer a.mu.Unlock()
				if a.people++; err != nil {
					a.failed = append(a.failed, err)
				}
			})
			select {
			case <-a.stop:
				return
			case <-next.C:
			}
		}
	})
	return a
}

func (a *steady) note(began time.Time, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, timed{began, took})
}

// end lets nobody else come and waits for those who are there.
func (a *steady) end() { close(a.stop); a.all.Wait() }

// window is a time in which something was done, or nothing.
type window struct {
	from, to time.Time
	troubled bool
}

// times are how long the requests of all such windows took, in order.
func (a *steady) times(list []window, troubled bool) []time.Duration {
	var found []time.Duration
	for _, r := range a.requests {
		if slices.ContainsFunc(list, func(w window) bool { return w.troubled == troubled && !r.began.Before(w.from) && r.began.Before(w.to) }) {
			found = append(found, r.took)
		}
	}
	slices.Sort(found)
	return found
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
