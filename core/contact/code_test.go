package contact_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func request(channel kyc.ContactKind) contact.Request {
	return contact.Request{Tenant: "demo", Application: "a", Applicant: "p", Identifier: "i", Step: "phone",
		Channel: channel, To: "+8613800138000", Locale: "zh-Hans", TTL: 30 * time.Minute, Link: channel == kyc.Email}
}

func issue(t testing.TB, m *contact.Maker, channel kyc.ContactKind) (contact.Issued, map[string]string) {
	t.Helper()
	issued, err := m.NewChallenge(context.Background(), request(channel), noon)
	if err != nil {
		t.Fatal(err)
	}
	var body kyc.MessageBody
	if err := json.Unmarshal(issued.Message.Sealed, &body); err != nil {
		t.Fatal(err)
	}
	return issued, body.Params
}

func TestNewChallenge(t *testing.T) {
	issued, params := issue(t, maker(), kyc.Phone)
	c := issued.Challenge
	if len(params["code"]) != 6 || params["minutes"] != "30" || params["token"] != "" || len(c.LinkHash) != 0 {
		t.Errorf("params %v", params)
	}
	if c.State != kyc.ChallengePending || c.Sends != 1 || c.Purpose != contact.PurposeProve ||
		c.ResendAt != kyc.At(noon.Add(time.Minute)) || c.Expires != kyc.At(noon.Add(30*time.Minute)) {
		t.Errorf("%+v", c)
	}
	if bytes.Contains(c.CodeHash, []byte(params["code"])) || len(c.CodeHash) != 32 {
		t.Errorf("code hash %x", c.CodeHash)
	}
	var order []string
	for _, w := range issued.Writes {
		switch w := w.(type) {
		case kyc.KillChallenges:
			order = append(order, "kill")
		case kyc.SaveChallenge:
			order = append(order, "challenge")
			if w.Expect != -1 {
				t.Error("a new challenge must insert")
			}
		case kyc.SaveMessage:
			order = append(order, "message "+w.Template)
		case kyc.Enqueue:
			order = append(order, w.Kind)
			if w.Ref != string(issued.Message.ID) {
				t.Error("the job names another message")
			}
		}
	}
	if got := strings.Join(order, ", "); got != "kill, challenge, message code, message.send" {
		t.Error(got)
	}
}

func TestLink(t *testing.T) {
	issued, params := issue(t, maker(), kyc.Email)
	c := issued.Challenge
	if issued.Message.Template != contact.TemplateLink || !bytes.Equal(vault.HashToken(params["token"]), c.LinkHash) {
		t.Fatalf("%+v %v", c, params)
	}
	if got := contact.LinkState(c, noon); got != contact.LinkReady {
		t.Error(got)
	}
	a := contact.FollowLink(c, noon)
	if !a.Right || a.Challenge.State != kyc.ChallengeAnswered {
		t.Fatalf("%+v", a)
	}
	if got := contact.FollowLink(a.Challenge, noon); got.Right || got.Problem.Code != "code.spent" {
		t.Errorf("followed twice: %+v", got)
	}
	if got := contact.LinkState(a.Challenge, noon); got != contact.LinkUsed {
		t.Error(got)
	}
	late := noon.Add(31 * time.Minute)
	if got := contact.FollowLink(c, late); got.Right || got.Problem.Code != "code.expired" || contact.LinkState(c, late) != contact.LinkExpired {
		t.Errorf("late: %+v", got)
	}
	phone, _ := issue(t, maker(), kyc.Phone)
	if got := contact.FollowLink(phone.Challenge, noon); got.Right {
		t.Error("a challenge without link was answered by one")
	}
}

func TestCheck(t *testing.T) {
	ctx, m := context.Background(), maker()
	issued, params := issue(t, m, kyc.Phone)
	code, c := params["code"], issued.Challenge
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	for _, typed := range []string{code, code[:3] + " " + code[3:], " " + code + "\n", code[:3] + "-" + code[3:], arabic, wide} {
		if a, err := m.Check(ctx, c, typed, noon); err != nil || !a.Right || a.Challenge.State != kyc.ChallengeAnswered {
			t.Errorf("%q: %+v %v", typed, a, err)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "12345a", strings.Repeat("1", 1_000_000), "\xff"} {
		if a, err := m.Check(ctx, c, typed, noon); err != nil || a.Problem.Code != "code.format" || len(a.Writes) != 0 {
			t.Errorf("%.20q: %+v %v", typed, a, err)
		}
	}
	if a, _ := m.Check(ctx, c, code, noon.Add(30*time.Minute)); a.Problem.Code != "code.expired" {
		t.Errorf("late: %+v", a)
	}
	for left := 4; left >= 0; left-- {
		a, err := m.Check(ctx, c, wrong, noon)
		want := "code.wrong"
		if left == 0 {
			want = "code.spent"
		}
		if err != nil || a.Problem.Code != want || len(a.Writes) != 1 || a.Writes[0].(kyc.SaveChallenge).Expect != c.Tries {
			t.Fatalf("%d left: %+v %v", left, a, err)
		}
		c = a.Challenge
	}
	if a, _ := m.Check(ctx, c, code, noon); a.Right || a.Problem.Code != "code.spent" || c.State != kyc.ChallengeDead {
		t.Errorf("the right code after five wrong ones: %+v", a)
	}
}

// A code is good for its own challenge and tenant only.
func TestCodesAreBound(t *testing.T) {
	ctx, m := context.Background(), maker()
	issued, params := issue(t, m, kyc.Phone)
	for name, change := range map[string]func(*kyc.Challenge){
		"challenge": func(c *kyc.Challenge) { c.ID = "other" },
		"tenant":    func(c *kyc.Challenge) { c.Tenant = "other" },
	} {
		c := issued.Challenge
		change(&c)
		if a, _ := m.Check(ctx, c, params["code"], noon); a.Right {
			t.Errorf("code passed at another %s", name)
		}
	}
}

func TestResend(t *testing.T) {
	ctx, m := context.Background(), maker()
	issued, first := issue(t, m, kyc.Phone)
	c, now := issued.Challenge, noon
	_, err := m.Resend(ctx, c, request(kyc.Phone), now.Add(10*time.Second))
	var e *kyc.Error
	if !errors.As(err, &e) || e.Key != "error.resend_wait" || e.RetryAfter != 50*time.Second {
		t.Fatalf("too early: %v", err)
	}
	for _, wait := range []time.Duration{60, 60, 120, 300} {
		wait *= time.Second
		if got := c.ResendAt.Time().Sub(now); got != wait {
			t.Errorf("after send %d: %v, want %v", c.Sends, got, wait)
		}
		now = now.Add(wait)
		if issued, err = m.Resend(ctx, c, request(kyc.Phone), now); err != nil {
			t.Fatal(err)
		}
		if a, _ := m.Check(ctx, issued.Challenge, first["code"], now); a.Right {
			t.Error("an old code passed")
		}
		c = issued.Challenge
	}
	if _, err := m.Resend(ctx, c, request(kyc.Phone), now.Add(time.Hour)); !errors.As(err, &e) || e.Key != "error.resend_limit" {
		t.Errorf("sixth send: %v", err)
	}
	c.State = kyc.ChallengeAnswered
	if _, err := m.Resend(ctx, c, request(kyc.Phone), now.Add(time.Hour)); kyc.CodeOf(err) != kyc.Conflict {
		t.Errorf("answered: %v", err)
	}
}

// Codes are spread evenly: each first digit about a tenth of the time.
func TestCodesAreUniform(t *testing.T) {
	m := maker()
	var first [10]int
	const n = 20_000
	for range n {
		_, params := issue(t, m, kyc.Phone)
		first[params["code"][0]-'0']++
	}
	for d, count := range first {
		if count < n/10*85/100 || count > n/10*115/100 {
			t.Errorf("digit %d came first %d times of %d", d, count, n)
		}
	}
}

// Whatever is typed, at most MaxTries guesses count and only the code passes.
func TestCheckNeverPassesByGuessing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := maker()
		issued, params := issue(t, m, kyc.Phone)
		c := issued.Challenge
		for range 10 {
			typed := rapid.StringMatching(`[0-9]{6}`).Draw(rt, "typed")
			a, err := m.Check(context.Background(), c, typed, noon)
			if err != nil || (a.Right && typed != params["code"]) || a.Challenge.Tries > contact.MaxTries {
				rt.Fatalf("%q: %+v %v", typed, a, err)
			}
			c = a.Challenge
		}
		if c.State == kyc.ChallengePending {
			rt.Fatal("still open after ten guesses")
		}
	})
}
