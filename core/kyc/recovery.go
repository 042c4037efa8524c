package kyc

// RecoveryMarket is the market that every tenant has and no provider supplies:
// its applications are requests of people who cannot get into their account.
const RecoveryMarket MarketID = "recovery"

// Recovery is what stands beside the application of somebody who cannot get into
// their account. The applicant is told none of it.
type Recovery struct {
	Tenant      TenantID      `db:"tenant_id"`
	Application ApplicationID `db:"application_id"` // the request
	Account     AccountID     `db:"account_id"`     // of the login name, as found when the request was sent; "" for nobody's
	Number      string        `db:"number"`         // the document's number and those that the account was opened with: "agrees", "differs"; "" when there is none to compare with
	Found       Millis        `db:"found_at"`

	Opens   Millis `db:"opens_at"`   // granted: when the one-time link is sent; 0: it is not granted
	Stopped Millis `db:"stopped_at"` // somebody who has a contact of the account said that the holder did not ask; 0: nobody did
}
