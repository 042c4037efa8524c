package storetest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// read is one read method, asked about the world as a tenant.
type read struct {
	ask  func(ctx context.Context, s *store.Store, tenant kyc.TenantID, w *world) (any, error)
	want func(w *world) any
}

// asks adapts a method of (tenant, …) to a read.
func asks[R any](ask func(ctx context.Context, s *store.Store, t kyc.TenantID, w *world) (R, error), want func(w *world) R) read {
	return read{
		ask: func(ctx context.Context, s *store.Store, t kyc.TenantID, w *world) (any, error) {
			return ask(ctx, s, t, w)
		},
		want: func(w *world) any { return want(w) },
	}
}

type (
	ctxt = context.Context
	st   = *store.Store
	tid  = kyc.TenantID
)

// reads has every method that reads as a tenant, by name.
var reads = map[string]read{
	"Tenant":        asks(func(c ctxt, s st, t tid, w *world) (kyc.Tenant, error) { return s.Tenant(c, t) }, func(w *world) kyc.Tenant { return w.tenant }),
	"TenantKeys":    asks(func(c ctxt, s st, t tid, w *world) (kyc.TenantKeys, error) { return s.TenantKeys(c, t) }, func(w *world) kyc.TenantKeys { return w.keys }),
	"ApplicantKey":  asks(func(c ctxt, s st, t tid, w *world) ([]byte, error) { return s.ApplicantKey(c, t, w.applicant.ID) }, func(w *world) []byte { return w.applicant.Wrapped }),
	"TenantMarkets": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.TenantMarket, error) { return s.TenantMarkets(c, t) }, func(w *world) []kyc.TenantMarket { return []kyc.TenantMarket{w.market} }),
	"TenantMarket":  asks(func(c ctxt, s st, t tid, w *world) (kyc.TenantMarket, error) { return s.TenantMarket(c, t, "mainland") }, func(w *world) kyc.TenantMarket { return w.market }),
	"Legal": asks(func(c ctxt, s st, t tid, w *world) (kyc.LegalDocument, error) {
		return s.Legal(c, t, "terms", "en", Now)
	},
		func(w *world) kyc.LegalDocument { return w.legal }),
	"LegalDocuments": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.LegalDocument, error) { return s.LegalDocuments(c, t) },
		func(w *world) []kyc.LegalDocument { return []kyc.LegalDocument{w.legal} }),
	"AssertionKey":  asks(func(c ctxt, s st, t tid, w *world) (kyc.AssertionKey, error) { return s.AssertionKey(c, t, "k1") }, func(w *world) kyc.AssertionKey { return w.signer }),
	"APIKeys":       asks(func(c ctxt, s st, t tid, w *world) ([]kyc.APIKey, error) { return s.APIKeys(c, t) }, func(w *world) []kyc.APIKey { return []kyc.APIKey{w.apiKey} }),
	"AssertionKeys": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AssertionKey, error) { return s.AssertionKeys(c, t) }, func(w *world) []kyc.AssertionKey { return []kyc.AssertionKey{w.signer} }),
	"Staff":         asks(func(c ctxt, s st, t tid, w *world) (kyc.Staff, error) { return s.Staff(c, t, w.staff.ID) }, func(w *world) kyc.Staff { return w.staff }),
	"StaffByLogin":  asks(func(c ctxt, s st, t tid, w *world) (kyc.Staff, error) { return s.StaffByLogin(c, t, "officer") }, func(w *world) kyc.Staff { return w.staff }),
	"Factors": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Factor, error) {
		return s.Factors(c, t, "staff", string(w.staff.ID))
	}, func(w *world) []kyc.Factor { return []kyc.Factor{w.factor} }),
	"FactorByLookup": asks(func(c ctxt, s st, t tid, w *world) (kyc.Factor, error) {
		return s.FactorByLookup(c, t, kyc.FactorPasskey, w.factor.Lookup)
	}, func(w *world) kyc.Factor { return w.factor }),
	"Letters": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Message, error) { return s.Letters(c, t, "staff_invited") },
		func(w *world) []kyc.Message { return []kyc.Message{w.letter} }),
	"SessionsOf": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Session, error) {
		return s.SessionsOf(c, t, w.session.Kind, w.session.Subject)
	}, func(w *world) []kyc.Session { return []kyc.Session{w.session} }),
	"StaffLink": asks(func(c ctxt, s st, t tid, w *world) (kyc.StaffLink, error) { return s.StaffLink(c, t, w.link.Hash) }, func(w *world) kyc.StaffLink { return w.link }),
	"StaffLinks": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.StaffLink, error) { return s.StaffLinks(c, t, "invite") },
		func(w *world) []kyc.StaffLink { return []kyc.StaffLink{w.link} }),
	"PolicyVersion": asks(func(c ctxt, s st, t tid, w *world) (int64, error) { return s.PolicyVersion(c, t) }, func(w *world) int64 { return 1 }),
	"RoleRules":     asks(func(c ctxt, s st, t tid, w *world) ([]kyc.RoleRule, error) { return s.RoleRules(c, t) }, func(w *world) []kyc.RoleRule { return w.role.Rules }),
	"Roles":         asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Role, error) { return s.Roles(c, t) }, func(w *world) []kyc.Role { return []kyc.Role{w.role} }),
	"RoleVersions": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Role, error) { return s.RoleVersions(c, t, w.role.ID) },
		func(w *world) []kyc.Role { return []kyc.Role{w.role} }),
	"Rollouts": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Rollout, error) { return s.Rollouts(c, t) }, func(w *world) []kyc.Rollout { return []kyc.Rollout{w.rollout} }),
	"RolloutHistory": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Rollout, error) {
		return s.RolloutHistory(c, t, "mainland", 9)
	},
		func(w *world) []kyc.Rollout { return []kyc.Rollout{w.rollout} }),
	"MarketVersion": asks(func(c ctxt, s st, t tid, w *world) (kyc.MarketVersion, error) {
		return s.MarketVersion(c, t, "mainland", 1)
	},
		func(w *world) kyc.MarketVersion { return w.offer }),
	"UnderWay": asks(func(c ctxt, s st, t tid, w *world) (int, error) { return s.UnderWay(c, t, "mainland", 9) }, func(*world) int { return 1 }),
	"MarketVersions": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.MarketVersion, error) {
		return s.MarketVersions(c, t, "mainland", 9)
	},
		func(w *world) []kyc.MarketVersion { return []kyc.MarketVersion{w.offer} }),
	"StaffList": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Staff, error) { return s.StaffList(c, t) }, func(w *world) []kyc.Staff { return []kyc.Staff{w.staff} }),

	"Application": asks(func(c ctxt, s st, t tid, w *world) (kyc.Application, error) {
		return s.Application(c, t, w.application.ID)
	},
		func(w *world) kyc.Application { return w.application }),
	"ApplicationOfSubject": asks(func(c ctxt, s st, t tid, w *world) (kyc.Application, error) {
		return s.ApplicationOfSubject(c, t, "mainland", "ref-1", true)
	},
		func(w *world) kyc.Application { return w.application }),
	"Steps": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.StepRecord, error) { return s.Steps(c, t, w.application.ID) }, func(w *world) []kyc.StepRecord { return []kyc.StepRecord{w.step} }),
	"Step": asks(func(c ctxt, s st, t tid, w *world) (kyc.StepRecord, error) {
		return s.Step(c, t, w.application.ID, "profile")
	}, func(w *world) kyc.StepRecord { return w.step }),
	"Whole": asks(func(c ctxt, s st, t tid, w *world) (kyc.Whole, error) { return s.Whole(c, t, w.application.ID) }, func(w *world) kyc.Whole { return w.whole() }),
	"Held": asks(func(c ctxt, s st, t tid, w *world) (kyc.Whole, error) {
		holder, whole, err := s.Held(c, t, w.holder.Hash, w.application.ID)
		if err == nil && holder.Application != w.holder.Application {
			err = kyc.E(kyc.Internal, "another holder")
		}
		return whole, err
	}, func(w *world) kyc.Whole { return w.whole() }),
	"Holder":   asks(func(c ctxt, s st, t tid, w *world) (kyc.Holder, error) { return s.Holder(c, t, w.holder.Hash) }, func(w *world) kyc.Holder { return w.holder }),
	"Consents": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Consent, error) { return s.Consents(c, t, w.application.ID) }, func(w *world) []kyc.Consent { return []kyc.Consent{w.consent} }),

	"Identifiers": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Identifier, error) {
		return s.Identifiers(c, t, w.application.ID)
	},
		func(w *world) []kyc.Identifier { return []kyc.Identifier{w.identifier} }),
	"IdentifierTaken": asks(func(c ctxt, s st, t tid, w *world) (bool, error) {
		return s.IdentifierTaken(c, t, "phone", w.identifier.Index, "another")
	}, func(w *world) bool { return true }),
	"ApplicationsByContact": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.ApplicationID, error) {
		return s.ApplicationsByContact(c, t, "phone", w.identifier.Index, 10)
	}, func(w *world) []kyc.ApplicationID { return []kyc.ApplicationID{w.application.ID} }),
	"BoundIdentifier": asks(func(c ctxt, s st, t tid, w *world) (kyc.Identifier, error) {
		return s.BoundIdentifier(c, t, "phone", w.identifier.Index)
	}, func(w *world) kyc.Identifier { return w.identifier }),
	"AccountIdentifiers": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Identifier, error) {
		return s.AccountIdentifiers(c, t, w.account.ID)
	}, func(w *world) []kyc.Identifier { return []kyc.Identifier{w.identifier} }),
	"CountIdentity": asks(func(c ctxt, s st, t tid, w *world) (int, error) {
		return s.CountIdentity(c, t, "phone", w.identifier.Index, "another")
	}, func(w *world) int { return 1 }),
	"SameIdentity": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Identifier, error) {
		return s.SameIdentity(c, t, "phone", w.identifier.Index, "another", 10)
	}, func(w *world) []kyc.Identifier { return []kyc.Identifier{w.identifier} }),
	"Challenge": asks(func(c ctxt, s st, t tid, w *world) (kyc.Challenge, error) { return s.Challenge(c, t, w.challenge.ID) }, func(w *world) kyc.Challenge { return w.challenge }),
	"ChallengeByLink": asks(func(c ctxt, s st, t tid, w *world) (kyc.Challenge, error) {
		return s.ChallengeByLink(c, t, w.challenge.LinkHash)
	}, func(w *world) kyc.Challenge { return w.challenge }),
	"PendingChallenge": asks(func(c ctxt, s st, t tid, w *world) (kyc.Challenge, error) {
		return s.PendingChallenge(c, t, w.application.ID, "contact")
	}, func(w *world) kyc.Challenge { return w.challenge }),
	"Message": asks(func(c ctxt, s st, t tid, w *world) (kyc.Message, error) {
		m, code, err := s.Message(c, t, w.message.ID)
		if err == nil && cmp.Diff(w.challenge, code) != "" {
			err = kyc.E(kyc.Internal, "another challenge")
		}
		return m, err
	}, func(w *world) kyc.Message { return w.message }),
	"MessageByReference": asks(func(c ctxt, s st, t tid, w *world) (kyc.Message, error) {
		return s.MessageByReference(c, t, w.message.Messenger, w.message.Reference)
	}, func(w *world) kyc.Message { return w.message }),
	"Messages": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Message, error) {
		return s.Messages(c, t, w.application.ID, 9)
	}, func(w *world) []kyc.Message { return []kyc.Message{w.message} }),

	"Files":    asks(func(c ctxt, s st, t tid, w *world) ([]kyc.File, error) { return s.Files(c, t, w.application.ID) }, func(w *world) []kyc.File { return []kyc.File{w.file} }),
	"AllFiles": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.File, error) { return s.AllFiles(c, t, w.application.ID) }, func(w *world) []kyc.File { return []kyc.File{w.file} }),
	"File":     asks(func(c ctxt, s st, t tid, w *world) (kyc.File, error) { return s.File(c, t, w.file.ID) }, func(w *world) kyc.File { return w.file }),
	"Checks":   asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Check, error) { return s.Checks(c, t, w.application.ID) }, func(w *world) []kyc.Check { return []kyc.Check{w.check} }),
	"Case":     asks(func(c ctxt, s st, t tid, w *world) (kyc.Case, error) { return s.Case(c, t, w.kase.ID) }, func(w *world) kyc.Case { return w.kase }),
	"CasesOfApplication": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Case, error) {
		return s.CasesOfApplication(c, t, w.application.ID)
	}, func(w *world) []kyc.Case { return []kyc.Case{w.kase} }),
	"CaseOfApplication": asks(func(c ctxt, s st, t tid, w *world) (kyc.Case, error) {
		return s.CaseOfApplication(c, t, w.application.ID)
	}, func(w *world) kyc.Case { return w.kase }),
	"Cases": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Case, error) {
		return s.Cases(c, t, kyc.CaseFilter{States: []kyc.CaseState{kyc.CaseOpen, kyc.CaseClaimed}, Market: "mainland",
			ClaimedBy: w.staff.ID, DueBefore: w.kase.Due + 1}, kyc.CaseCursor{}, 9)
	}, func(w *world) []kyc.Case { return []kyc.Case{w.kase} }),
	"StepChallenges": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Challenge, error) {
		return s.StepChallenges(c, t, w.application.ID, w.challenge.Step, w.challenge.Created)
	}, func(w *world) []kyc.Challenge { return []kyc.Challenge{w.challenge} }),
	"Decisions": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Decision, error) {
		return s.Decisions(c, t, w.application.ID)
	}, func(w *world) []kyc.Decision { return []kyc.Decision{w.decision} }),

	"Account": asks(func(c ctxt, s st, t tid, w *world) (kyc.Account, error) { return s.Account(c, t, w.account.ID) }, func(w *world) kyc.Account { return w.account }),
	"AccountOfApplication": asks(func(c ctxt, s st, t tid, w *world) (kyc.Account, error) {
		return s.AccountOfApplication(c, t, w.application.ID)
	}, func(w *world) kyc.Account { return w.account }),
	"Balances": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Balance, error) { return s.Balances(c, t, w.account.ID) }, func(w *world) []kyc.Balance { return []kyc.Balance{w.balance} }),
	"Credentials": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Credential, error) {
		return s.Credentials(c, t, w.applicant.ID)
	}, func(w *world) []kyc.Credential { return []kyc.Credential{w.credential} }),
	"SignInCode": asks(func(c ctxt, s st, t tid, w *world) (kyc.SignInCode, error) { return s.SignInCode(c, t, w.signin.ID) },
		func(w *world) kyc.SignInCode { return w.signin }),
	"SignInCodeByToken": asks(func(c ctxt, s st, t tid, w *world) (kyc.SignInCode, error) {
		return s.SignInCodeByToken(c, t, w.signin.Token)
	}, func(w *world) kyc.SignInCode { return w.signin }),
	"Session": asks(func(c ctxt, s st, t tid, w *world) (kyc.Session, error) {
		return s.Session(c, t, w.session.Hash, "account")
	}, func(w *world) kyc.Session { return w.session }),
	"BudgetUsed": asks(func(c ctxt, s st, t tid, w *world) (int64, error) {
		return s.BudgetUsed(c, t, w.budget.Key, w.budget.Start)
	}, func(w *world) int64 { return 1 }),
	"Replay": asks(func(c ctxt, s st, t tid, w *world) (kyc.Replay, error) { return s.Replay(c, t, "key-1", w.replay.Key) }, func(w *world) kyc.Replay { return w.replay }),
	"PersonCells": asks(func(c ctxt, s st, t tid, w *world) ([]string, error) {
		return placesOf(s.PersonCells(c, t, w.application.Applicant))
	}, func(*world) []string {
		return []string{"checks.evidence_sealed", "consents.address_sealed", "decisions.note_sealed", "exports.key_sealed", "files.key_sealed", "identifiers.value_sealed", "messages.body_sealed", "proposals.answer_sealed", "proposals.note_sealed",
			"replays.body_sealed", "sessions.place_sealed", "steps.derived_sealed", "steps.draft_sealed", "steps.values_sealed"}
	}),
	"TenantCells": asks(func(c ctxt, s st, t tid, _ *world) ([]string, error) { return placesOf(s.TenantCells(c, t)) },
		func(*world) []string {
			return []string{"audit_keys.private_sealed", "factors.secret_sealed", "market_versions.secrets_sealed", "staff.email_sealed", "staff.names_sealed", "tenant_markets.secrets_sealed"}
		}),
	"IndexedIdentifiers": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Identifier, error) {
		return s.IndexedIdentifiers(c, t, "", 9)
	}, func(w *world) []kyc.Identifier { return []kyc.Identifier{w.identifier} }),
	"WrappedKeys": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.WrappedKey, error) { return s.WrappedKeys(c, t, "", 9) },
		func(w *world) []kyc.WrappedKey {
			return []kyc.WrappedKey{{Applicant: w.applicant.ID, Wrapped: w.applicant.Wrapped}}
		}),
	"Rotations": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Rotation, error) { return s.Rotations(c, t) },
		func(w *world) []kyc.Rotation { return []kyc.Rotation{w.rotation} }),
	"Erasure":      asks(func(c ctxt, s st, t tid, w *world) (kyc.Erasure, error) { return s.Erasure(c, t, w.applicant.ID) }, func(w *world) kyc.Erasure { return w.erasure }),
	"DueErasures":  asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Erasure, error) { return s.DueErasures(c, t, Now) }, func(*world) []kyc.Erasure { return nil }),
	"KeptErasures": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Erasure, error) { return s.KeptErasures(c, t, Now) }, func(*world) []kyc.Erasure { return nil }),
	"Export":       asks(func(c ctxt, s st, t tid, w *world) (kyc.Export, error) { return s.Export(c, t, w.export.ID) }, func(w *world) kyc.Export { return w.export }),
	"PersonExports": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Export, error) {
		return s.PersonExports(c, t, w.applicant.ID)
	},
		func(w *world) []kyc.Export { return []kyc.Export{w.export} }),
	"PastExports": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Export, error) {
		return s.PastExports(c, t, w.export.Expires)
	},
		func(w *world) []kyc.Export { return []kyc.Export{w.export} }),
	"AskedErasures": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Erasure, error) { return s.AskedErasures(c, t, 9) },
		func(w *world) []kyc.Erasure { return []kyc.Erasure{w.erasure} }),
	"Retentions": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Retention, error) { return s.Retentions(c, t) },
		func(w *world) []kyc.Retention { return []kyc.Retention{w.retention} }),
	"EndedPersons": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.ApplicantID, error) {
		return s.EndedPersons(c, t, kyc.Ended{kyc.Expired: Now + 1_000_000_000}, 9)
	}, func(w *world) []kyc.ApplicantID { return nil }), // the world's application is open: see ended persons are listed
	"PersonApplications": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Application, error) {
		return s.PersonApplications(c, t, w.applicant.ID)
	}, func(w *world) []kyc.Application { return []kyc.Application{w.application} }),
	"PersonAccounts": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Account, error) {
		return s.PersonAccounts(c, t, w.applicant.ID)
	},
		func(w *world) []kyc.Account { return []kyc.Account{w.account} }),
	"PersonFiles": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.File, error) { return s.PersonFiles(c, t, w.applicant.ID) },
		func(w *world) []kyc.File { return []kyc.File{w.file} }),
	"BudgetCounts": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.BudgetCount, error) {
		return s.BudgetCounts(c, t, []string{"none", w.budget.Key}, w.budget.Start)
	}, func(w *world) []kyc.BudgetCount {
		return []kyc.BudgetCount{{Key: w.budget.Key, Start: w.budget.Start, Used: 1}}
	}),
	"BudgetSums": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.BudgetCount, error) {
		return s.BudgetSums(c, t, "sms:", w.budget.Start, w.budget.Start+1, 1, 9)
	}, func(w *world) []kyc.BudgetCount {
		return []kyc.BudgetCount{{Key: w.budget.Key, Start: w.budget.Start, Used: 1}}
	}),
	"SendingRules": asks(func(c ctxt, s st, t tid, w *world) (kyc.SendingRules, error) { return s.SendingRules(c, t) }, func(w *world) kyc.SendingRules { return w.rules }),
	"Recovery":     asks(func(c ctxt, s st, t tid, w *world) (kyc.Recovery, error) { return s.Recovery(c, t, w.application.ID) }, func(w *world) kyc.Recovery { return w.recovery }),
	"Recoveries": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Recovery, error) {
		return s.Recoveries(c, t, w.account.ID, Now, 9)
	},
		func(w *world) []kyc.Recovery { return []kyc.Recovery{w.recovery} }),
	"Proposals": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Proposal, error) { return s.Proposals(c, t, w.kase.ID) },
		func(w *world) []kyc.Proposal { return []kyc.Proposal{w.proposal} }),
	"ProposalsOfApplication": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.Proposal, error) {
		return s.ProposalsOfApplication(c, t, w.application.ID)
	}, func(w *world) []kyc.Proposal { return []kyc.Proposal{w.proposal} }),
	"AuditLines": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AuditLine, error) {
		return s.AuditLines(c, t, kyc.AuditFilter{ObjectKind: "case", ObjectID: "c1"}, "", 9)
	}, func(w *world) []kyc.AuditLine { return []kyc.AuditLine{w.line} }),
	"AuditLog":  asks(func(c ctxt, s st, t tid, w *world) (kyc.AuditLog, error) { return s.AuditLog(c, t) }, func(w *world) kyc.AuditLog { return w.seal.Head }),
	"AuditKeys": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AuditKey, error) { return s.AuditKeys(c, t) }, func(w *world) []kyc.AuditKey { return []kyc.AuditKey{w.log.First} }),
	"AuditTiles": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AuditTile, error) {
		return s.AuditTiles(c, t, []kyc.AuditTile{{Level: 1, N: 2}, {Level: 5, N: 5}})
	}, func(w *world) []kyc.AuditTile { return w.seal.Tiles }),
	"AuditCheckpoints": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AuditCheckpoint, error) {
		return s.AuditCheckpoints(c, t, 0, 9)
	}, func(w *world) []kyc.AuditCheckpoint {
		return []kyc.AuditCheckpoint{{Tenant: w.tenant.ID, Size: w.seal.Head.Size, At: w.seal.Head.Kept, Note: w.seal.Head.Checkpoint}}
	}),
	"SealedLines": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AuditLine, error) { return s.SealedLines(c, t, 0, 9) },
		func(w *world) []kyc.AuditLine { return []kyc.AuditLine{w.line} }),
	"UnsealedLines": asks(func(c ctxt, s st, t tid, w *world) ([]kyc.AuditLine, error) {
		lines, err := s.UnsealedLines(c, t, 9)
		for i := range lines {
			lines[i].Seq = -1 // has none, unlike all others of the world
		}
		return lines, err
	}, func(w *world) []kyc.AuditLine { return []kyc.AuditLine{w.unsealed} }),
}

// notReads has the methods that do not read as a tenant, and why they need not.
var notReads = map[string]string{
	"Commit":                 "writes",
	"Migrate":                "writes no row of a tenant",
	"Close":                  "reads nothing",
	"Ping":                   "reads nothing",
	"Ready":                  "reads the version of the tables",
	"OnCommit":               "reads nothing",
	"WorkDirectly":           "reads nothing",
	"SettleJobs":             "for the job queue",
	"OnRecord":               "reads nothing",
	"UnsealedTenants":        "for the sealer: ids only",
	"ClearStaff":             "for who seals them: of all tenants",
	"Databases":              "for the job queue",
	"ReviveJobs":             "for the job queue",
	"TakenJobs":              "for the job queue",
	"Beat":                   "for the job queue: nodes belong to no tenant",
	"ForgetNode":             "for the job queue",
	"Durable":                "reads nothing",
	"Pinned":                 "for the operator",
	"PinnedBy":               "for the operator",
	"RecentApplications":     "for the operator: ids only",
	"BoundVersions":          "for the operator: counts only",
	"NodeReports":            "for the operator: nodes belong to no tenant",
	"NodeLines":              "for the operator: nodes belong to no tenant",
	"ForgetReports":          "for the operator: nodes belong to no tenant",
	"SaveNodeReport":         "for the operator: nodes belong to no tenant",
	"SaveNodeLines":          "for the operator: nodes belong to no tenant",
	"InstallationKey":        "of all tenants",
	"InstallationKeys":       "of all tenants",
	"ReplaceInstallationKey": "of all tenants",
	"SealedBy":               "for the operator: names of columns",
	"Sweep":                  "deletes what has expired, of all tenants",
	"Walls":                  "tells how tenants are kept apart",
	"Schema":                 "how far the database is migrated",
	"Tenants":                "for the operator",
	"APIKeyByHash":           "tells the tenant",
	"ExpiredApplications":    "for the sweeper: ids only",
	"UnverifiedApplications": "for the sweeper: ids only",
	"UnremindedApplications": "for the sweeper: ids only",
}

// everyReadIsKnown keeps a new method from being forgotten by the next tests.
func everyReadIsKnown(t *testing.T, _ *store.Store) {
	methods := reflect.TypeFor[*store.Store]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		_, is := reads[name]
		_, not := notReads[name]
		if is == not {
			t.Errorf("Store.%s must be in exactly one of reads and notReads", name)
		}
	}
}

func whatIsWrittenIsRead(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	for name, read := range reads {
		got, err := read.ask(t.Context(), s, "demo", w)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(read.want(w), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		noHoles(t, name, reflect.ValueOf(got))
	}
	key, err := s.APIKeyByHash(t.Context(), w.apiKey.Hash)
	if diff := cmp.Diff(w.apiKey, key); err != nil || diff != "" {
		t.Errorf("APIKeyByHash: %v\n%s", err, diff)
	}
	if _, err := s.APIKeyByHash(t.Context(), Hash("none")); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("APIKeyByHash of nothing: %v", err)
	}
}

// others are the fields that only other reads of the type have: a letter is to
// staff and about no application, every other message the other way round.
var others = map[string][]string{
	"Letters":            {"Application", "Applicant", "Challenge", "Messenger", "Reference", "Failure", "Attempts"},
	"Messages":           {"Staff"},
	"Message":            {"Staff"},
	"MessageByReference": {"Staff"},
}

// noHoles sees to it that the world leaves no field empty: an empty field
// would look the same if its column were lost.
func noHoles(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	if v.Kind() == reflect.Slice && v.Len() > 0 {
		v = v.Index(0)
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		if field := v.Type().Field(i).Name; v.Field(i).IsZero() != slices.Contains(others[name], field) {
			t.Errorf("%s: the world leaves %s empty, or does not", name, field)
		}
	}
}

func otherTenantsSeeNothing(t *testing.T, s *store.Store) {
	w := newWorld("demo")
	Commit(t, s, "demo", w.make()...)
	SeedTenant(t, s, "other")
	own := []string{"Tenant", "TenantKeys", "WrappedKeys", "UnderWay"} // of which the other has its own
	for _, tenant := range []kyc.TenantID{"other", "nobody", "", "demo\x00", "\xff"} {
		for name, read := range reads {
			if tenant == "other" && slices.Contains(own, name) {
				continue
			}
			got, err := read.ask(t.Context(), s, tenant, w)
			if err != nil && kyc.CodeOf(err) != kyc.NotFound {
				t.Errorf("%s as %q: %v", name, tenant, err)
			}
			if v := reflect.ValueOf(got); !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
				t.Errorf("%s as %q sees %+v", name, tenant, got)
			}
			single := reflect.TypeOf(got).Kind() == reflect.Struct
			if single && err == nil {
				t.Errorf("%s as %q: no error", name, tenant)
			}
		}
	}
}

func badTextFindsNothing(t *testing.T, s *store.Store) {
	Seed(t, s)
	for _, id := range []string{"", "\x00", "\xff\xfe", strings.Repeat("x", 1_000_000), "'; DROP TABLE tenants; --"} {
		if _, err := s.Application(t.Context(), "demo", kyc.ApplicationID(id)); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("%d bytes %.20q: %v", len(id), id, err)
		}
	}
}

// placesOf are the places of sealed values, each once.
func placesOf(cells []kyc.SealedCell, err error) ([]string, error) {
	var places []string
	for _, c := range cells {
		places = append(places, c.Place)
	}
	slices.Sort(places)
	return slices.Compact(places), err
}
