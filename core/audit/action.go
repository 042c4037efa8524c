package audit

import "slices"

// Actions. The name is "<object>.<what happened>"; a name is never reused for
// something else, because old lines keep it for ever.
const (
	ApplicationStarted   = "application.started"   // detail: market, provider
	ApplicationResumed   = "application.resumed"   // on another device; detail: challenge, or entry: the application given up for it
	ApplicationWay       = "application.way"       // another way into the market; detail: way
	ApplicationSubmitted = "application.submitted" // all steps are done
	ApplicationAsked     = "application.asked"     // something is asked again; detail: codes
	ApplicationApproved  = "application.approved"  // detail: tier
	ApplicationRejected  = "application.rejected"  // detail: codes
	ApplicationWithdrawn = "application.withdrawn"
	ApplicationExpired   = "application.expired"
	ApplicationReminded  = "application.reminded" // that it expires soon

	ConsentGiven  = "consent.given"  // detail: document, version, locale
	StepSubmitted = "step.submitted" // detail: step, provider
	StepRefused   = "step.refused"   // detail: step, codes
	StepDrafted   = "step.drafted"   // kept because a provider failed; detail: step, provider

	ContactSwitched   = "contact.switched"   // another contact is proved in place of one, or again the first; detail: from, to
	ChallengeSent     = "challenge.sent"     // detail: challenge, channel
	ChallengeAnswered = "challenge.answered" // detail: challenge
	ChallengeFailed   = "challenge.failed"   // detail: challenge, codes
	MessageSent       = "message.sent"       // detail: messenger, channel
	MessageFailed     = "message.failed"     // detail: messenger, channel, code
	MessageDelivered  = "message.delivered"  // the vendor says so; detail: messenger, channel, template

	MessageRepeated = "message.repeated" // by staff, because it did not arrive; detail: template
	MessagesSought  = "message.sought"   // staff looked for applications; detail: by, found, why, ticket

	DocumentUploaded = "document.uploaded" // detail: requirement, side, file
	DocumentViewed   = "document.viewed"   // by staff; detail: file, application (whose it is), requirement, side, form, why, role, ticket
	DataRevealed     = "data.revealed"     // to staff; detail: what, reason
	CheckFinished    = "check.finished"    // detail: check, result, source

	CaseOpened    = "case.opened"
	CaseClaimed   = "case.claimed"
	CaseTakenOver = "case.taken_over" // an expired claim of somebody else
	CaseReleased  = "case.released"
	CaseProposed  = "case.proposed" // by the first of two people; detail: outcome, reasons, evidence, risk, application
	CaseDecided   = "case.decided"  // detail: decision, outcome, reasons, evidence, provider, found_by; proposed_by if it took two
	CaseClosed    = "case.closed"   // because its application ended without a decision; detail: application

	ProposalOpposed   = "proposal.opposed"   // sent back by the second; detail: proposed_by, outcome
	ProposalWithdrawn = "proposal.withdrawn" // by who made it
	ProposalVoid      = "proposal.void"      // what it rested on has changed; detail: proposed_by

	AccountActivated  = "account.activated"           // detail: account, tier
	RecoveryAsked     = "account.recovery_asked"      // somebody cannot get in; detail: application
	RecoveryGranted   = "account.recovery_granted"    // by staff: a one-time link is sent; detail: application
	RecoveryStopped   = "account.recovery_stopped"    // by whoever reads a contact of the account; detail: application
	RecoveryTakenBack = "account.recovery_taken_back" // a grant, by staff; detail: application
	RecoveryRefused   = "account.recovery_refused"    // or given up; detail: application
	AccountRecovered  = "account.recovered"           // a new login password was set, all sessions ended; detail: application
	AccountFrozen     = "account.frozen"              // by its holder, by whoever reads a contact of it, or by staff; detail: why, ticket
	AccountThawed     = "account.thawed"              // by a granted recovery; detail: application
	SessionStarted    = "session.started"             // of an account
	SessionEnded      = "session.ended"
	SessionRefused    = "session.refused"   // a sign-in that failed
	AccountPassword   = "account.password"  // a new login password was set by its holder
	AccountPayment    = "account.payment"   // a new payment password was set by its holder
	AccountConfirmed  = "account.confirmed" // showed anew who they are; detail: kind
	SessionCode       = "session.code"      // a code to sign in with was sent; detail: channel

	StaffHired    = "staff.hired"    // detail: role
	StaffPassword = "staff.password" // a new one was set
	StaffRole     = "staff.role"     // another one; detail: role
	StaffDisabled = "staff.disabled"
	StaffEnabled  = "staff.enabled" // let in again

	RoleChanged = "role.changed" // a new version of a role of the tenant's own; detail: version, rules
	RoleRetired = "role.retired" // detail: version

	FactorAdded       = "factor.added"   // an authenticator app or a passkey; detail: kind
	FactorRemoved     = "factor.removed" // detail: kind
	FactorRefused     = "factor.refused" // a code or passkey that did not fit; detail: kind
	RecoveryRenewed   = "recovery_codes.renewed"
	RecoveryUsed      = "recovery_codes.used" // a recovery code
	StaffConfirmed    = "staff.confirmed"     // showed anew who they are
	SessionRevoked    = "session.revoked"     // by its owner, from another; detail: which
	StaffInvited      = "staff.invited"       // detail: role
	StaffJoined       = "staff.joined"        // took the invitation up
	StaffUninvited    = "staff.uninvited"
	StaffReset        = "staff.reset"        // factors removed by an administrator: the next sign-in enrols anew
	PasswordForgotten = "password.forgotten" // a link to set a new one was asked for; of nobody, if nobody has the name

	ProviderInstalled = "provider.installed" // a version is in the store; detail: version, digest, publisher
	ProviderRemoved   = "provider.removed"   // a version is not in the store any more; detail: version
	ProviderChanged   = "provider.changed"   // what runs of it; detail: what, version, canary, share, warm

	TenantFounded = "tenant.founded"
	TenantChanged = "tenant.changed"
	MarketChanged = "market.changed" // enabled, disabled, configured; detail: market
	KeyIssued     = "key.issued"     // an API key
	KeyRevoked    = "key.revoked"    // detail: kind

	SignerAdmitted  = "signer.admitted"  // a marketplace may vouch for its members
	SignerWithdrawn = "signer.withdrawn" // it may not any more

	SendingReleased = "sending.released" // a budget of messages was re-opened; detail: what, why

	ErasureAsked     = "person.erasure_asked"      // by the person, or noted by staff
	ErasureRefused   = "person.erasure_refused"    // by staff; detail: reason
	ErasureProposed  = "person.erasure_proposed"   // by the first of two people; detail: reason, force
	ErasureTakenBack = "person.erasure_taken_back" // what was proposed or granted, by staff
	ErasureGranted   = "person.erasure_granted"    // it is carried out when it is due; detail: reason, force
	ErasureUndone    = "person.erasure_undone"     // by the person
	ExportAsked      = "person.export_asked"       // by the person
	PersonErased     = "person.erased"             // the key is destroyed; detail: reason, force
	PersonDestroyed  = "person.destroyed"          // the files, too, and what back-ups could be opened with
	PersonExported   = "person.exported"           // all that is held was given out; detail: why, role, ticket
	KeysRotated      = "keys.rotated"              // what older keys sealed is sealed by new ones; detail: level, keys
	KeysRetired      = "keys.retired"              // the older keys are destroyed; detail: level, keys
	RetentionSet     = "retention.set"             // detail: state, days

	RecordExported   = "record.exported"    // this record, by staff; detail: size
	RecordKeyChanged = "record.key_changed" // another key signs it; detail: key
)

// Actions lists every action in the order of this file's groups.
func Actions() []string {
	return []string{
		ApplicationStarted, ApplicationResumed, ApplicationWay, ApplicationSubmitted, ApplicationAsked,
		ApplicationApproved, ApplicationRejected, ApplicationWithdrawn, ApplicationExpired, ApplicationReminded,
		ConsentGiven, StepSubmitted, StepRefused, StepDrafted,
		ContactSwitched, ChallengeSent, ChallengeAnswered, ChallengeFailed, MessageSent, MessageFailed, MessageDelivered, MessageRepeated, MessagesSought,
		DocumentUploaded, DocumentViewed, DataRevealed, CheckFinished,
		CaseOpened, CaseClaimed, CaseTakenOver, CaseReleased, CaseProposed, CaseDecided, CaseClosed, ProposalOpposed, ProposalWithdrawn, ProposalVoid,
		AccountActivated, RecoveryAsked, RecoveryGranted, RecoveryStopped, RecoveryTakenBack, RecoveryRefused, AccountRecovered, AccountFrozen, AccountThawed, SessionStarted, SessionEnded, SessionRefused, AccountPassword, AccountPayment, AccountConfirmed, SessionCode,
		StaffHired, StaffPassword, StaffRole, StaffDisabled, StaffEnabled, RoleChanged, RoleRetired,
		FactorAdded, FactorRemoved, FactorRefused, RecoveryRenewed, RecoveryUsed, StaffConfirmed, SessionRevoked,
		StaffInvited, StaffJoined, StaffUninvited, StaffReset, PasswordForgotten,
		ProviderInstalled, ProviderRemoved, ProviderChanged,
		TenantFounded, TenantChanged, MarketChanged, KeyIssued, KeyRevoked, SignerAdmitted, SignerWithdrawn, SendingReleased,
		ErasureAsked, ErasureRefused, ErasureProposed, ErasureTakenBack, ErasureGranted, ErasureUndone, ExportAsked, PersonErased, PersonDestroyed, PersonExported, KeysRotated, KeysRetired, RetentionSet,
		RecordExported, RecordKeyChanged,
	}
}

// Known tells whether an action is one of Actions.
func Known(action string) bool { return slices.Contains(Actions(), action) }
