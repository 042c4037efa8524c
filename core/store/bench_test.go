package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// BenchmarkSubmit commits what the submission of a contact step writes, from
// eight clients at once, on SQLite: one transaction of ten writes with one job.
func BenchmarkSubmit(b *testing.B) {
	s, err := store.Open(b.Context(), store.Config{Path: filepath.Join(b.TempDir(), "b.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	must := func(change kyc.Change) {
		if err := s.Commit(context.Background(), "demo", change); err != nil {
			b.Error(err)
		}
	}
	must(kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: "demo"}}})
	b.SetParallelism(4) // times the cores
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			must(submission())
		}
	})
}

func submission() kyc.Change {
	app := storetest.Application("demo")
	identifier, challenge, message := kyc.IdentifierID(storetest.ID()), kyc.ChallengeID(storetest.ID()), kyc.MessageID(storetest.ID())
	return kyc.Change{
		kyc.CreateApplicant{Tenant: "demo", ID: app.Applicant, Wrapped: make([]byte, 150), At: app.Created},
		kyc.CreateApplication{Application: app},
		kyc.SaveHolder{Holder: kyc.Holder{Tenant: "demo", Hash: storetest.Hash(string(app.ID)), Application: app.ID}},
		kyc.TakeBudget{Tenant: "demo", Key: "contact:" + string(app.ID), Window: 1e12, Limit: 10},
		kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: "demo", ID: identifier, Applicant: app.Applicant,
			Application: app.ID, Kind: "phone", Index: storetest.Hash(string(identifier)), Sealed: make([]byte, 60), State: kyc.Claimed}},
		kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: "demo", Application: app.ID, Step: "contact", Values: make([]byte, 100)}},
		kyc.SaveChallenge{Challenge: kyc.Challenge{Tenant: "demo", ID: challenge, Application: app.ID, Applicant: app.Applicant,
			Identifier: identifier, CodeHash: make([]byte, 32), State: kyc.ChallengePending}, Expect: -1},
		kyc.SaveMessage{Message: kyc.Message{Tenant: "demo", ID: message, Application: app.ID, Applicant: app.Applicant,
			Challenge: challenge, Sealed: make([]byte, 200), State: kyc.MessageQueued}},
		kyc.AppendAudit{AuditLine: kyc.AuditLine{Tenant: "demo", ID: kyc.AuditID(storetest.ID()), At: app.Created, Action: "step.submitted"}},
		kyc.Enqueue{Job: kyc.Job{Tenant: "demo", Kind: kyc.JobSend, Ref: string(message)}},
		kyc.UpdateApplication{Application: app, Expect: 1},
	}
}

// BenchmarkSession reads a session, which every request of a signed-in person does.
func BenchmarkSession(b *testing.B) {
	s, err := store.Open(b.Context(), store.Config{Path: filepath.Join(b.TempDir(), "b.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	hash := storetest.Hash("token")
	err = s.Commit(b.Context(), "demo", kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: "demo"}},
		kyc.SaveSession{Session: kyc.Session{Tenant: "demo", Hash: hash, Kind: "account"}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Session(context.Background(), "demo", hash, "account"); err != nil {
				b.Error(err)
			}
		}
	})
}
