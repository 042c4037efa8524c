package host

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

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
