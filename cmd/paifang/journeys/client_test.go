package journeys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/contact/humantest"
)

// client is a front end that knows the API's description and nothing of any
// market: it reads where to begin from the description and does what each answer
// says can be done next. What is typed into fields comes from a person.
type client struct {
	*server
	person person
	auth   string
	view   answer
	sent   map[string]int // codes read so far, by contact
	steps  []string       // submitted
	// between is called before every request that changes something.
	between func()
}

// person answers a question as somebody who reads the label would.
type person func(market string, f field) any

type answer struct {
	ID, State, Locale string
	Version           int64
	Next              struct {
		Kind, Step string
		Title      string
		Intro      string
		Problems   []struct{ Path, Code string }
		Actions    []action
		Fields     []field
		Consents   []map[string]string
		Challenge  *struct{ ID, Channel, To, Delivery string }
		Documents  []struct {
			Requirement string
			Reasons     []struct{ Code, Text, Remedy string }
			Sides       []struct {
				Side     string
				Uploaded bool
				Upload   action
			}
		}
		Derived []struct{ Name, Value string }
		Reasons []struct{ Code, Text, Remedy string }
		Instead *struct {
			Step, Channel, Title, Text string
			Back, Later, Login         bool
		}
	}
	Result *struct {
		Tier     struct{ ID, Label string }
		Balances []struct {
			Currency string
			Minor    int64
		}
		Logins []string
	}
	Steps       []struct{ ID, State string }
	Messages    []struct{ Channel, Kind, State, Text string }
	HolderToken string `json:"holder_token"`
}

type action struct{ Name, Method, Href string }

type field struct {
	Name, Type, Label, Script, Value, Href string
	Required                               bool
	MinLength                              int `json:"min_length"`
	Options                                []struct{ Value, Label string }
	Regions                                []string
	Fields                                 []field
	When                                   *struct {
		Field string
		In    []string
	}
}

type failure struct {
	Status int
	Code   string
	Title  string
	Detail string
	Errors []struct{ Path, Code, Detail string }
}

// request sends JSON (or bytes) and decodes the answer into out.
func (s *server) request(method, path, auth string, body any, out any) (int, *failure) {
	s.t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		reader, kind = bytes.NewReader(b), "image/jpeg"
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(s.t, err)
		s.spy.sent(raw)
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(background(s.t), method, s.base+path, reader)
	must(s.t, err)
	if reader != nil {
		req.Header.Set("Content-Type", kind)
	}
	if auth != "" {
		req.Header.Set("Authorization", "Bearer "+auth)
	}
	resp, err := http.DefaultClient.Do(req)
	must(s.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(s.t, err)
	s.spy.got(raw)
	if resp.StatusCode >= 400 {
		if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/problem+json") {
			s.t.Errorf("%s %s: error %d is %q", method, path, resp.StatusCode, got)
		}
		var f failure
		if err := json.Unmarshal(raw, &f); err != nil || f.Detail == "" || f.Code == "" || f.Status != resp.StatusCode {
			s.t.Errorf("%s %s: problem is not whole: %.300s", method, path, raw)
		}
		return resp.StatusCode, &f
	}
	if out != nil && len(raw) > 0 {
		must(s.t, json.Unmarshal(raw, out))
	}
	return resp.StatusCode, nil
}

// newClient reads the description and starts an application.
func newClient(s *server, key, market, locale string, p person) *client {
	s.t.Helper()
	var description struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	s.request("GET", "/api/v1/openapi.json", "", nil, &description)
	if !strings.HasPrefix(description.OpenAPI, "3.1") {
		s.t.Fatalf("description is OpenAPI %q", description.OpenAPI)
	}
	start := ""
	for path, methods := range description.Paths {
		for method, op := range methods {
			if op.OperationID == "startApplication" && method == "post" {
				start = path
			}
		}
	}
	c := &client{server: s, person: p, sent: map[string]int{}, between: func() {}}
	if _, f := s.request("POST", start, key, map[string]string{"market": market, "locale": locale}, &c.view); f != nil {
		s.t.Fatalf("start: %+v", f)
	}
	c.auth = c.view.HolderToken
	return c
}

// do makes a request and takes its answer for the state of things.
func (c *client) do(a action, body any) *failure {
	c.t.Helper()
	c.between()
	var next answer
	_, f := c.request(a.Method, a.Href, c.auth, body, &next)
	if f == nil {
		c.view = next
	}
	return f
}

func (c *client) action(name string) action {
	c.t.Helper()
	for _, a := range c.view.Next.Actions {
		if a.Name == name {
			return a
		}
	}
	c.t.Fatalf("%s cannot be done: %+v", name, c.view.Next.Actions)
	return action{}
}

// run goes on until there is nothing left that the client could do.
func (c *client) run(market string) {
	c.t.Helper()
	for range 40 {
		switch c.view.Next.Kind {
		case "form":
			c.steps = append(c.steps, c.view.Next.Step)
			c.check(c.do(c.action("submit"), map[string]any{"version": c.view.Version, "values": c.fill(market), "consents": c.view.Next.Consents}))
		case "challenge":
			c.answerChallenge()
		case "documents":
			c.upload()
			c.steps = append(c.steps, c.view.Next.Step)
			c.check(c.do(c.action("submit"), map[string]any{"values": map[string]any{}}))
		case "wait":
			if !c.wait() {
				return
			}
		default:
			return
		}
	}
	c.t.Fatalf("no end after 40 requests, at %+v", c.view.Next)
}

func (c *client) check(f *failure) {
	c.t.Helper()
	if f != nil {
		c.t.Fatalf("refused at %s: %+v", c.view.Next.Step, f)
	}
}

// fill answers every field that is asked, in view of the answers so far.
func (c *client) fill(market string) map[string]any {
	c.t.Helper()
	return c.answers(market, c.view.Next.Fields, c.person)
}

// answers are what a person says to fields; the rows of a list are a person's
// list of answers.
func (c *client) answers(market string, fields []field, p person) map[string]any {
	c.t.Helper()
	values := map[string]any{}
	for _, f := range fields {
		// What only the server can tell (the same as a proved contact) is sent always.
		if f.When != nil && len(f.When.In) > 0 {
			have, said := values[f.When.Field]
			if !said {
				have = ""
			}
			here := slices.ContainsFunc(fields, func(other field) bool { return other.Name == f.When.Field })
			if here && !slices.Contains(f.When.In, fmt.Sprint(have)) {
				continue
			}
		}
		if f.Type == "human_test" {
			values[f.Name] = c.solve(f.Href)
			continue
		}
		v := p(market, f)
		if rows, ok := v.([]map[string]any); ok && f.Type == "list" {
			for i, row := range rows {
				for name, said := range c.answers(market, f.Fields, newPerson(c.t, row)) {
					values[fmt.Sprintf("%s.%d.%s", f.Name, i+1, name)] = said
				}
			}
			continue
		}
		if v == nil && f.Value != "" {
			v = f.Value
		}
		if v == nil {
			if f.Required {
				c.t.Fatalf("the person has no answer to %q (%s, %q)", f.Name, f.Type, f.Label)
			}
			continue
		}
		values[f.Name] = v
	}
	return values
}

func (c *client) solve(href string) string {
	c.t.Helper()
	var puzzle contact.Puzzle
	if _, f := c.request("GET", href, c.auth, nil, &puzzle); f != nil {
		c.t.Fatalf("human test: %+v", f)
	}
	v, err := humantest.Solve(puzzle)
	must(c.t, err)
	return v
}

func (c *client) answerChallenge() {
	c.t.Helper()
	to := fmt.Sprint(c.person("", field{Name: c.view.Next.Challenge.Channel, Type: c.view.Next.Challenge.Channel}))
	c.sent[to]++
	code := c.newCode(to, c.sent[to])
	c.check(c.do(c.action("answer"), map[string]string{"code": code}))
}

func (c *client) upload() {
	c.t.Helper()
	for i, d := range c.view.Next.Documents {
		for j, side := range d.Sides {
			if !side.Uploaded {
				c.check(c.do(side.Upload, picture(i*10+j)))
			}
		}
	}
}

// wait reads again until something happened; false when a person is needed.
func (c *client) wait() bool {
	c.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		c.request("GET", "/api/v1/applications/"+c.view.ID, c.auth, nil, &c.view)
		if c.view.State == "in_review" {
			return false
		}
		if c.view.Next.Kind != "wait" {
			return true
		}
	}
	c.t.Fatalf("still %s", c.view.State)
	return false
}

func newPerson(t *testing.T, answers map[string]any) person {
	t.Helper()
	return func(market string, f field) any {
		for _, key := range []string{market + "." + f.Name, f.Name, f.Type} {
			if v, ok := answers[key]; ok {
				return v
			}
		}
		if len(f.Options) > 0 {
			// The second of two questions has to be another one.
			return f.Options[strings.Count(f.Name, ".2.")].Value
		}
		return nil
	}
}
