package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio signs with HMAC-SHA1, which is unbroken as a MAC
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/paifang/paifang/plugins/sdk"
)

// ParseReceipt reads a status callback. Its signature is HMAC-SHA1 with the auth
// token over the URL as Twilio called it, followed by each parameter of the
// body, sorted by name, as name and value without anything between them.
// See Twilio, "Validating requests are coming from Twilio".
func (m *messenger) ParseReceipt(_ context.Context, c *sdk.Callback) (*sdk.CallbackAnswer, error) {
	strange := &sdk.CallbackAnswer{Status: 403}
	form, err := url.ParseQuery(string(c.Body))
	if err != nil || m.config.Base == "" || m.config.Token == "" {
		return strange, nil
	}
	given, err := base64.StdEncoding.DecodeString(header(c, "X-Twilio-Signature"))
	if err != nil || !hmac.Equal(given, sign(m.config.Token, m.config.Base+c.Target, form)) || form.Get("AccountSid") != m.config.Account {
		return strange, nil
	}
	answer := &sdk.CallbackAnswer{Authentic: true, Status: 204}
	if sid := form.Get("MessageSid"); sid != "" {
		r := sdk.DeliveryReport{Reference: sid, State: stateOf(form.Get("MessageStatus")), Time: c.Now}
		if r.State == sdk.Failed {
			r.Failure = failureOf(form.Get("ErrorCode"))
		}
		answer.Reports = append(answer.Reports, r)
	}
	return answer, nil
}

func header(c *sdk.Callback, name string) string {
	for n, v := range c.Headers {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

func sign(token, target string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(target))
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range form[name] {
			mac.Write([]byte(name + value))
		}
	}
	return mac.Sum(nil)
}

// stateOf translates a message's status: accepted, scheduled, queued, sending,
// sent, delivered, read, undelivered, failed, canceled.
func stateOf(status string) sdk.DeliveryState {
	switch status {
	case "delivered", "read":
		return sdk.Delivered
	case "undelivered", "failed", "canceled":
		return sdk.Failed
	}
	return sdk.Sent
}

// failureOf names the reasons that somebody can do something about.
func failureOf(code string) string {
	switch code {
	case "30003", "30005": // handset off or out of reach; unknown
		return "unreachable"
	case "30006": // landline, or a carrier that cannot be reached
		return "address_refused"
	case "30004", "30007", "21610": // blocked, filtered, STOP
		return "blocked"
	}
	return "undelivered"
}
