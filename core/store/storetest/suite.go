package storetest

import (
	"context"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// Run is what every backend must pass. open gives an empty, migrated database.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *store.Store)
	}{
		{"round trip", roundTrip},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func roundTrip(t *testing.T, s *store.Store) {
	seeded := Seed(t, s)
	app, err := s.Application(context.Background(), "demo", seeded.Application.ID)
	t.Log(app, err)
	Commit(t, s, "demo", kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: "message.send", Ref: "x"}})
}
