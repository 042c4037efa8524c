package kyc

import "time"

// Change is everything that one decision writes. The store applies it in one
// transaction, in order, or not at all: state, sealed data, audit lines and
// jobs together. Being plain data, a change can be built without a database
// and applied again after a lock conflict.
//
// Writes that carry a condition (a version, a limit, single use) fail the
// whole change with the error named at the type.
type Change []Write

// Write is one of the types of this file.
type Write interface{ write() }

type (
	// CreateApplicant makes an applicant with a data key wrapped by the tenant's.
	CreateApplicant struct {
		Tenant  TenantID
		ID      ApplicantID
		Wrapped []byte
		At      Millis
	}
	// CreateApplication inserts.
	CreateApplication struct{ Application }
	// UpdateApplication replaces the row whose version is Expect, with version
	// Expect+1, else Conflict ("error.version_stale"). Conflict
	// ("error.subject_taken") when another application of the market, of the same
	// mode, has the same subject and was not rejected, withdrawn or expired.
	UpdateApplication struct {
		Application
		Expect int64
		Was    *Application // the row at version Expect where it is known: what is the same is not written again
	}
	// SaveStep inserts or replaces.
	SaveStep struct{ StepRecord }
	// SaveHolder inserts.
	SaveHolder struct{ Holder }
	// CheckApplication changes nothing. Conflict ("error.version_stale") when the
	// application is not at Version.
	CheckApplication struct {
		Tenant  TenantID
		ID      ApplicationID
		Version int64
	}
	// MoveHolder lets the holder of application From with this token hash hold To
	// instead.
	MoveHolder struct {
		Tenant   TenantID
		Hash     []byte
		From, To ApplicationID
	}
	// SaveConsent inserts; agreeing twice to the same version is no error.
	SaveConsent struct{ Consent }
	// SaveIdentifier inserts or replaces. Conflict ("error.identifier_taken")
	// when it is reserved or bound and another one of the tenant has the same
	// kind and index in one of these states (login names only).
	SaveIdentifier struct{ Identifier }
	// SetIdentifiers moves all identifiers of an application that are in one of
	// From to state To; same Conflict. Account is set when not empty.
	SetIdentifiers struct {
		Tenant      TenantID
		Application ApplicationID
		From        []IdentifierState
		To          IdentifierState
		Account     AccountID
		At          Millis
	}
	// SaveChallenge inserts, or replaces the row when it is still pending with
	// Expect tries (else Conflict "error.challenge_race"). Expect -1 inserts.
	SaveChallenge struct {
		Challenge
		Expect int
	}
	// KillChallenges makes the pending challenges of a step dead.
	KillChallenges struct {
		Tenant      TenantID
		Application ApplicationID
		Step        StepID
	}
	// SaveMessage inserts or replaces.
	SaveMessage struct{ Message }
	// SaveFile inserts; an earlier current file of the same requirement and
	// side becomes replaced.
	SaveFile struct{ File }
	// RefuseFiles makes the current files of a requirement refused.
	RefuseFiles struct {
		Tenant      TenantID
		Application ApplicationID
		Requirement string
	}
	// SaveCheck inserts; the same name and inputs once only (a repeat is no error).
	SaveCheck struct{ Check }
	// SaveCase inserts.
	SaveCase struct{ Case }
	// UpdateCase replaces the row whose version is Expect, with version Expect+1,
	// else Conflict ("error.case_changed").
	UpdateCase struct {
		Case
		Expect int64
	}
	// SaveDecision inserts.
	SaveDecision struct{ Decision }
	// CreateAccount inserts; an application has at most one account
	// (Conflict "error.account_exists").
	CreateAccount struct{ Account }
	// SetAccountState moves an account from one state to another, or with the same
	// twice holds it where it is until the change is done; Forbidden
	// ("error.account_frozen") when it is in another.
	SetAccountState struct {
		Tenant   TenantID
		ID       AccountID
		From, To string
	}
	// SaveBalance inserts.
	SaveBalance struct{ Balance }
	// SaveCredential inserts or replaces.
	SaveCredential struct{ Credential }
	// SaveSession inserts; DropSession deletes. TouchSession notes when a session
	// was last used; one that has ended meanwhile stays ended.
	SaveSession  struct{ Session }
	TouchSession struct {
		Tenant TenantID
		Hash   []byte
		Seen   Millis
	}
	DropSession struct {
		Tenant TenantID
		Hash   []byte
	}
	// EndHolders deletes every token that holds an application.
	EndHolders struct {
		Tenant      TenantID
		Application ApplicationID
	}
	// SaveProposal inserts; Conflict ("error.proposal_waits") while another waits
	// for the same case. EndProposal ends the one that waits; Conflict
	// ("error.proposal_none") when none does.
	SaveProposal struct{ Proposal }
	EndProposal  struct {
		Tenant TenantID
		Case   CaseID
		State  ProposalState
		By     StaffID
		Answer []byte
		At     Millis
	}
	// SaveRecovery inserts or replaces.
	SaveRecovery struct{ Recovery }
	// FreshenSession notes that a session's proof of who it is was relied on at
	// Fresh and, unless 0, given anew at Proved. Methods replaces what was shown
	// unless it is "".
	FreshenSession struct {
		Tenant  TenantID
		Hash    []byte
		Proved  Millis
		Fresh   Millis
		Methods string
	}
	// SaveSignInCode inserts. FillSignInCode gives one its code when it is sent;
	// Conflict ("error.code_used") when it has one. TrySignInCode counts a wrong try
	// when there have been Tries before, UseSignInCode deletes one that nobody has
	// used; both Conflict ("error.code_used") else.
	SaveSignInCode struct{ SignInCode }
	FillSignInCode struct {
		Tenant  TenantID
		ID      string
		Account AccountID
		Hash    []byte
	}
	TrySignInCode struct {
		Tenant TenantID
		ID     string
		Tries  int
	}
	UseSignInCode struct {
		Tenant TenantID
		ID     string
	}
	// DropSessions ends sessions of a subject: the one with ID or, without one, all
	// but the one whose token has the hash Except.
	DropSessions struct {
		Tenant  TenantID
		Kinds   []string
		Subject string
		ID      string
		Except  []byte
	}
	// SaveFactor inserts; Conflict ("error.factor_taken") when another factor of
	// the tenant has the same kind and lookup.
	SaveFactor struct{ Factor }
	// UseFactor moves the counter of a factor from Was to Counter; Conflict
	// ("error.code_used") when it is not at Was or the factor is gone. Sealed
	// replaces what is sealed unless it is nil.
	UseFactor struct {
		Tenant  TenantID
		ID      string
		Was     int64
		Counter int64
		Sealed  []byte
		At      Millis
	}
	// DropFactor deletes one; Conflict ("error.code_used") when it is gone already.
	// With Keep it is Conflict ("error.last_factor") to delete the subject's last one
	// of the kinds totp and passkey.
	DropFactor struct {
		Tenant TenantID
		ID     string
		Keep   bool
	}
	// DropFactors deletes all factors of a subject, of one kind unless it is "".
	DropFactors struct {
		Tenant  TenantID
		Of      string
		Subject string
		Kind    string
	}
	// SaveCeremony inserts. UseCeremony deletes one that asked the subject for the
	// purpose and has not expired At; Gone ("error.passkey_late") when there is none.
	SaveCeremony struct{ Ceremony }
	UseCeremony  struct {
		Tenant  TenantID
		Hash    []byte
		Of      string
		Subject string
		Purpose string
		At      Millis
	}
	// SaveStaffLink inserts. DropStaffLinks deletes a member's links for a purpose.
	// UseStaffLink deletes one; Gone ("error.link_gone") when it is not there.
	SaveStaffLink  struct{ StaffLink }
	DropStaffLinks struct {
		Tenant  TenantID
		Staff   StaffID
		Purpose string
	}
	UseStaffLink struct {
		Tenant TenantID
		Hash   []byte
	}
	// UseOnce records a single-use token (human test, assertion id); Gone
	// ("error.replayed") when it has been used before.
	UseOnce struct {
		Tenant  TenantID
		Hash    []byte
		Expires Millis
	}
	// TakeBudget counts a use of Key in the window that starts at Start; Limited
	// ("error.budget", or Refusal) with RetryAfter the end of the window when more
	// than Limit would be counted. Key holds blind indexes, never personal data.
	TakeBudget struct {
		Tenant  TenantID
		Key     string
		Start   Millis
		Window  time.Duration
		Limit   int64
		Amount  int64         // that is used; 0: one
		Keep    time.Duration // how long after its window the count is kept
		Refusal string        // message key instead of "error.budget"
	}
	// AdjustBudget adds to what was counted, or takes from it when Amount is below
	// 0, without asking for a limit: what was taken in advance cost another sum. A
	// window that is over is left alone.
	AdjustBudget struct {
		Tenant TenantID
		Key    string
		Start  Millis
		Amount int64
	}
	// SaveReplay keeps an answer for an idempotency key; Conflict
	// ("error.idempotency_race") when there is one that has not expired by Now.
	SaveReplay struct {
		Replay
		Now Millis
	}
	// AppendAudit appends to the tenant's record.
	AppendAudit struct{ AuditLine }
	// Enqueue adds a job that runs once the transaction has committed.
	Enqueue struct{ Job }

	// Administration.
	SaveTenant       struct{ Tenant }
	SaveTenantKeys   struct{ TenantKeys }
	SaveTenantMarket struct{ TenantMarket }
	SaveLegal        struct{ LegalDocument }
	SaveSendingRules struct{ SendingRules }
	SaveAPIKey       struct{ APIKey }
	SaveAssertionKey struct{ AssertionKey }
	SaveStaff        struct{ Staff }
	// SealStaff puts what stands for the names of a member of the staff in the place
	// of those in clear, while these are there. When they are not, it was done
	// meanwhile, and nothing is.
	SealStaff struct {
		Tenant TenantID
		ID     StaffID
		Was    string // login in clear
		Login  string // its keyed hash
		Names  []byte
	}
	// SetStaff changes of a member of the staff what is not "", and nothing else,
	// so that it undoes nothing that somebody else changes meanwhile. With Was the
	// hash changes only if it is still that one. NotFound when there is nobody.
	SetStaff struct {
		Tenant TenantID
		ID     StaffID
		Role   string
		State  string
		Hash   string // PHC string
		Was    string
		From   string // state in which the member must be, unless ""; else Conflict ("error.staff_changed")
	}
	// Appoint gives a member of the staff, who has role Was and state WasState,
	// another role, another state or both; Conflict ("error.staff_changed") when
	// they have not. Conflict ("error.last_admin") when after it no active member
	// would have the role Keep ("" keeps none). Conflict ("error.role_retired") for
	// a role of the tenant's own that is not active. Appointments and changes of
	// roles of one tenant wait for each other.
	Appoint struct {
		Tenant    TenantID
		ID        StaffID
		Was, Role string
		WasState  string
		State     string
		Keep      string
	}
	// SaveRole inserts a version of a tenant's own role with its rules; Conflict
	// ("error.role_changed") when there is such a version, or the one before is
	// missing. Conflict ("error.role_in_use") when it retires a role that an active
	// member of the staff has. Policy counts one further with it.
	SaveRole struct{ Role }
	// SaveRollout inserts the next change of what runs of a provider; Conflict
	// ("error.rollout_changed") when there is one of that number, or the one before
	// is missing.
	SaveRollout struct{ Rollout }
	// SaveMarketVersion puts the next version of how a tenant offers a market in
	// force and into the history; Conflict ("error.market_changed") when there is one
	// of that number, or the one before is missing.
	SaveMarketVersion struct{ MarketVersion }
)

// Replay is a kept answer of a request with an idempotency key.
type Replay struct {
	Tenant  TenantID `db:"tenant_id"`
	Scope   string   `db:"scope"` // application id or API key id
	Key     []byte   `db:"key_hash"`
	Request []byte   `db:"request_hash"` // another request with the same key is an error
	Status  int      `db:"status"`
	Sealed  []byte   `db:"body_sealed"`
	Expires Millis   `db:"expires_at"`

	// Application that was started, or whose step fell short, and under whose
	// applicant's key Sealed is: the token, or the problems. "" for a step that was
	// accepted, whose answer is the application as it stands.
	Application ApplicationID `db:"application_id"`
}

// TenantKeys are a tenant's keys, wrapped by the master key.
type TenantKeys struct {
	Tenant  TenantID `db:"tenant_id"`
	Seal    []byte   `db:"seal_wrapped"`  // AEAD keyset that wraps applicants' keys
	Index   []byte   `db:"index_wrapped"` // PRF keyset of keyed hashes: codes, budgets, digests
	Tree    bool     `db:"tree"`          // each applicant's key has a leaf of the tree in the key store
	Created Millis   `db:"created_at"`

	// PRF keysets of what is looked up, one for each slot of a blind index (see
	// JoinSlots), empty where there is none. Both empty, in older tenants: the first
	// slot is made with Index. Newest is the slot of the newest one, 1 or 2.
	LookupFirst  []byte `db:"lookup_first"`
	LookupSecond []byte `db:"lookup_second"`
	Newest       int    `db:"lookup_newest"`
}

func (CreateApplicant) write()   {}
func (CreateApplication) write() {}
func (UpdateApplication) write() {}
func (SaveStep) write()          {}
func (SaveHolder) write()        {}
func (CheckApplication) write()  {}
func (MoveHolder) write()        {}
func (SaveConsent) write()       {}
func (SaveIdentifier) write()    {}
func (SetIdentifiers) write()    {}
func (SaveChallenge) write()     {}
func (KillChallenges) write()    {}
func (SaveMessage) write()       {}
func (SaveFile) write()          {}
func (RefuseFiles) write()       {}
func (SaveCheck) write()         {}
func (SaveCase) write()          {}
func (UpdateCase) write()        {}
func (SaveDecision) write()      {}
func (CreateAccount) write()     {}
func (SetAccountState) write()   {}
func (SaveBalance) write()       {}
func (SaveCredential) write()    {}
func (SaveSession) write()       {}
func (TouchSession) write()      {}
func (DropSession) write()       {}
func (EndHolders) write()        {}
func (SaveRecovery) write()      {}
func (SaveProposal) write()      {}
func (EndProposal) write()       {}
func (FreshenSession) write()    {}
func (DropSessions) write()      {}
func (SaveFactor) write()        {}
func (UseFactor) write()         {}
func (DropFactor) write()        {}
func (DropFactors) write()       {}
func (SaveCeremony) write()      {}
func (UseCeremony) write()       {}
func (SaveStaffLink) write()     {}
func (DropStaffLinks) write()    {}
func (UseStaffLink) write()      {}
func (SaveSignInCode) write()    {}
func (FillSignInCode) write()    {}
func (TrySignInCode) write()     {}
func (UseSignInCode) write()     {}
func (UseOnce) write()           {}
func (TakeBudget) write()        {}
func (AdjustBudget) write()      {}
func (SaveSendingRules) write()  {}
func (SaveReplay) write()        {}
func (AppendAudit) write()       {}
func (Enqueue) write()           {}
func (SaveTenant) write()        {}
func (SaveTenantKeys) write()    {}
func (SaveTenantMarket) write()  {}
func (SaveLegal) write()         {}
func (SaveAPIKey) write()        {}
func (SaveAssertionKey) write()  {}
func (SaveStaff) write()         {}
func (SealStaff) write()         {}
func (SetStaff) write()          {}
func (Appoint) write()           {}
func (SaveRole) write()          {}
func (SaveRollout) write()       {}
func (SaveMarketVersion) write() {}
