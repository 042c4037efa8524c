package storetest

import (
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// world is one record of every kind, all belonging together, with no field
// left empty that a column could lose.
type world struct {
	tenant      kyc.Tenant
	keys        kyc.TenantKeys
	market      kyc.TenantMarket
	rules       kyc.SendingRules
	legal       kyc.LegalDocument
	apiKey      kyc.APIKey
	signer      kyc.AssertionKey
	staff       kyc.Staff
	applicant   kyc.CreateApplicant
	application kyc.Application
	step        kyc.StepRecord
	holder      kyc.Holder
	consent     kyc.Consent
	account     kyc.Account
	balance     kyc.Balance
	credential  kyc.Credential
	session     kyc.Session
	signin      kyc.SignInCode
	factor      kyc.Factor
	link        kyc.StaffLink
	ceremony    kyc.Ceremony
	identifier  kyc.Identifier
	challenge   kyc.Challenge
	message     kyc.Message
	letter      kyc.Message
	file        kyc.File
	check       kyc.Check
	kase        kyc.Case
	decision    kyc.Decision
	budget      kyc.TakeBudget
	once        kyc.UseOnce
	replay      kyc.Replay
	line        kyc.AuditLine
	erasure     kyc.Erasure
	export      kyc.Export
	retention   kyc.Retention
	unsealed    kyc.AuditLine // Seq -1: has none
	log         kyc.BeginLog
	seal        kyc.SealLines
	rotation    kyc.Rotation
	recovery    kyc.Recovery
	proposal    kyc.Proposal
	role        kyc.Role
	rollout     kyc.Rollout
	offer       kyc.MarketVersion
}

func newWorld(id kyc.TenantID) *world {
	w, name, later := &world{}, string(id), Now+3_600_000
	reasons := kyc.ReasonList{{Code: "image.blur", Disposition: kyc.Retry, Audience: kyc.Public}}
	applicant, application := kyc.ApplicantID(ID()), kyc.ApplicationID(ID())
	w.tenant = kyc.Tenant{ID: id, Name: "Näme 名 اسم", Accent: "#336699", Support: "help@" + name + ".example",
		Locales: kyc.LocaleList{"zh-Hans", "en", "ar"}, TestMode: true, Created: Now, TellAfterProof: true, StaffIdle: 20, TwoFrom: kyc.MediumRisk}
	w.keys = kyc.TenantKeys{Tenant: id, Seal: []byte{0, 1, 2}, Index: []byte{3, 4}, Tree: true, Created: Now, LookupFirst: []byte{5}, LookupSecond: []byte{6, 7}, Newest: 2}
	w.market = kyc.TenantMarket{Tenant: id, Market: "mainland", Enabled: true, Number: 1, Config: []byte(`{"a":1}`), Secrets: []byte("sealed"), Pinned: "1.2.3"}
	w.rules = kyc.SendingRules{Tenant: id, Rules: []byte(`{"currency":"EUR"}`), Updated: Now}
	w.legal = kyc.LegalDocument{Tenant: id, Name: "terms", Version: "2026-01", Locale: "en",
		Title: "Terms", Text: "One.\n\nTwo.", From: Now - 1000}
	w.apiKey = kyc.APIKey{Tenant: id, ID: kyc.KeyID(ID()), Kind: "secret", Hash: Hash("key of " + name),
		TestMode: true, Created: Now, Revoked: later}
	w.signer = kyc.AssertionKey{Tenant: id, KeyID: "k1", Issuer: "market.example", Public: Hash("public"), Revoked: Now + 4}
	w.people(id, later)
	w.applicant = kyc.CreateApplicant{Tenant: id, ID: applicant, Wrapped: []byte{9, 8, 7}, At: Now}
	w.application = kyc.Application{Tenant: id, ID: application, Applicant: applicant, Market: "mainland",
		Provider: "1.2.3", Locale: "zh-Hans", State: kyc.Open, Version: 1, Tier: "basic", Subject: "ref-1",
		Requested: kyc.StepList{"extra"}, Way: "email", TestMode: true, Created: Now, Updated: Now, SubmittedAt: later, Expires: later,
		Reminded: Now, Successor: "an older one", Offer: 3}
	w.step = kyc.StepRecord{Tenant: id, Application: application, Step: "profile", State: kyc.StepAgain, Declined: true,
		Values: []byte{1}, Derived: []byte{2}, Draft: []byte{3}, Problems: kyc.ProblemList{kyc.P("name", "field.required")},
		Reasons: reasons, Attempts: 2, Provider: "1.2.3", Updated: Now}
	w.holder = kyc.Holder{Tenant: id, Hash: Hash("holder of " + name), Application: application, Expires: later}
	w.consent = kyc.Consent{Tenant: id, Application: application, Document: "terms", Version: "2026-01",
		Locale: "en", At: Now, Address: []byte{5}}
	w.account = kyc.Account{Tenant: id, ID: kyc.AccountID(ID()), Applicant: applicant, Application: application,
		Market: "mainland", Tier: "basic", State: "active", Locale: "ar", Created: Now}
	w.balance = kyc.Balance{Tenant: id, Account: w.account.ID, Currency: "CNY", Minor: -12}
	w.credential = kyc.Credential{Tenant: id, Applicant: applicant, Kind: kyc.SecurityQuestion, Slot: 2,
		Hash: "$argon2id$", Question: "question.pet", Updated: Now}
	w.session = kyc.Session{Tenant: id, Hash: Hash("session of " + name), Kind: "account",
		Subject: string(w.account.ID), Created: Now, Seen: Now, Expires: later,
		ID: ID(), Agent: "Firefox", Idle: 60_000, Proved: Now, Fresh: Now, Methods: "code password", Place: []byte{7, 7}, Device: []byte{8, 9}}
	w.signin = kyc.SignInCode{Tenant: id, ID: ID(), Token: Hash("asked at " + name), Channel: kyc.Phone, Name: Hash("name"), Locale: "en",
		Account: w.account.ID, Hash: Hash("code"), Tries: 2, Created: Now, Expires: later}
	w.role = kyc.Role{Tenant: id, ID: kyc.OwnRole + "night", Version: 1, Name: "Night shift", State: kyc.RoleActive, By: w.staff.ID, At: Now}
	w.role.Rules = []kyc.RoleRule{{Tenant: id, Role: w.role.ID, Version: 1, Permission: "case.read", Markets: kyc.TextList{"mainland"},
		Classes: kyc.TextList{kyc.AnyValue}, Risks: kyc.TextList{"low", "medium"}}}
	w.providers(id)
	w.contacts(id, later)
	w.evidence(id, reasons, later)
	w.budget = kyc.TakeBudget{Tenant: id, Key: "sms:day", Start: Now, Window: time.Hour, Limit: 5}
	w.once = kyc.UseOnce{Tenant: id, Hash: Hash("once"), Expires: later}
	w.replay = kyc.Replay{Tenant: id, Scope: "key-1", Key: Hash("idempotency"), Request: Hash("request"),
		Status: 201, Sealed: []byte{6}, Expires: later, Application: application}
	w.erasure = kyc.Erasure{Tenant: id, Applicant: applicant, State: kyc.ErasureAsked, Reason: "requested", ActorKind: "applicant",
		ActorID: string(applicant), Asked: Now, Erased: later, Destroyed: later + 1, Due: later, Until: later,
		ErasureProposal: kyc.ErasureProposal{By: w.staff.ID, Why: "mistake", Force: true, Of: "digest", Staged: Now}}
	w.retention = kyc.Retention{Tenant: id, State: kyc.Expired, Days: 7}
	w.export = kyc.Export{Tenant: id, ID: ID(), Applicant: applicant, Application: w.application.ID, Account: w.account.ID, State: kyc.ExportReady, Done: 2, Total: 2,
		Size: 7, Original: "o", Key: []byte{7}, Asked: Now, Ready: Now, Expires: later}
	w.rotation = kyc.Rotation{Tenant: id, Level: "tenant", Cursor: string(applicant), Done: 3, Started: Now, Ended: Now, Retired: later}
	w.line = kyc.AuditLine{Tenant: id, ID: kyc.AuditID(ID()), At: Now, Actor: kyc.Actor{Kind: "staff", ID: "s1"},
		Action: "case.claimed", ObjectKind: "case", ObjectID: "c1", Detail: map[string]string{"code": "x"}, Seq: 1}
	w.unsealed = w.line
	w.unsealed.ID, w.unsealed.ObjectID, w.unsealed.Seq = kyc.AuditID(ID()), "c2", -1
	w.record(id)
	w.recovery = kyc.Recovery{Tenant: id, Application: application, Account: w.account.ID, Number: "agrees", Found: Now,
		Opens: later, Stopped: later}
	return w
}

// people makes a member of staff with what they sign in with.
func (w *world) people(id kyc.TenantID, later kyc.Millis) {
	w.staff = kyc.Staff{Tenant: id, ID: kyc.StaffID(ID()), Login: "officer", Name: "Officer", Role: "reviewer",
		Hash: "$argon2id$", Locale: "en", Names: []byte{6, 6}, Email: []byte{6, 5}, State: "active", Created: Now}
	w.factor = kyc.Factor{Tenant: id, ID: ID(), Of: "staff", Subject: string(w.staff.ID), Kind: kyc.FactorPasskey,
		Lookup: Hash("credential of " + string(id)), Sealed: []byte{1, 4}, Counter: 7, Created: Now, Used: later}
	w.link = kyc.StaffLink{Tenant: id, Hash: Hash("link of " + string(id)), Staff: w.staff.ID, Purpose: "invite", Created: Now, Expires: later}
	w.ceremony = kyc.Ceremony{Tenant: id, Hash: Hash("challenge of " + string(id)), Of: "staff", Subject: string(w.staff.ID), Purpose: "second", Expires: later}
}

// providers makes what was decided about the versions of providers.
func (w *world) providers(id kyc.TenantID) {
	w.rollout = kyc.Rollout{Tenant: id, Provider: "mainland", Number: 1, Version: "1.2.3", Canary: "1.3.0", Share: 5, Warm: kyc.ShippedVersion,
		Off: true, Action: "disabled", Why: "because", ByKind: "staff", ByID: "s1", At: Now}
	w.offer = kyc.MarketVersion{TenantMarket: w.market, Back: 7, ByKind: "staff", ByID: "s1", At: Now}
}

// record makes the log that the line is sealed into.
func (w *world) record(id kyc.TenantID) {
	w.log = kyc.BeginLog{AuditLog: kyc.AuditLog{Tenant: id, Origin: "log/" + string(id), Key: "k0000001"},
		First: kyc.AuditKey{Tenant: id, ID: "k0000001", Verifier: "log+k0000001+AAAA", Sealed: []byte{3, 3}, Created: Now, Retired: Now}}
	head := w.log.AuditLog
	head.Size, head.Checkpoint, head.Kept = 1, "a signed note", Now
	w.seal = kyc.SealLines{Tenant: id, Head: head, Lines: []kyc.AuditID{w.line.ID}, Keep: true,
		Tiles: []kyc.AuditTile{{Tenant: id, Level: 1, N: 2, Hashes: Hash("tile")}}}
}

// contacts makes an identifier, which is a login name, its challenge and message.
func (w *world) contacts(id kyc.TenantID, later kyc.Millis) {
	app := w.application
	w.identifier = kyc.Identifier{Tenant: id, ID: kyc.IdentifierID(ID()), Applicant: app.Applicant, Application: app.ID,
		Account: w.account.ID, Step: "contact", Kind: "phone", Index: kyc.JoinSlots(Hash("+8613800138000"), Hash("the same")), Sealed: []byte{1, 1},
		State: kyc.Bound, Login: true, Updated: Now}
	w.challenge = kyc.Challenge{Tenant: id, ID: kyc.ChallengeID(ID()), Application: app.ID, Applicant: app.Applicant,
		Identifier: w.identifier.ID, Step: "contact", Purpose: "prove", Channel: kyc.Phone, CodeHash: Hash("123456"),
		LinkHash: Hash("link of " + string(id)), State: kyc.ChallengePending, Tries: 1, Sends: 1,
		Created: Now, ResendAt: later, Expires: later}
	w.message = kyc.Message{Tenant: id, ID: kyc.MessageID(ID()), Application: app.ID, Applicant: app.Applicant,
		Challenge: w.challenge.ID, Channel: kyc.Phone, Template: "code", Locale: "en", Sealed: []byte{2, 2},
		State: kyc.MessageSent, Messenger: "sandbox", Reference: "r", Failure: "f", Attempts: 1, Created: Now, Updated: Now}
	w.letter = kyc.Message{Tenant: id, ID: kyc.MessageID(ID()), Staff: w.staff.ID, Channel: kyc.Email, Template: "staff_invited", Locale: "en",
		Sealed: []byte{}, State: kyc.MessageQueued, Created: Now, Updated: Now}
}

// evidence makes a file, a check, a case and a decision.
func (w *world) evidence(id kyc.TenantID, reasons kyc.ReasonList, later kyc.Millis) {
	app := w.application
	w.file = kyc.File{Tenant: id, ID: kyc.FileID(ID()), Application: app.ID, Applicant: app.Applicant,
		Requirement: "passport", Side: "data_page", State: kyc.FileCurrent, MediaType: "image/jpeg", Size: 10,
		Width: 20, Height: 30, Digest: Hash("file"), Original: "o", Rendition: "r", Key: []byte{4}, Created: Now}
	w.check = kyc.Check{Tenant: id, ID: kyc.CheckID(ID()), Application: app.ID, Name: "age", CheckVersion: "1",
		Inputs: Hash("inputs"), Result: kyc.Refer, Reasons: reasons, Evidence: []byte{5}, Source: "automatic",
		Duration: 7, At: Now}
	w.kase = kyc.Case{Tenant: id, ID: kyc.CaseID(ID()), Application: app.ID, Applicant: app.Applicant,
		Market: "mainland", Locale: "ar", State: kyc.CaseClaimed, Version: 1, ClaimedBy: w.staff.ID, ClaimUntil: later,
		Risk: "low", Whys: kyc.RiskList{{Code: "finding", Level: "medium", About: "data.incomplete"}}, ProposedBy: w.staff.ID,
		Opened: Now, Due: later, Decided: later, Outcome: kyc.AskAgain}
	w.proposal = kyc.Proposal{Tenant: id, ID: ID(), Case: w.kase.ID, Application: app.ID, Staff: w.staff.ID, Outcome: kyc.Reject, Reasons: reasons,
		Note: []byte{8, 1}, Evidence: Hash("evidence"), Risk: "high", State: kyc.ProposalWaits, At: Now, EndedBy: w.staff.ID, Answer: []byte{8, 2}, Ended: later}
	w.decision = kyc.Decision{Tenant: id, ID: kyc.DecisionID(ID()), Case: w.kase.ID, Application: app.ID,
		Staff: w.staff.ID, Outcome: kyc.AskAgain, Reasons: reasons, Note: []byte{8}, Evidence: Hash("evidence"), At: Now}
}

// make is the change that writes the world.
func (w *world) make() kyc.Change {
	return kyc.Change{
		kyc.SaveTenant{Tenant: w.tenant}, kyc.SaveTenantKeys{TenantKeys: w.keys}, kyc.SaveTenantMarket{TenantMarket: w.market}, kyc.SaveSendingRules{SendingRules: w.rules},
		kyc.SaveLegal{LegalDocument: w.legal}, kyc.SaveAPIKey{APIKey: w.apiKey}, kyc.SaveAssertionKey{AssertionKey: w.signer},
		kyc.SaveStaff{Staff: w.staff}, w.applicant, kyc.CreateApplication{Application: w.application},
		kyc.SaveStep{StepRecord: w.step}, kyc.SaveHolder{Holder: w.holder}, kyc.SaveConsent{Consent: w.consent},
		kyc.SaveIdentifier{Identifier: w.identifier}, // refers to the account, which comes later
		kyc.SaveChallenge{Challenge: w.challenge, Expect: -1}, kyc.SaveMessage{Message: w.message}, kyc.SaveMessage{Message: w.letter},
		kyc.SaveFile{File: w.file}, kyc.SaveCheck{Check: w.check}, kyc.SaveCase{Case: w.kase},
		kyc.SaveDecision{Decision: w.decision}, kyc.CreateAccount{Account: w.account}, kyc.SaveBalance{Balance: w.balance},
		kyc.SaveCredential{Credential: w.credential}, kyc.SaveSession{Session: w.session}, kyc.SaveSignInCode{SignInCode: w.signin}, kyc.SaveFactor{Factor: w.factor},
		kyc.SaveStaffLink{StaffLink: w.link}, kyc.SaveCeremony{Ceremony: w.ceremony}, w.budget, w.once,
		kyc.SaveReplay{Replay: w.replay}, kyc.AppendAudit{AuditLine: w.line}, kyc.SaveErasure{Erasure: w.erasure}, kyc.SaveExport{Export: w.export}, kyc.SaveRetention{Retention: w.retention}, kyc.SaveRotation{Rotation: w.rotation},
		kyc.AppendAudit{AuditLine: w.unsealed}, w.log, w.seal,
		kyc.SaveRecovery{Recovery: w.recovery}, kyc.SaveProposal{Proposal: w.proposal},
		kyc.SaveRole{Role: w.role}, kyc.SaveRollout{Rollout: w.rollout}, kyc.SaveMarketVersion{MarketVersion: w.offer},
		kyc.Enqueue{Job: kyc.Job{Tenant: w.tenant.ID, Kind: kyc.JobSend, Ref: string(w.message.ID)}},
	}
}

// change is the rest of the writes there are: those that change the world.
func (w *world) change() kyc.Change {
	id, app := w.tenant.ID, w.application.ID
	return kyc.Change{
		kyc.SetStaff{Tenant: w.tenant.ID, ID: w.staff.ID, State: "disabled"},
		kyc.SealStaff{Tenant: id, ID: w.staff.ID, Was: "nobody", Login: "x", Names: []byte{9}},
		kyc.Appoint{Tenant: id, ID: w.staff.ID, Was: "reviewer", WasState: "disabled", Role: w.role.ID, State: "active"},
		kyc.SetAccountState{Tenant: id, ID: w.account.ID, From: w.account.State, To: w.account.State},
		kyc.UpdateApplication{Application: w.application, Expect: 1},
		kyc.CheckApplication{Tenant: id, ID: app, Version: 2},
		kyc.MoveHolder{Tenant: id, Hash: w.holder.Hash, From: app, To: app},
		kyc.SetIdentifiers{Tenant: id, Application: app, From: []kyc.IdentifierState{kyc.Bound}, To: kyc.Released, At: Now},
		kyc.KillChallenges{Tenant: id, Application: app, Step: "contact"},
		kyc.RefuseFiles{Tenant: id, Application: app, Requirement: "passport"},
		kyc.UpdateCase{Case: w.kase, Expect: 1}, kyc.EndProposal{Tenant: id, Case: w.kase.ID, State: kyc.ProposalVoid, At: Now},
		kyc.ReplaceTenantKeys{TenantKeys: w.keys, Was: w.keys},
		kyc.MoveErasure{Erasure: w.erasure, From: kyc.ErasureAsked, Before: Now}, kyc.UpdateExport{Export: w.export, Expect: kyc.ExportReady},
		kyc.AskErasure{Erasure: w.erasure}, kyc.RefuseErasure{Tenant: id, Applicant: w.applicant.ID, Reason: "retention", By: kyc.Actor{Kind: "staff", ID: "s"}},
		kyc.Reindex{Tenant: id, ID: w.identifier.ID, Was: w.identifier.Index, Index: Hash("anew")},
		kyc.ReplaceSealed{Tenant: id, Cell: kyc.SealedCell{Place: "messages.body_sealed", Row: string(w.application.ID), Sealed: w.message.Sealed}, Sealed: []byte{9}},
		kyc.ReplaceApplicantKey{Tenant: id, ID: w.applicant.ID, Was: w.applicant.Wrapped, Wrapped: []byte{1}},
		kyc.ErasePerson{Tenant: id, Applicant: w.applicant.ID, At: Now}, kyc.DropFiles{Tenant: id, Applicant: w.applicant.ID},
		kyc.TouchSession{Tenant: id, Hash: w.session.Hash, Seen: Now},
		kyc.FreshenSession{Tenant: id, Hash: w.session.Hash, Proved: Now, Fresh: Now},
		kyc.DropSession{Tenant: id, Hash: w.session.Hash},
		kyc.SaveSignInCode{SignInCode: kyc.SignInCode{Tenant: id, ID: "asked", Token: Hash("t"), Channel: kyc.Email, Name: Hash("n"), Locale: "en", Hash: []byte{}}},
		kyc.FillSignInCode{Tenant: id, ID: "asked", Account: w.account.ID, Hash: Hash("c")},
		kyc.TrySignInCode{Tenant: id, ID: "asked", Tries: 0},
		kyc.UseSignInCode{Tenant: id, ID: "asked"},
		kyc.AdjustBudget{Tenant: id, Key: w.budget.Key, Start: w.budget.Start, Amount: 1},
		kyc.EndHolders{Tenant: id, Application: app},
		kyc.DropSessions{Tenant: id, Kinds: []string{"account"}, Subject: w.session.Subject},
		kyc.UseFactor{Tenant: id, ID: w.factor.ID, Was: 7, Counter: 8, At: Now},
		kyc.DropFactor{Tenant: id, ID: w.factor.ID},
		kyc.DropFactors{Tenant: id, Of: "staff", Subject: string(w.staff.ID)},
		kyc.UseCeremony{Tenant: id, Hash: w.ceremony.Hash, Of: "staff", Subject: string(w.staff.ID), Purpose: "second", At: Now},
		kyc.UseStaffLink{Tenant: id, Hash: w.link.Hash},
		kyc.DropStaffLinks{Tenant: id, Staff: w.staff.ID, Purpose: "invite"},
	}
}

// whole is the application with its rows.
func (w *world) whole() kyc.Whole {
	return kyc.Whole{Application: w.application, Steps: []kyc.StepRecord{w.step}, Identifiers: []kyc.Identifier{w.identifier}, Messages: []kyc.Message{w.message}}
}
