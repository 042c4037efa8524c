package storetest

import (
	"testing"

	"github.com/paifang/paifang/core/store"
)

// Run is what every backend must pass. open gives an empty, migrated database.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *store.Store)
	}{
		{"every read is known", everyReadIsKnown},
		{"what is written is read", whatIsWrittenIsRead},
		{"other tenants see nothing", otherTenantsSeeNothing},
		{"bad text finds nothing", badTextFindsNothing},
		{"writes belong to the tenant", writesBelongToTheTenant},
		{"references stay in the tenant", referencesStayInTheTenant},
		{"personal details of the record are withheld", personalIsWithheld},
		{"failure leaves nothing", failureLeavesNothing},
		{"jobs are committed and signalled", jobsAreCommittedAndSignalled},
		{"jobs are worked directly", jobsAreWorkedDirectly},
		{"versions are checked", versionsAreChecked},
		{"challenges are guarded", challengesAreGuarded},
		{"repeats are harmless", repeatsAreHarmless},
		{"staff change in parts", staffChangeInParts},
		{"roles have versions", rolesHaveVersions},
		{"one admin stays", oneAdminStays},
		{"cases within scopes", casesWithinScopes},
		{"cases by risk", casesByRisk},
		{"one proposal waits", oneProposalWaits},
		{"files replace each other", filesReplaceEachOther},
		{"identifiers are unique", identifiersAreUnique},
		{"budgets end with their window", budgetsEndWithTheirWindow},
		{"pages follow each other", pagesFollowEachOther},
		{"expired applications are listed", expiredApplicationsAreListed},
		{"a member has one application", aMemberHasOneApplication},
		{"unreminded applications are listed", unremindedApplicationsAreListed},
		{"erasing leaves nothing", erasingLeavesNothing},
		{"erasing leaves others", erasingLeavesOthers},
		{"ended persons are listed", endedPersonsAreListed},
		{"the sweeper forgets", theSweeperForgets},
		{"budgets are taken together", budgetsAreTakenTogether},
		{"only what differs is written", onlyWhatDiffersIsWritten},
		{"budgets hold under load", budgetsHoldUnderLoad},
		{"budgets in any order", budgetsInAnyOrder},
		{"money is never overspent", moneyIsNeverOverspent},
		{"budgets are put right", budgetsArePutRight},
		{"deadlocks are tried again", deadlocksAreTriedAgain},
		{"tokens are used once", tokensAreUsedOnce},
		{"codes count once", codesCountOnce},
		{"one factor stays", oneFactorStays},
		{"sign-in codes count once", signInCodesCountOnce},
		{"sessions of a subject end", sessionsOfASubjectEnd},
		{"one phone has one owner", onePhoneHasOneOwner},
		{"one version has one writer", oneVersionHasOneWriter},
		{"many clients at once", manyClientsAtOnce},
		{"rollouts follow each other", rolloutsFollowEachOther},
		{"markets have versions", marketsHaveVersions},
		{"bound versions are counted", boundVersionsAreCounted},
		{"nodes report", nodesReport},
		{"nodes say that they live", nodesSayThatTheyLive},
		{"jobs of a dead node are revived", jobsOfADeadNodeAreRevived},
		{"the first installation key stays", theFirstInstallationKeyStays},
		{"migrating again changes nothing", migrateAgain},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// migrateAgain is what every start of the server does.
func migrateAgain(t *testing.T, s *store.Store) {
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
