package api_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/paifang/paifang/core/api"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
)

// noReaders tells of one look.
type noReaders struct{}

func (noReaders) OfApplication(context.Context, kyc.TenantID, kyc.ApplicationID) ([]person.Reading, error) {
	return []person.Reading{{At: 1_795_348_800_000, Times: 2, Role: "reviewer", Requirement: "passport", Why: person.ForReview}}, nil
}

func (noReaders) OfAccount(context.Context, kyc.TenantID, kyc.AccountID) ([]person.Reading, error) {
	return nil, nil
}

// What is told has the role and never who it was.
func TestReading(t *testing.T) {
	raw, err := json.Marshal(api.Reading{At: "2026-11-22T12:00:00Z", Times: 2, Role: "reviewer", Document: "passport", Why: "review"})
	if want := `{"at":"2026-11-22T12:00:00Z","times":2,"role":"reviewer","document":"passport","why":"review"}`; err != nil || string(raw) != want {
		t.Errorf("%s, %v", raw, err)
	}
}
