package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/conformance"
	"github.com/paifang/paifang/plugins/sdk/plugintest"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func open(t *testing.T) (*mailbox, string) {
	dir := filepath.Join(t.TempDir(), "mail")
	m := &mailbox{keep: 20}
	if err := m.Configure(context.Background(), []byte(`{"dir":"`+dir+`"}`)); err != nil {
		t.Fatal(err)
	}
	return m, dir
}

func letters(t *testing.T, dir string) []letter {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []letter
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		var l letter
		if err := json.Unmarshal(b, &l); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		list = append(list, l)
	}
	return list
}

func TestConformance(t *testing.T) {
	dir, program := t.TempDir(), plugintest.Build(t, ".")
	plugintest.Conform(t, conformance.Options{Program: program, Config: []byte(`{"dir":"` + t.TempDir() + `"}`),
		Recipients: map[string]string{"phone": "+8613800138000", "email": "ana@example.org"}})
	c := plugintest.Start(t, program)
	c.Configure(t, `{"dir":"`+dir+`"}`)
	r, err := c.Messenger.Send(context.Background(), &wirev1.SendRequest{
		IdempotencyKey: "k1", Channel: "phone", To: "+8613800138000", Text: "验证码 123456"})
	if err != nil || r.State != wirev1.DeliveryState_DELIVERY_STATE_SENT {
		t.Fatalf("%v, %v", r, err)
	}
	if l := letters(t, dir); len(l) != 1 || l[0].Text != "验证码 123456" || !l[0].Sandbox {
		t.Errorf("letters: %+v", l)
	}
}

func TestSameKeyIsOneLetter(t *testing.T) {
	m, dir := open(t)
	for range 3 {
		if _, err := m.Send(context.Background(), &sdk.Message{Key: "k", Channel: "email", To: "a@example.com", Text: "1", Now: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if l := letters(t, dir); len(l) != 1 {
		t.Errorf("%d letters", len(l))
	}
}

func TestMagicRecipients(t *testing.T) {
	m, dir := open(t)
	for to, want := range map[string]sdk.Receipt{
		"+8613800990001":            {State: sdk.Failed, Failure: "address_refused"},
		"+8613800990002":            {State: sdk.Failed, Failure: "blocked"},
		"+8613800990003":            {State: sdk.Deferred, Failure: "unreachable", RetryAfter: 10 * time.Second},
		"refused@example.com":       {State: sdk.Failed, Failure: "address_refused"},
		"blocked+1@example.com":     {State: sdk.Failed, Failure: "blocked"},
		"unreachable@example.com":   {State: sdk.Deferred, Failure: "unreachable", RetryAfter: 10 * time.Second},
		"delayed+again@example.com": {State: sdk.Deferred, Failure: "try_later", RetryAfter: 10 * time.Second},
	} {
		channel := "phone"
		if strings.Contains(to, "@") {
			channel = "email"
		}
		got, err := m.Send(context.Background(), &sdk.Message{Key: to, Channel: channel, To: to, Text: "x"})
		if err != nil || *got != want {
			t.Errorf("%s: %+v, %v", to, got, err)
		}
	}
	got, err := m.Send(context.Background(), &sdk.Message{Key: "delayed+again@example.com", Channel: "email", To: "delayed+again@example.com", Text: "x"})
	if err != nil || got.State != sdk.Sent {
		t.Errorf("delayed, the second time: %+v, %v", got, err)
	}
	if l := letters(t, dir); len(l) != 1 {
		t.Errorf("%d letters", len(l))
	}
}

func TestKeysDoNotChooseTheirPlace(t *testing.T) {
	m, dir := open(t)
	for _, key := range []string{"../../escape", "a/b", ".hidden", strings.Repeat("k", 500), "nul\x00", "查"} {
		if r, err := m.Send(context.Background(), &sdk.Message{Key: key, Channel: "email", To: "a@example.com", Text: "x"}); err != nil || r.State != sdk.Sent {
			t.Errorf("%q: %+v, %v", key, r, err)
		}
	}
	if l := letters(t, dir); len(l) != 6 {
		t.Errorf("%d letters", len(l))
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*")); len(left) != 1 {
		t.Errorf("beside the mailbox: %v", left)
	}
}

func TestOldLettersGo(t *testing.T) {
	m, dir := open(t)
	for i := range 60 {
		if _, err := m.Send(context.Background(), &sdk.Message{Key: "k" + strconv.Itoa(i), Channel: "email", To: "a@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(letters(t, dir)); n > 22 || n < 20 {
		t.Errorf("%d letters", n)
	}
}

func TestConfigurationIsJudged(t *testing.T) {
	for _, bad := range []string{"", "{}", `{"dir":"relative"}`, `{"dir":"/"}`, `{"dir":"/x","more":1}`} {
		if d := (&mailbox{}).ValidateConfig([]byte(bad)); len(d) == 0 {
			t.Errorf("%s was accepted", bad)
		}
	}
}
