package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/paifang/paifang/plugins/sdk"
)

type messenger struct{ config config }

func (*messenger) Describe() sdk.Description {
	return sdk.Description{ID: "smtp", Version: "1.0.0", Capabilities: []string{"channel.email"}, ConfigSchema: schema}
}

func (*messenger) ValidateConfig(raw []byte) []sdk.Diagnostic {
	_, wrong := parse(raw)
	return wrong
}

func (m *messenger) Configure(_ context.Context, raw []byte) error {
	m.config, _ = parse(raw)
	return nil
}

// Send has one conversation with the server.
func (m *messenger) Send(ctx context.Context, out *sdk.Message) (*sdk.Receipt, error) {
	if out.Channel != sdk.EmailChannel {
		return &sdk.Receipt{State: sdk.Failed, Failure: "channel_unsupported"}, nil
	}
	msg, failure := m.compose(out)
	if failure != "" {
		return &sdk.Receipt{State: sdk.Failed, Failure: failure}, nil
	}
	client, err := m.config.client()
	if err != nil {
		return nil, err
	}
	ctx, asked := sdk.Span(ctx, "smtp.send")
	err = client.DialAndSendWithContext(ctx, msg)
	asked(err)
	if msg.IsDelivered() {
		// What goes wrong in parting does not unsend it.
		return &sdk.Receipt{State: sdk.Sent, Reference: msg.GetMessageID()}, nil
	}
	return verdict(err)
}

// compose makes the message, or says why it cannot be sent to anybody ever.
func (m *messenger) compose(out *sdk.Message) (*gomail.Msg, string) {
	if injected(out.Sender) || injected(out.Subject) || injected(out.To) {
		return nil, "header_refused"
	}
	to, err := mail.ParseAddress(out.To)
	if err != nil || to.Name != "" || to.Address != out.To {
		return nil, "address_refused"
	}
	if !utf8.ValidString(out.Text) || !utf8.ValidString(out.HTML) {
		return nil, "text_refused"
	}
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8))
	msg.FromMailAddress(&mail.Address{Name: out.Sender, Address: m.config.From})
	msg.ToMailAddress(to)
	msg.Subject(out.Subject)
	msg.SetMessageIDWithValue(messageID(out.Key, m.config.From))
	msg.SetDateWithValue(out.Now)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if language := out.Locale; language != "" && !injected(language) {
		msg.SetGenHeader("Content-Language", language)
	}
	msg.SetBodyString(gomail.TypeTextPlain, out.Text)
	if out.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, out.HTML)
	}
	return msg, ""
}

// injected tells whether a value would end its header and begin another.
func injected(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// messageID is the same for the same key: without it in clear, and in the
// sender's domain.
func messageID(key, from string) string {
	sum := sha256.Sum256([]byte("message-id\x00" + key))
	_, domain, _ := strings.Cut(from, "@")
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// verdict tells what a failed conversation means. The server's own words stay
// here: they often quote the address.
func verdict(err error) (*sdk.Receipt, error) {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		// It did not get as far as the message.
		return &sdk.Receipt{State: sdk.Deferred, Failure: "unreachable", RetryAfter: 30 * time.Second}, nil
	}
	switch code := e.ErrorCode(); {
	case code >= 500 && e.Reason == gomail.ErrSMTPRcptTo:
		return &sdk.Receipt{State: sdk.Failed, Failure: "address_refused"}, nil
	case code >= 500:
		return &sdk.Receipt{State: sdk.Failed, Failure: "refused"}, nil
	case code >= 400:
		return &sdk.Receipt{State: sdk.Deferred, Failure: "try_later", RetryAfter: time.Minute}, nil
	case e.Reason == gomail.ErrSMTPDataClose || e.Reason == gomail.ErrWriteContent:
		return nil, errors.New("the server may or may not have taken it")
	}
	return &sdk.Receipt{State: sdk.Deferred, Failure: "unreachable", RetryAfter: 30 * time.Second}, nil
}
