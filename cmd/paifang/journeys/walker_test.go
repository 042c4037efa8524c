package journeys

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/contact/humantest"
)

// walker is a front end that lives through anything: it sends what was not
// answered again, with the same idempotency key, until it is answered, and
// remembers what it was told. Of the markets it knows as much as client does.
type walker struct {
	base   func() string // where it sends the next request
	post   *postbox
	http   *http.Client
	person map[string]any
	phone  string

	pause   time.Duration // before it sends the same again for the first time
	from    string        // address that a proxy says it comes from; "" for none
	auth    string
	view    answer
	done    []string // steps whose acceptance it was told
	keys    int      // idempotency keys used
	asked   int      // messages that its requests asked for
	refused []int    // statuses of 5xx, which only some tests forgive
	lost    int      // requests that were not answered
}

func newWalker(base func() string, post *postbox, n int) *walker {
	phone := fmt.Sprintf("+86138%08d", n)
	person := mainlandPerson(phone)
	person["id_number"] = idNumber(n)
	return &walker{base: base, post: post, person: person, phone: phone,
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
}

// idNumber is a well-formed resident ID number that nobody else of a test has
// (GB 11643: weights 2^(17-i) modulo 11).
func idNumber(n int) string {
	day := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/999%12000)
	body := fmt.Sprintf("110105%s%03d", day.Format("20060102"), n%999+1)
	sum := 0
	for i, c := range body {
		sum += int(c-'0') * (1 << (17 - i) % 11)
	}
	return body + string("10X98765432"[sum%11])
}

// errRefused is a definite answer that was not expected.
var errRefused = errors.New("refused")

// send makes one request and repeats it until it is answered with anything but
// 5xx, or ctx ends.
func (w *walker) send(ctx context.Context, method, path, auth, key string, body, out any) (*failure, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	for pause := max(20*time.Millisecond, w.pause); ; pause = min(2*pause, 500*time.Millisecond) {
		status, answered, err := w.once(ctx, method, path, auth, key, raw)
		switch {
		case err != nil:
			w.lost++
		case status >= 500:
			w.refused = append(w.refused, status)
		case status >= 400:
			var f failure
			if err := json.Unmarshal(answered, &f); err != nil {
				return nil, fmt.Errorf("%w: %s %s: %d %.200s", errRefused, method, path, status, answered)
			}
			return &f, nil
		default:
			return nil, json.Unmarshal(answered, out)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no answer to %s %s: %w", method, path, errors.Join(ctx.Err(), err))
		case <-time.After(pause):
		}
	}
}

func (w *walker) once(ctx context.Context, method, path, auth, key string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.base()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+auth)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if w.from != "" {
		req.Header.Set("X-Forwarded-For", w.from)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answered, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answered, err
}

// walk registers one person by M1 and returns when the account is open.
func (w *walker) walk(ctx context.Context) error {
	if f, err := w.send(ctx, "POST", "/api/v1/applications", "pk_test_demo", "", map[string]string{"market": "mainland", "locale": "en"}, &w.view); f != nil || err != nil {
		return fmt.Errorf("start: %+v %w", f, err)
	}
	w.auth = w.view.HolderToken
	for range 400 {
		ended, err := w.next(ctx)
		if ended || err != nil {
			return err
		}
	}
	return fmt.Errorf("no end, at %+v", w.view.Next)
}

// next does what can be done next.
func (w *walker) next(ctx context.Context) (ended bool, err error) {
	switch w.view.Next.Kind {
	case "form":
		return false, w.submit(ctx)
	case "challenge":
		return false, w.answer(ctx)
	case "wait":
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return false, fmt.Errorf("still %s: %w", w.view.State, ctx.Err())
		}
		return false, w.read(ctx)
	case "done":
		if w.view.State != "activated" || w.view.Result == nil {
			return true, fmt.Errorf("%w: ended %s", errRefused, w.view.State)
		}
		return true, nil
	}
	return true, fmt.Errorf("%w: stands at %s in state %s", errRefused, w.view.Next.Kind, w.view.State)
}

func (w *walker) read(ctx context.Context) error {
	var now answer
	f, err := w.send(ctx, "GET", "/api/v1/applications/"+w.view.ID, w.auth, "", nil, &now)
	if err != nil || f != nil {
		return fmt.Errorf("read: %+v %w", f, err)
	}
	w.view = now
	return nil
}

func (w *walker) act(name string) (action, error) {
	for _, a := range w.view.Next.Actions {
		if a.Name == name {
			return a, nil
		}
	}
	return action{}, fmt.Errorf("%w: %s cannot be done", errRefused, name)
}

// submit sends a step. A spent human test is solved anew: the first request can
// have died between spending it and accepting the step.
func (w *walker) submit(ctx context.Context) error {
	step := w.view.Next.Step
	do, err := w.act("submit")
	if err != nil {
		return err
	}
	values, err := w.fill(ctx)
	if err != nil {
		return err
	}
	w.keys++
	var next answer
	f, err := w.send(ctx, do.Method, do.Href, w.auth, fmt.Sprintf("%s-%d", w.phone, w.keys), map[string]any{"values": values}, &next)
	switch {
	case err != nil:
		return fmt.Errorf("submit %s: %w", step, err)
	case f == nil:
		w.done = append(w.done, step)
		if w.view = next; next.Next.Challenge != nil {
			w.asked++
		}
		return nil
	case slices.ContainsFunc(f.Errors, func(e struct{ Path, Code, Detail string }) bool { return e.Code == "human.expired" }):
		return w.read(ctx)
	}
	return fmt.Errorf("%w: submit %s: %+v", errRefused, step, f)
}

func (w *walker) fill(ctx context.Context) (map[string]any, error) {
	values := map[string]any{}
	for _, f := range w.view.Next.Fields {
		if f.When != nil {
			if have, asked := values[f.When.Field]; asked && !slices.Contains(f.When.In, fmt.Sprint(have)) {
				continue
			}
		}
		var v any
		var err error
		switch {
		case f.Type == "human_test":
			v, err = w.solve(ctx, f.Href)
		case w.person[f.Name] != nil:
			v = w.person[f.Name]
		case w.person[f.Type] != nil:
			v = w.person[f.Type]
		case len(f.Options) > 0:
			v = f.Options[0].Value
		case f.Value != "":
			v = f.Value
		case f.Required:
			err = fmt.Errorf("%w: no answer to %s", errRefused, f.Name)
		}
		if err != nil {
			return nil, err
		}
		if v != nil {
			values[f.Name] = v
		}
	}
	return values, nil
}

func (w *walker) solve(ctx context.Context, href string) (string, error) {
	var puzzle contact.Puzzle
	if f, err := w.send(ctx, "GET", href, w.auth, "", nil, &puzzle); f != nil || err != nil {
		return "", fmt.Errorf("human test: %+v %w", f, err)
	}
	return humantest.Solve(puzzle)
}

// answer waits for the code and sends it. An answer that was carried out though
// nobody heard of it is found out by looking.
func (w *walker) answer(ctx context.Context) error {
	do, err := w.act("answer")
	if err != nil {
		return err
	}
	code, err := w.post.code(ctx, w.phone)
	if err != nil {
		return err
	}
	here, lost := w.view.Next.Challenge.ID, w.lost+len(w.refused)
	f, err := w.send(ctx, do.Method, do.Href, w.auth, "", map[string]string{"code": code}, &w.view)
	if err != nil || f == nil {
		return err
	}
	if err := w.read(ctx); err != nil {
		return err
	}
	if lost == w.lost+len(w.refused) || w.view.Next.Challenge != nil && w.view.Next.Challenge.ID == here {
		return fmt.Errorf("%w: the code %s: %+v", errRefused, strings.Repeat("•", len(code)), f)
	}
	return nil
}
