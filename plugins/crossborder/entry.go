package main

import (
	"slices"

	"github.com/paifang/paifang/plugins/sdk"
)

// entry lets in members whose membership, and the site that it is of, the
// tenant has named. For others it ends here, with a reason and not with a
// problem: they cannot type anything else.
func entry(q *sdk.Question) (*sdk.Finding, error) {
	c, err := readConfig(q.Config)
	if err != nil {
		return nil, err
	}
	f := &sdk.Finding{}
	membership, site := claim(q, "membership"), claim(q, "site")
	if membership == "" || !slices.Contains(c.Memberships, membership) ||
		len(c.Sites) > 0 && !slices.Contains(c.Sites, site) {
		f.Reason("assertion", "policy.membership_not_eligible")
	}
	return f, nil
}

// claim is what the marketplace says: a value of the step while it is being
// answered, a fact later.
func claim(q *sdk.Question, name string) string {
	if v := q.Fact("claim." + name); v != "" {
		return v
	}
	return q.Value(name)
}
