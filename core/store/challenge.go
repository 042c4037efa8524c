package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var challenges = newTable[kyc.Challenge]("challenges", "tenant_id challenge_id", "identifier_id").
	keeping("application_id applicant_id identifier_id step_id purpose channel link_hash created_at")

func (t *tx) saveChallenge(w kyc.SaveChallenge) error {
	row := w.Challenge
	if len(row.LinkHash) == 0 {
		row.LinkHash = nil // so that challenges without link do not collide
	}
	if w.Expect < 0 {
		return t.insert(challenges, row, plainly)
	}
	return t.replace(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Conflict, "error.challenge_race", "challenge %s is not pending with %d tries", row.ID, w.Expect)
		}
		return err
	}, challenges, row, "state = 'pending' AND tries = ?", w.Expect)
}

func (t *tx) killChallenges(w kyc.KillChallenges) error {
	return t.exec(plainly, `UPDATE challenges SET state = 'dead'
		WHERE tenant_id = ? AND application_id = ? AND step_id = ? AND state = 'pending'`,
		w.Tenant, w.Application, w.Step)
}

// Challenge reads one challenge.
func (s *Store) Challenge(ctx context.Context, tenant kyc.TenantID, id kyc.ChallengeID) (kyc.Challenge, error) {
	return one[kyc.Challenge](ctx, s.of(tenant), "challenge",
		challenges.selects("WHERE tenant_id = ? AND challenge_id = ?"), tenant, id)
}

// ChallengeByLink finds a challenge by the hash of its link's token.
func (s *Store) ChallengeByLink(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.Challenge, error) {
	return one[kyc.Challenge](ctx, s.of(tenant), "challenge of link",
		challenges.selects("WHERE tenant_id = ? AND link_hash = ?"), tenant, hash)
}

// PendingChallenge finds the newest challenge of a step that is not answered
// yet; it may be dead (too many wrong tries), which its state says.
func (s *Store) PendingChallenge(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, step kyc.StepID) (kyc.Challenge, error) {
	return one[kyc.Challenge](ctx, s.of(tenant), "pending challenge",
		challenges.selects(`WHERE tenant_id = ? AND application_id = ? AND step_id = ? AND state <> 'answered'
		ORDER BY created_at DESC, challenge_id DESC LIMIT 1`), tenant, id, step)
}

// StepChallenges lists the challenges of a step, newest first, those made since
// a time only. At most 50: more are not sent for one application in a day.
func (s *Store) StepChallenges(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, step kyc.StepID, since kyc.Millis) ([]kyc.Challenge, error) {
	return many[kyc.Challenge](ctx, s.of(tenant), "challenges of step",
		challenges.selects(`WHERE tenant_id = ? AND application_id = ? AND step_id = ? AND created_at >= ?
		ORDER BY created_at DESC, challenge_id DESC LIMIT 50`), tenant, id, step, since)
}
