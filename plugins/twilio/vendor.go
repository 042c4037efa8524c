package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// call makes a request and reads its answer. A receipt says that the vendor
// refuses for good or for now; an error that it may have done what was asked.
// What the vendor writes stays here: it quotes the number.
func (m *messenger) call(ctx context.Context, method string, form url.Values, into any) (*sdk.Receipt, error) {
	target := m.config.Endpoint + "/2010-04-01/Accounts/" + m.config.Account + "/Messages.json"
	var body io.Reader
	if method == http.MethodGet {
		target += "?" + form.Encode()
	} else {
		body = strings.NewReader(form.Encode())
	}
	ctx, asked := sdk.Span(ctx, "vendor.ask")
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, errors.New("the request could not be made")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if m.config.Key != "" {
		req.SetBasicAuth(m.config.Key, m.config.Secret)
	} else {
		req.SetBasicAuth(m.config.Account, m.config.Token)
	}
	res, err := m.client.Do(req)
	asked(err)
	if err != nil {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return &sdk.Receipt{State: sdk.Deferred, Failure: "unreachable", RetryAfter: 10 * time.Second}, nil
		}
		return nil, errors.New("the vendor may or may not have taken it")
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, errors.New("the vendor's answer broke off")
	}
	if res.StatusCode/100 == 2 {
		if json.Unmarshal(raw, into) != nil {
			return nil, errors.New("the vendor's answer is not JSON")
		}
		return nil, nil
	}
	return verdict(res, raw)
}

// verdict tells what a refusal means: status, and error code of the body. See
// Twilio's "Error and Warning Dictionary".
func verdict(res *http.Response, raw []byte) (*sdk.Receipt, error) {
	var said struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal(raw, &said) // a refusal without a code is judged by its status
	later := func(failure string, usual time.Duration) (*sdk.Receipt, error) {
		if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 && s <= 3600 {
			usual = time.Duration(s) * time.Second
		}
		return &sdk.Receipt{State: sdk.Deferred, Failure: failure, RetryAfter: usual}, nil
	}
	failed := func(failure string) (*sdk.Receipt, error) {
		return &sdk.Receipt{State: sdk.Failed, Failure: failure}, nil
	}
	switch said.Code {
	case 21211, 21214, 21217, 21219, 21265, 21614: // not a number, not verified, not mobile
		return failed("address_refused")
	case 21610: // has written STOP
		return failed("blocked")
	case 21408, 21612: // the region is not switched on; cannot be reached from this sender
		return failed("region_refused")
	case 21617, 21602: // too long, empty
		return failed("text_refused")
	}
	switch status := res.StatusCode; {
	case status == http.StatusTooManyRequests:
		return later("try_later", 5*time.Second)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		// The operator has to act: others may send it meanwhile.
		return later("not_signed_in", time.Minute)
	case status >= 500:
		return nil, errors.New("the vendor may or may not have taken it: status " + strconv.Itoa(status))
	case status/100 == 3:
		return later("moved", time.Minute)
	}
	return failed("refused")
}
