package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// twoMessengers runs "first" and "second", in this order, as messengers of phones.
func twoMessengers(t *testing.T) *host.Host {
	t.Helper()
	c := config(t, catalogue(t, "first", "second"), &safeBuffer{})
	c.Settings = map[string]json.RawMessage{"first": json.RawMessage(must), "second": json.RawMessage(must)}
	c.Messengers = map[kyc.ContactKind][]string{kyc.Phone: {"first", "second"}}
	return run(t, impatient(c))
}

func outgoing(text string) kyc.Outgoing {
	return kyc.Outgoing{ID: "m1", Channel: kyc.Phone, To: "+8613800138000", Text: text}
}

// What a messenger surely has not taken goes to the next one at once; what it
// may have taken goes nowhere else until it is given up.
func TestMessengersInOrder(t *testing.T) {
	for text, want := range map[string]struct {
		by        string        // who has it in the end
		unsettled bool          // after the first try
		within    time.Duration // less than the time of one call more than what it needs
	}{
		"hello":            {"first", false, 2 * time.Second},
		"at first: slow":   {"first", false, 2 * time.Second},
		"at first: later":  {"second", false, 2 * time.Second},
		"at first: hang":   {"second", true, 4 * time.Second},
		"at first: late":   {"second", true, 4 * time.Second},
		"at first: error":  {"second", true, 2 * time.Second},
		"at first: exit":   {"second", true, 2 * time.Second},
		"at second: error": {"first", false, 2 * time.Second},

		"at first: nonsense": {"second", true, 2 * time.Second},
	} {
		t.Run(text, func(t *testing.T) {
			h := twoMessengers(t)
			m := outgoing(text)
			began := time.Now()
			r, err := h.Send(context.Background(), m)
			if took := time.Since(began); took > want.within {
				t.Errorf("it took %v", took)
			}
			var unsettled *kyc.UnsettledError
			if errors.As(err, &unsettled) != want.unsettled {
				t.Fatalf("%+v, %v", r, err)
			}
			if want.unsettled {
				if unsettled.Messenger != "first" || kyc.CodeOf(err) != kyc.Unavailable {
					t.Fatalf("unsettled at %q: %v", unsettled.Messenger, err)
				}
				m.Unsettled = "first"
				if r, err := h.Send(context.Background(), m); !errors.As(err, &unsettled) {
					t.Errorf("before it is given up: %+v, %v", r, err)
				}
				m.GivenUp = true
				r, err = h.Send(context.Background(), m)
			}
			if err != nil || r.Messenger != want.by || r.State != kyc.MessageSent || r.Reference != "m1" {
				t.Errorf("%+v, %v; want it from %s", r, err, want.by)
			}
		})
	}
}

// Who is asked is told before, one after the other; when that cannot be stored,
// nobody is asked.
func TestAskingIsToldBefore(t *testing.T) {
	h := twoMessengers(t)
	m, asked := outgoing("at first: later"), []string{}
	m.Asking = func(_ context.Context, name string) error {
		asked = append(asked, name)
		return nil
	}
	if r, err := h.Send(context.Background(), m); err != nil || r.Messenger != "second" || !slices.Equal(asked, []string{"first", "second"}) {
		t.Errorf("%+v, %v, asked %v", r, err, asked)
	}
	m.Asking = func(context.Context, string) error { return kyc.E(kyc.Unavailable, "the database is away") }
	if r, err := h.Send(context.Background(), m); kyc.CodeOf(err) != kyc.Unavailable || r.Messenger != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A refusal of the address is an answer: nobody else is asked.
func TestRefusalIsFinal(t *testing.T) {
	r, err := twoMessengers(t).Send(context.Background(), outgoing("at first: refuse"))
	if err != nil || r.Messenger != "first" || r.State != kyc.MessageFailed || r.Failure != "address_refused" {
		t.Errorf("%+v, %v", r, err)
	}
}

// One that does not run is passed over, and has it again when it runs.
func TestDownMessengerIsPassedOver(t *testing.T) {
	h := twoMessengers(t)
	m := outgoing("at first: exit")
	if _, err := h.Send(context.Background(), m); err == nil {
		t.Fatal("a messenger that ended has sent")
	}
	m.Text = "hello"
	var by []string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		r, err := h.Send(context.Background(), m)
		if err != nil {
			continue // it has ended, which is noticed in a moment
		}
		if len(by) == 0 || by[len(by)-1] != r.Messenger {
			by = append(by, r.Messenger)
		}
		if r.Messenger == "first" {
			break
		}
	}
	if len(by) == 0 || by[len(by)-1] != "first" {
		t.Errorf("sent by %v", by)
	}
}
