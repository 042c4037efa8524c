package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/plugins/sdk/number"
)

const (
	key      = "pk_test_demo"
	password = "tidal lantern 47 marsh"
)

// Steps of journey M1, as they are timed: one request each. Between them are the
// code's way to the messenger and the checks, which the last step's read waits for.
var stepNames = []string{"start", "account", "answer", "profile", "credentials", "read"}

// traveller is one client: a connection that is kept, and what it knows of its
// application.
type traveller struct {
	http  *fasthttp.HostClient
	base  string
	inbox *inbox
	took  [][]time.Duration // by step
	after func(step int) error
}

// answer is what a client reads of an answer.
type answer struct {
	ID, State   string
	HolderToken string `json:"holder_token"`
	Next        struct {
		Kind      string
		Challenge struct{ ID string }
		Problems  []struct{ Path, Code string }
	}
}

func (t *traveller) call(method, path, token string, body any, out any) error {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(method)
	req.SetRequestURI(t.base + path)
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		req.Header.SetContentType("application/json")
		req.SetBody(raw)
	}
	if err := t.http.DoTimeout(req, resp, 30*time.Second); err != nil {
		return err
	}
	if resp.StatusCode() >= 300 {
		return fmt.Errorf("%s %s answers %d: %.300s", method, path, resp.StatusCode(), resp.Body())
	}
	return json.Unmarshal(resp.Body(), out)
}

// puzzle asks for a human test and solves it.
func (t *traveller) puzzle() (string, error) {
	var p contact.Puzzle
	if err := t.call("GET", "/api/v1/human-tests", key, nil, &p); err != nil {
		return "", err
	}
	want, err := hex.DecodeString(p.Challenge)
	if err != nil {
		return "", err
	}
	salted := []byte(p.Salt)
	for n := int64(0); n <= p.MaxNumber; n++ {
		salted = strconv.AppendInt(salted[:len(p.Salt)], n, 10)
		if sum := sha256.Sum256(salted); string(sum[:]) == string(want) {
			raw, err := json.Marshal(contact.Solution{Algorithm: p.Algorithm, Challenge: p.Challenge, Number: n, Salt: p.Salt, Signature: p.Signature})
			return base64.StdEncoding.EncodeToString(raw), err
		}
	}
	return "", errors.New("puzzle has no solution")
}

// register goes through journey M1 as the n-th person and leaves an account.
func (t *traveller) register(n int, human string) (phone string, err error) {
	phone = fmt.Sprintf("+86138%08d", n)
	texts := t.inbox.await(phone)
	defer t.inbox.forget(phone)
	var a answer
	if err := t.step(0, "POST", "/api/v1/applications", key, map[string]string{"market": "mainland", "locale": "zh-Hans"}, &a); err != nil {
		return phone, err
	}
	token, home := a.HolderToken, "/api/v1/applications/"+a.ID
	submit := func(step int, name string, values map[string]any) error {
		a = answer{}
		err := t.step(step, "POST", home+"/steps/"+name, token, map[string]any{"values": values}, &a)
		if err == nil && len(a.Next.Problems) > 0 {
			err = fmt.Errorf("step %s fell short: %v", name, a.Next.Problems)
		}
		return err
	}
	if err := submit(1, "account", map[string]any{"phone": phone, "phone.region": "CN", "human": human, "consent": true}); err != nil {
		return phone, err
	}
	text, err := receive(texts)
	if err != nil {
		return phone, err
	}
	code := map[string]string{"code": codeInText.FindString(text)}
	if err := t.step(2, "POST", home+"/challenges/"+a.Next.Challenge.ID+"/answer", token, code, &a); err != nil {
		return phone, err
	}
	if err := submit(3, "profile", anyValues(profile(n))); err != nil {
		return phone, err
	}
	if err := submit(4, "credentials", map[string]any{"login_password": password}); err != nil {
		return phone, err
	}
	return phone, t.opened(5, home, token, texts)
}

// profile is what the n-th person says about themselves.
func profile(n int) map[string]string {
	return map[string]string{"real_name": "测试·样本", "id_number": idNumber(n), "occupation": "company",
		"address.country": "CN", "address.admin_area": "北京市", "address.locality": "北京市", "address.dependent_locality": "朝阳区",
		"address.postal_code": "100000", "address.line1": "样本路1号"}
}

func anyValues(texts map[string]string) map[string]any {
	values := map[string]any{}
	for name, text := range texts {
		values[name] = text
	}
	return values
}

// opened waits until a message says that the account is open, and looks.
func (t *traveller) opened(step int, home, token string, texts chan string) error {
	if _, err := receive(texts); err != nil {
		return err
	}
	var a answer
	if err := t.step(step, "GET", home, token, nil, &a); err != nil {
		return err
	}
	if a.State != "activated" {
		return fmt.Errorf("application is %s", a.State)
	}
	return nil
}

// step makes one request and notes how long it took.
func (t *traveller) step(i int, method, path, token string, body any, out any) error {
	began := time.Now()
	err := t.call(method, path, token, body, out)
	t.took[i] = append(t.took[i], time.Since(began))
	if err == nil && t.after != nil {
		err = t.after(i)
	}
	return err
}

func receive(texts chan string) (string, error) {
	select {
	case text := <-texts:
		return text, nil
	case <-time.After(20 * time.Second):
		return "", errors.New("no message within 20 s")
	}
}

// idNumber is the resident ID number (GB 11643) of nobody alive: born in 1905
// or soon after.
func idNumber(n int) string {
	born := time.Date(1905, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/900)
	digits := "110105" + born.Format("20060102") + fmt.Sprintf("%03d", 1+n%900)
	return digits + string(number.ResidentCheck(digits))
}
