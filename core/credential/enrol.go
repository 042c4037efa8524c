package credential

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// Enrolled is what somebody gets who has added their first factor.
type Enrolled struct {
	Entry
	Codes []string // recovery codes, shown once
}

// OfferApp begins to add an authenticator app: for somebody who is signed in, or
// who must add a factor to complete the sign-in. A ticket of an earlier offer
// offers the same secret.
func (s *StaffSessions) OfferApp(ctx context.Context, token, ticket string) (factor.Offer, error) {
	staff, _, err := s.pending(ctx, token, KindEnrol)
	if err != nil {
		return factor.Offer{}, err
	}
	return s.offerApp(ctx, staff, ticket)
}

func (s *StaffSessions) offerApp(ctx context.Context, staff kyc.Staff, ticket string) (factor.Offer, error) {
	t, err := s.House.Tenant(ctx, staff.Tenant)
	if err != nil {
		return factor.Offer{}, err
	}
	return s.Factors.OfferTOTP(ctx, factor.Staff(staff), t.Name, staff.Login, ticket)
}

// EnrolApp adds the first factor, an authenticator app, with its first code, gives
// out recovery codes and completes the sign-in. Invalid ("error.code_wrong") when
// the code is not the app's, Conflict ("error.enrolled") when a factor was added
// meanwhile.
func (s *StaffSessions) EnrolApp(ctx context.Context, token, ticket, code string, client Client) (Enrolled, error) {
	staff, session, err := s.pending(ctx, token, KindEnrol)
	if err != nil {
		return Enrolled{}, err
	}
	if err := s.countProof(ctx, staff, "enrol", client, s.Clock()); err != nil {
		return Enrolled{}, err
	}
	change, err := s.Factors.AddTOTP(ctx, factor.Staff(staff), ticket, code, "")
	if err != nil {
		return Enrolled{}, err
	}
	return s.enrolled(ctx, staff, session, change, kyc.FactorTOTP, client)
}

// enrolled completes a sign-in whose first factor the change adds.
func (s *StaffSessions) enrolled(ctx context.Context, staff kyc.Staff, session kyc.Session, change kyc.Change, kind string, client Client) (Enrolled, error) {
	holds, err := s.Factors.Of(ctx, factor.Staff(staff))
	if err != nil {
		return Enrolled{}, err
	}
	if holds.Strong() { // somebody with the password was first
		return Enrolled{}, kyc.EKey(kyc.Conflict, "error.enrolled", "a factor was added meanwhile")
	}
	codes, write, err := s.Factors.NewCodes(ctx, factor.Staff(staff))
	if err != nil {
		return Enrolled{}, err
	}
	change = append(append(change, write...), s.line(staff, audit.FactorAdded, "kind", kind),
		// Other sign-ins that wait for an enrolment end: there is a factor now.
		kyc.DropSessions{Tenant: staff.Tenant, Kinds: []string{KindEnrol}, Subject: string(staff.ID)})
	told, err := s.Letters.Tell(ctx, staff, letter.FactorAdded)
	if err != nil {
		return Enrolled{}, err
	}
	change = append(change, told...)
	entry, err := s.complete(ctx, staff, session, client, change, -1)
	return Enrolled{Entry: entry, Codes: codes}, err
}
