package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paifang/paifang/plugins/sdk"
)

// maxText is the most that Twilio takes in one message, in characters (error 21617).
const maxText = 1600

type messenger struct {
	config config
	client *http.Client
}

func (*messenger) Describe() sdk.Description {
	return sdk.Description{ID: "twilio", Version: "1.0.0", Capabilities: []string{"channel.phone"}, ConfigSchema: schema}
}

func (*messenger) ValidateConfig(raw []byte) []sdk.Diagnostic {
	_, wrong := parse(raw)
	return wrong
}

func (m *messenger) Configure(_ context.Context, raw []byte) (err error) {
	m.config, _ = parse(raw)
	m.client, err = m.config.client()
	return err
}

// Send creates a message. When the vendor may have it from an earlier try, the
// account's list is asked first: what cannot be looked up is not sent.
func (m *messenger) Send(ctx context.Context, out *sdk.Message) (*sdk.Receipt, error) {
	if failure := refused(out); failure != "" {
		return &sdk.Receipt{State: sdk.Failed, Failure: failure}, nil
	}
	if m.client == nil {
		return nil, errors.New("not configured")
	}
	if out.Again {
		earlier, err := m.find(ctx, out)
		if err != nil || earlier != nil {
			return earlier, err
		}
	}
	form := url.Values{"To": {out.To}, "Body": {out.Text}}
	if m.config.Service != "" {
		form.Set("MessagingServiceSid", m.config.Service)
	} else {
		form.Set("From", m.config.From)
	}
	if m.config.Base != "" {
		form.Set("StatusCallback", m.config.Base+"/receipts/"+url.PathEscape(out.Tenant)+"/twilio")
	}
	var taken struct {
		SID string `json:"sid"`
	}
	failed, err := m.call(ctx, http.MethodPost, form, &taken)
	if err != nil || failed != nil {
		return failed, err
	}
	if taken.SID == "" {
		return nil, errors.New("the vendor's answer has no reference")
	}
	return &sdk.Receipt{State: sdk.Sent, Reference: taken.SID}, nil
}

// refused says why a message cannot be sent to anybody ever.
func refused(out *sdk.Message) string {
	switch {
	case out.Channel != sdk.PhoneChannel:
		return "channel_unsupported"
	case !e164.MatchString(out.To):
		return "address_refused"
	case out.Text == "" || !utf8.ValidString(out.Text) || utf8.RuneCountInString(out.Text) > maxText:
		return "text_refused"
	}
	return ""
}

// find looks for the same text to the same number in the last day: a code is
// made once, so that another message never reads the same.
func (m *messenger) find(ctx context.Context, out *sdk.Message) (*sdk.Receipt, error) {
	query := url.Values{"To": {out.To}, "PageSize": {"100"}, "DateSent>": {out.Now.Add(-24 * time.Hour).UTC().Format(time.DateOnly)}}
	var list struct {
		Messages []struct {
			SID    string `json:"sid"`
			Body   string `json:"body"`
			Status string `json:"status"`
		} `json:"messages"`
	}
	failed, err := m.call(ctx, http.MethodGet, query, &list)
	if err != nil {
		return nil, err
	}
	if failed != nil {
		// The list is refused, which says nothing of the message.
		return nil, errors.New("the list of messages could not be read")
	}
	for _, x := range list.Messages {
		if strings.TrimSpace(x.Body) == strings.TrimSpace(out.Text) && x.SID != "" {
			r := &sdk.Receipt{State: stateOf(x.Status), Reference: x.SID}
			if r.State == sdk.Failed {
				r.Failure = "undelivered"
			}
			return r, nil
		}
	}
	return nil, nil
}
