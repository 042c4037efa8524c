package pipeline_test

import (
	"context"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// accepted and short tell apart what the very request came to, whatever else is
// wrong with the application.
func accepted(t *testing.T, v *pipeline.View, kind pipeline.NextKind, step string) {
	t.Helper()
	if len(v.Short) > 0 {
		t.Fatalf("fell short: %v", v.Short)
	}
	next(t, v, kind, step)
}

func short(t *testing.T, v *pipeline.View, step, path, code string) {
	t.Helper()
	told(t, v, path, code)
	if string(v.Next.Step) != step {
		t.Fatalf("step %q is asked, want %q", v.Next.Step, step)
	}
	problem(t, v, path, code)
}

func told(t *testing.T, v *pipeline.View, path, code string) {
	t.Helper()
	if len(v.Short) != 1 || v.Short[0].Path != path || v.Short[0].Code != code {
		t.Fatalf("fell short of %v, want %s at %q", v.Short, code, path)
	}
}

// TestRefusedChangeIsTold: a change to a step that is done, and is not accepted,
// is told by its own answer; what was accepted before holds.
func TestRefusedChangeIsTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		p.account(phone)
		p.prove()
		accepted(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "plain"}), pipeline.NextForm, "secrets")
		short(t, p.submit("profile", kyc.Values{"name": "Anna", "kind": "odd"}), "profile", "kind", "field.not_option")
		v, err := h.GetStep(ctx, p.ref, "profile")
		h.must(err)
		problem(t, v, "kind", "field.not_option")
		v, err = h.Get(ctx, p.ref)
		h.must(err)
		accepted(t, v, pipeline.NextForm, "secrets")
		if v.Steps[1].State != "done" || len(v.Next.Problems) > 0 {
			t.Errorf("profile is %s, problems of the next step %v", v.Steps[1].State, v.Next.Problems)
		}
		accepted(t, p.submit("profile", kyc.Values{"name": "Anna Maria", "kind": "plain"}), pipeline.NextForm, "secrets")
		accepted(t, p.submit("secrets", kyc.Values{"login_password": password}), pipeline.NextWait, "")
	})
}

// TestMendedElsewhere: what a later step fell short of is not the outcome of an
// earlier one that is changed and accepted, and is forgotten with it.
func TestMendedElsewhere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		p.account(phone)
		p.prove()
		p.submit("profile", kyc.Values{"name": "Anna", "kind": "pictured"})
		short(t, p.submit("passport", nil), "passport", "passport.data_page", "document.side_missing")
		accepted(t, p.submit("profile", kyc.Values{"name": "Anna Maria", "kind": "pictured"}), pipeline.NextDocuments, "passport")
		v, err := h.Get(ctx, p.ref)
		h.must(err)
		if len(v.Next.Problems) > 0 {
			t.Errorf("still shown: %v", v.Next.Problems)
		}
		p.upload("passport", "data_page")
		accepted(t, p.submit("passport", nil), pipeline.NextForm, "secrets")
		p.submit("secrets", kyc.Values{"login_password": "short"})
		if len(p.view.Short) == 0 {
			t.Fatal("a bad password was taken")
		}
		// A picture that is changed meanwhile is about itself alone.
		v, err = h.Upload(ctx, p.ref, "passport", "data_page", strings.NewReader("no picture"))
		h.must(err)
		if len(v.Short) != 1 || v.Short[0].Path != "passport.data_page" || v.Next.Step != "passport" {
			t.Errorf("an unfit picture: short of %v at step %q", v.Short, v.Next.Step)
		}
		if v := p.upload("passport", "data_page"); len(v.Short) > 0 {
			t.Errorf("a good picture fell short of %v", v.Short)
		}
		accepted(t, p.submit("passport", nil), pipeline.NextForm, "secrets")
	})
}

// TestWrongCodeIsTheAnswersOwn: a wrong code is told; correcting the contact after
// it is no attempt that fell short.
func TestWrongCodeIsTheAnswersOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		p.account(phone)
		v, err := h.Answer(ctx, p.ref, p.view.Next.Challenge.ID, wrongCode(p))
		h.must(err)
		if len(v.Short) != 1 || v.Short[0].Path != "code" || v.Next.Kind != pipeline.NextChallenge {
			t.Fatalf("a wrong code: short of %v, next %s", v.Short, v.Next.Kind)
		}
		v, err = h.Get(ctx, p.ref)
		h.must(err)
		accepted(t, v, pipeline.NextChallenge, "account")
		v, err = h.Correct(ctx, p.ref, "account")
		h.must(err)
		accepted(t, v, pipeline.NextForm, "account")
	})
}

// TestRepeatedShortfall: a repeated request is answered as the first time, also
// when it fell short and the step has been done since.
func TestRepeatedShortfall(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, p := context.Background(), h.start()
		p.account(phone)
		p.prove()
		bad := pipeline.Submission{Step: "profile", IdempotencyKey: "k1", Values: kyc.Values{"name": "Anna", "kind": "odd"}}
		good := pipeline.Submission{Step: "profile", IdempotencyKey: "k2", Values: kyc.Values{"name": "Anna", "kind": "plain"}}
		for range 2 {
			v, err := h.Submit(ctx, p.ref, bad)
			h.must(err)
			short(t, v, "profile", "kind", "field.not_option")
		}
		for range 2 {
			v, err := h.Submit(ctx, p.ref, good)
			h.must(err)
			accepted(t, v, pipeline.NextForm, "secrets")
		}
		v, err := h.Submit(ctx, p.ref, bad)
		h.must(err)
		if len(v.Short) != 1 || v.Short[0].Code != "field.not_option" {
			t.Errorf("the refused request, repeated, is answered with %v", v.Short)
		}
		p.submit("secrets", kyc.Values{"login_password": "short"})
		v, err = h.Submit(ctx, p.ref, good)
		h.must(err)
		if len(v.Short) > 0 {
			t.Errorf("the accepted request, repeated, fell short of %v", v.Short)
		}
	})
}
