package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/paifang/paifang/plugins/sdk"
)

const schema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object", "additionalProperties": false, "required": ["dir"],
  "properties": {"dir": {"type": "string", "pattern": "^/"}}
}`

// mailbox writes messages into dir and keeps the newest.
type mailbox struct {
	dir  string
	keep int
	sent atomic.Int64
}

func (*mailbox) Describe() sdk.Description {
	return sdk.Description{ID: "sandboxmailbox", Version: "1.0.0",
		Capabilities: []string{"channel.phone", "channel.email"}, ConfigSchema: []byte(schema)}
}

func parse(raw []byte) (string, error) {
	var c struct {
		Dir string `json:"dir"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return "", err
	}
	if !filepath.IsAbs(c.Dir) || filepath.Clean(c.Dir) == "/" {
		return "", errors.New("not an absolute path")
	}
	return filepath.Clean(c.Dir), nil
}

func (*mailbox) ValidateConfig(raw []byte) []sdk.Diagnostic {
	if _, err := parse(raw); err != nil {
		return []sdk.Diagnostic{{Code: "config.invalid", Key: "provider.config.invalid", Path: "dir"}}
	}
	return nil
}

func (m *mailbox) Configure(_ context.Context, raw []byte) (err error) {
	if m.dir, err = parse(raw); err != nil {
		return err
	}
	return os.MkdirAll(m.dir, 0o700)
}

// letter is what a file holds.
type letter struct {
	Sandbox bool      `json:"sandbox"`
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	Channel string    `json:"channel"`
	To      string    `json:"to"`
	Sender  string    `json:"sender"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	HTML    string    `json:"html,omitempty"`
	Locale  string    `json:"locale"`
	Time    time.Time `json:"time"`
}

// Send writes the message's file. The same key is written once.
func (m *mailbox) Send(_ context.Context, out *sdk.Message) (*sdk.Receipt, error) {
	if out.Channel != sdk.PhoneChannel && out.Channel != sdk.EmailChannel || out.To == "" || out.Key == "" || strings.ContainsFunc(out.To, unicode.IsControl) {
		return &sdk.Receipt{State: sdk.Failed, Failure: "address_refused"}, nil
	}
	name := fileName(out.Key)
	switch magic(out.Channel, out.To) {
	case "refused":
		return &sdk.Receipt{State: sdk.Failed, Failure: "address_refused"}, nil
	case "blocked":
		return &sdk.Receipt{State: sdk.Failed, Failure: "blocked"}, nil
	case "unreachable":
		return &sdk.Receipt{State: sdk.Deferred, Failure: "unreachable", RetryAfter: 10 * time.Second}, nil
	case "delayed":
		if first, err := m.firstTry(name); first || err != nil {
			return &sdk.Receipt{State: sdk.Deferred, Failure: "try_later", RetryAfter: 10 * time.Second}, err
		}
	}
	err := m.write(name, letter{Sandbox: true, ID: out.Key, Tenant: out.Tenant, Channel: out.Channel, To: out.To,
		Sender: out.Sender, Subject: out.Subject, Text: out.Text, HTML: out.HTML, Locale: out.Locale, Time: out.Now})
	if err != nil {
		return nil, err
	}
	return &sdk.Receipt{State: sdk.Sent, Reference: "sandbox:" + strings.TrimSuffix(name, ".json")}, m.prune()
}

// magic tells what a recipient is to bring about.
func magic(channel, to string) string {
	if channel == sdk.PhoneChannel {
		for suffix, what := range map[string]string{"990001": "refused", "990002": "blocked", "990003": "unreachable", "990004": "delayed"} {
			if strings.HasSuffix(to, suffix) {
				return what
			}
		}
		return ""
	}
	local, _, _ := strings.Cut(to, "@")
	local, _, _ = strings.Cut(local, "+")
	return local
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// fileName is made of the key when it is harmless, else of its digest.
func fileName(key string) string {
	if plainKey.MatchString(key) {
		return key + ".json"
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:]) + ".json"
}

// firstTry tells whether a message is tried for the first time.
func (m *mailbox) firstTry(name string) (bool, error) {
	f, err := os.OpenFile(filepath.Join(m.dir, "."+name+".tried"), os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// write makes the file whole under another name first; one that is there stays.
func (m *mailbox) write(name string, l letter) error {
	path := filepath.Join(m.dir, name)
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(m.dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// prune removes the oldest files past the bound, some at a time. Listing them
// costs more than sending, so that it is done now and then.
func (m *mailbox) prune() error {
	if m.sent.Add(1)%int64(m.keep/20+1) != 0 {
		return nil
	}
	entries, err := os.ReadDir(m.dir)
	if err != nil || len(entries) <= m.keep+m.keep/10 {
		return err
	}
	age := func(e os.DirEntry) int64 {
		if info, err := e.Info(); err == nil {
			return info.ModTime().UnixNano()
		}
		return 0
	}
	ages := make(map[string]int64, len(entries))
	for _, e := range entries {
		ages[e.Name()] = age(e)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return int(ages[a.Name()] - ages[b.Name()]) })
	for _, e := range entries[:len(entries)-m.keep] {
		os.Remove(filepath.Join(m.dir, e.Name()))
	}
	return nil
}
