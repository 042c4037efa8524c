package kyc

// ErasureState is where the erasure of a person stands.
type ErasureState string

const (
	ErasureAsked     ErasureState = "asked"     // by the person; staff decides
	ErasureProposed  ErasureState = "proposed"  // by one of the staff, unasked; another one decides
	ErasureGranted   ErasureState = "granted"   // it is carried out when it is due; until then the person can take it back
	ErasureUndone    ErasureState = "undone"    // taken back before it was carried out
	ErasureRefused   ErasureState = "refused"   // by staff: the law wants the data kept
	ErasureErased    ErasureState = "erased"    // key and sealed columns are destroyed
	ErasureDestroyed ErasureState = "destroyed" // the files, too, and what back-ups could be opened with
)

// Erasure is the wish that what is held about a person be erased, or that it has
// been. It outlives the person's data and holds none.
type Erasure struct {
	Tenant    TenantID     `db:"tenant_id"`
	Applicant ApplicantID  `db:"applicant_id"`
	State     ErasureState `db:"state"`
	Reason    string       `db:"reason"`     // a code, one of person.Reasons; of a refusal one of person.Refusals
	ActorKind string       `db:"actor_kind"` // who wants it: applicant, staff, system
	ActorID   string       `db:"actor_id"`
	Asked     Millis       `db:"asked_at"`
	Erased    Millis       `db:"erased_at"`
	Destroyed Millis       `db:"destroyed_at"`
	Due       Millis       `db:"due_at"`     // granted: when it is carried out
	Until     Millis       `db:"keep_until"` // refused: until when the law wants the data kept, if that is known; then it is erased

	ErasureProposal
}

// ErasureProposal is what the first of two people wants; without By there is none.
type ErasureProposal struct {
	By     StaffID `db:"proposed_by"`
	Why    string  `db:"proposed_reason"` // one of person.Reasons
	Force  bool    `db:"proposed_force"`  // although there is an account
	Of     string  `db:"proposed_of"`     // digest of what was held then: it is void when that has changed
	Staged Millis  `db:"proposed_at"`
}

// Retention is how many days after its last change an application of a state is
// kept. What it leaves behind is erased then.
type Retention struct {
	Tenant TenantID `db:"tenant_id"`
	State  State    `db:"state"`
	Days   int      `db:"days"` // 0: for ever
}

// Ended is for each state before when an application must have changed last to be
// kept no longer; a state that is missing is kept for ever.
type Ended map[State]Millis

type (
	// AskErasure notes the wish, unless it was asked and not answered before, or the
	// person is erased.
	AskErasure struct{ Erasure }
	// RefuseErasure answers it; Conflict ("error.erase_not_asked") when nobody asks.
	RefuseErasure struct {
		Tenant    TenantID
		Applicant ApplicantID
		Reason    string
		By        Actor
		Until     Millis // 0: not known
	}
	// MoveErasure replaces a wish that is as it was seen: in a state, and with the
	// proposal of that time. From "" there was none. Conflict ("error.conflict") else.
	MoveErasure struct {
		Erasure
		From   ErasureState
		Before Millis // ErasureProposal.Staged
	}
	// ErasePerson destroys a person's wrapped key, empties every sealed column and
	// blind index of the person, ends what signs in or acts for them, and closes
	// what is under way. Rows that the record speaks of stay. NotFound: there is
	// no such person, or there is none any more.
	ErasePerson struct {
		Tenant    TenantID
		Applicant ApplicantID
		At        Millis
	}
	// SaveErasure inserts or replaces.
	SaveErasure struct{ Erasure }
	// DropFiles deletes the rows of an erased person's files, once the blobs are gone.
	DropFiles struct {
		Tenant    TenantID
		Applicant ApplicantID
	}
	// SaveRetention inserts or replaces.
	SaveRetention struct{ Retention }
)

func (ErasePerson) write()   {}
func (SaveErasure) write()   {}
func (DropFiles) write()     {}
func (SaveRetention) write() {}
func (AskErasure) write()    {}
func (RefuseErasure) write() {}
func (MoveErasure) write()   {}
