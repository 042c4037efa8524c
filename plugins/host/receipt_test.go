package host_test

import (
	"context"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// What a messenger says of a callback is passed on when it makes sense, and
// nothing of it otherwise. Whatever strangers post, it goes on sending.
func TestCallbacks(t *testing.T) {
	h := twoMessengers(t)
	ctx := context.Background()
	callback := func(body string) (kyc.CallbackAnswer, error) {
		return h.ParseReceipt(ctx, kyc.Callback{Tenant: "demo", Messenger: "first", Target: "/receipts/demo/first", Body: []byte(body)})
	}
	a, err := callback("")
	if err != nil || !a.Authentic || a.Status != 200 || a.Type != "text/xml" || string(a.Body) != "<Response/>" ||
		len(a.Reports) != 1 || a.Reports[0] != (kyc.DeliveryReport{Reference: "m1", State: kyc.MessageDelivered}) {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := callback("stranger"); err != nil || a.Authentic || len(a.Reports) > 0 {
		t.Errorf("a stranger's: %+v, %v", a, err)
	}
	for range 3 { // more than the breaker bears
		for _, body := range []string{"stranger with reports", "page", "status", "long", "many", "nameless", "stateless", "error"} {
			if a, err := callback(body); kyc.CodeOf(err) != kyc.Unavailable || a.Authentic || strings.Contains(err.Error(), "138") {
				t.Errorf("%s: %+v, %v", body, a, err)
			}
		}
	}
	if r, err := h.Send(ctx, outgoing("hello")); err != nil || r.Messenger != "first" {
		t.Errorf("it does not send any more: %+v, %v", r, err)
	}
	for _, name := range []string{"third", ""} {
		if _, err := h.ParseReceipt(ctx, kyc.Callback{Messenger: name}); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
}
