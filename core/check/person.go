package check

import (
	"bytes"
	"context"
	"strconv"

	"github.com/paifang/paifang/core/kyc"
)

// DuplicatePerson looks at how many other applicants of the tenant have the
// same identity numbers. When nobody looked, we can not tell.
func DuplicatePerson(_ context.Context, in Input) Outcome {
	n := newNote("duplicate_person")
	if in.Duplicates == nil {
		n.worsen(kyc.Inconclusive)
		n.evidence("looked_up", "no")
		return n.out
	}
	for class, count := range in.Duplicates {
		n.evidence("others."+class, strconv.Itoa(count))
		if count == 0 {
			continue
		}
		n.worsen(kyc.Refer)
		n.out.Reasons = append(n.out.Reasons, kyc.NewReason("policy.duplicate_person", kyc.Subject{Kind: "owner", Ref: class},
			kyc.Source{Kind: "automatic", Name: n.name}, nil))
	}
	return n.out
}

// Documents checks that every side of every document asked for is there, and
// that no file was given twice. Nobody has looked at them yet, and no check of
// ours can see what is on them: a person has to.
func Documents(_ context.Context, in Input) Outcome {
	n := newNote("documents")
	for _, s := range in.Flow.Steps {
		if !s.When.Holds(nil, in.Answers) {
			continue
		}
		for _, r := range s.Documents {
			if r.When.Holds(nil, in.Answers) {
				n.worsen(kyc.Refer)
				n.evidence("looked_at", "no")
				n.sides(in, r)
			}
		}
	}
	for i, f := range in.Files {
		for _, earlier := range in.Files[:i] {
			if len(f.Digest) > 0 && bytes.Equal(f.Digest, earlier.Digest) {
				n.about(kyc.Fail, "document.same_side_twice", f.Requirement+"/"+f.Side)
			}
		}
	}
	return n.out
}

func (n *note) sides(in Input, r kyc.Requirement) {
	for _, side := range r.Sides {
		found := false
		for _, f := range in.Files {
			found = found || f.Requirement == r.ID && f.Side == side.Name && f.State == kyc.FileCurrent
		}
		ref := r.ID + "/" + side.Name
		if found {
			n.evidence(ref, "present")
			continue
		}
		n.evidence(ref, "missing")
		n.about(kyc.Fail, "document.side_missing", ref)
	}
}

func (n *note) about(result kyc.CheckResult, code, ref string) {
	n.worsen(result)
	n.out.Reasons = append(n.out.Reasons, kyc.NewReason(code, kyc.Subject{Kind: "side", Ref: ref},
		kyc.Source{Kind: "automatic", Name: n.name}, nil))
}
