package host

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/paifang/paifang/core/kyc"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// twoWays is good with a way by e-mail, whose address a later step proves, and a
// phone that may be bound.
func twoWays() *wirev1.DescribeResponse {
	d := good()
	const title = "good.title"
	field := func(name, kind string) *wirev1.Field { return &wirev1.Field{Name: name, Type: kind, Label: title} }
	byEmail := &wirev1.Condition{Field: "start.way", In: []string{"email"}}
	bind := field("bind", "checkbox")
	bind.When = &wirev1.Condition{Field: "contact", Same: "phone.phone"}
	f := d.Flows[0]
	f.Ways = []*wirev1.Way{{Id: "phone", Title: title}, {Id: "email", Title: title}}
	f.Steps = append(f.Steps,
		&wirev1.Step{Id: "email", Kind: "profile", Title: title, When: byEmail, Fields: []*wirev1.Field{field("email", "email")}},
		&wirev1.Step{Id: "phone", Kind: "contact", Title: title, Fields: []*wirev1.Field{field("phone", "phone")},
			Proof: &wirev1.Proof{Channel: "phone", Field: "phone", Ttl: durationpb.New(time.Hour), Login: true,
				LoginWhen: &wirev1.Condition{Field: "more.bind", In: []string{"true"}}}},
		&wirev1.Step{Id: "activation", Kind: "contact", Title: title,
			Proof: &wirev1.Proof{Channel: "email", Of: "email.email", Link: true, Ttl: durationpb.New(time.Hour), Login: true}},
		&wirev1.Step{Id: "more", Kind: "profile", Title: title, Fields: []*wirev1.Field{field("contact", "phone"), bind}})
	return d
}

// TestWays: what parts of a flow say of each other fits together, or the
// description is refused.
func TestWays(t *testing.T) {
	a, err := aboutV1("good", twoWays())
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := a.flow.Step("activation"); s.Proof.Of != "email.email" || len(a.flow.Ways) != 2 {
		t.Errorf("%+v, %+v", s.Proof, a.flow.Ways)
	}
	for name, spoil := range map[string]func(f *wirev1.Flow, s map[string]*wirev1.Step){
		"one way":           func(f *wirev1.Flow, _ map[string]*wirev1.Step) { f.Ways = f.Ways[:1] },
		"way twice":         func(f *wirev1.Flow, _ map[string]*wirev1.Step) { f.Ways[1].Id = "phone" },
		"way without words": func(f *wirev1.Flow, _ map[string]*wirev1.Step) { f.Ways[1].Title = "" },
		"unknown way":       func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["email"].When.In[0] = "pigeon" },
		"step start":        func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["a"].Id = "start" },
		"proof of nothing":  func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["activation"].Proof.Of = "email.mail" },
		"proof of a text":   func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["activation"].Proof.Of = "a.f" },
		"proof of a later":  func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["activation"].Proof.Of = "more.contact" },
		"proof of a proof":  func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["activation"].Proof.Of = "phone.phone" },
		"proof of two":      func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["activation"].Proof.Field = "email" },
		"login unknown":     func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["phone"].Proof.LoginWhen.Field = "more.x" },
		"login decided before": func(_ *wirev1.Flow, s map[string]*wirev1.Step) {
			s["phone"].Proof.LoginWhen = &wirev1.Condition{Field: "a.s", In: []string{"x"}}
		},
		"never a login":   func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["phone"].Proof.Login = false },
		"same as unknown": func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["more"].Fields[1].When.Same = "phone.fax" },
		"same as unproved": func(_ *wirev1.Flow, s map[string]*wirev1.Step) {
			s["more"].Fields[1].When.Same = "more.contact"
		},
		"same as an e-mail": func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["more"].Fields[1].When.Same = "email.email" },
		"same and in":       func(_ *wirev1.Flow, s map[string]*wirev1.Step) { s["more"].Fields[1].When.In = []string{"1"} },
	} {
		d := proto.Clone(twoWays()).(*wirev1.DescribeResponse)
		steps := map[string]*wirev1.Step{}
		for _, s := range d.Flows[0].Steps {
			steps[s.Id] = s
		}
		spoil(d.Flows[0], steps)
		if _, err := aboutV1("good", d); err == nil || !strings.HasPrefix(err.Error(), "description: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// twoContacts is good with an e-mail address and a phone that may stand for each other.
func twoContacts() *wirev1.DescribeResponse {
	d := good()
	const title = "good.title"
	contact := func(channel string, instead *wirev1.Instead) *wirev1.Step {
		return &wirev1.Step{Id: channel, Kind: "contact", Title: title, Fields: []*wirev1.Field{{Name: "it", Type: channel, Label: title}},
			Proof: &wirev1.Proof{Channel: channel, Field: "it", Ttl: durationpb.New(time.Hour), Login: true, Instead: instead}}
	}
	d.Flows[0].Steps = append(d.Flows[0].Steps, contact("email", &wirev1.Instead{Step: "phone"}),
		contact("phone", &wirev1.Instead{Step: "email", Later: true}), &wirev1.Step{Id: "more", Kind: "profile", Title: title,
			Fields: []*wirev1.Field{{Name: "bind", Type: "checkbox", Label: title}, {Name: "other", Type: "email", Label: title}}},
		contact("email", nil))
	d.Flows[0].Steps[len(d.Flows[0].Steps)-1].Id = "third"
	return d
}

// TestInstead: contacts that stand for each other are two, asked of the same
// people; else somebody could end with none.
func TestInstead(t *testing.T) {
	a, err := aboutV1("good", twoContacts())
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := a.flow.Step("phone"); s.Proof.Instead != (kyc.Instead{Step: "email", Later: true}) {
		t.Errorf("%+v", s.Proof)
	}
	// A contact that is proved before may take the place of one that was only typed by then.
	d := proto.Clone(twoContacts()).(*wirev1.DescribeResponse)
	for _, s := range d.Flows[0].Steps {
		switch s.Id {
		case "email", "phone":
			s.Proof.Instead = nil
		case "third":
			s.Proof.Of, s.Proof.Field, s.Proof.Instead = "more.other", "", &wirev1.Instead{Step: "phone"}
		}
	}
	if _, err := aboutV1("good", d); err != nil {
		t.Errorf("proved before: %v", err)
	}
	when := &wirev1.Condition{Field: "a.s", In: []string{"x"}}
	for name, spoil := range map[string]func(s map[string]*wirev1.Step){
		"no step":       func(s map[string]*wirev1.Step) { s["email"].Proof.Instead.Step = "" },
		"unknown":       func(s map[string]*wirev1.Step) { s["email"].Proof.Instead.Step = "pigeon" },
		"itself":        func(s map[string]*wirev1.Step) { s["email"].Proof.Instead.Step = "email" },
		"no contact":    func(s map[string]*wirev1.Step) { s["email"].Proof.Instead.Step = "more" },
		"a ring":        func(s map[string]*wirev1.Step) { s["phone"].Proof.Instead.Step = "third" },
		"not of all":    func(s map[string]*wirev1.Step) { s["phone"].When = when },
		"on demand":     func(s map[string]*wirev1.Step) { s["phone"].OnDemand = true },
		"left for good": func(s map[string]*wirev1.Step) { s["phone"].Proof.Instead.Later = false },
		"login decided later": func(s map[string]*wirev1.Step) {
			s["phone"].Proof.LoginWhen = &wirev1.Condition{Field: "more.bind", In: []string{"true"}}
		},
		"of another step": func(s map[string]*wirev1.Step) {
			s["third"].Proof.Of, s["third"].Proof.Field, s["third"].Proof.Instead = "more.other", "", &wirev1.Instead{Step: "phone", Later: true}
		},
	} {
		d := proto.Clone(twoContacts()).(*wirev1.DescribeResponse)
		steps := map[string]*wirev1.Step{}
		for _, s := range d.Flows[0].Steps {
			steps[s.Id] = s
		}
		spoil(steps)
		if _, err := aboutV1("good", d); err == nil || !strings.HasPrefix(err.Error(), "description: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
