package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var messages = newTable[kyc.Message]("messages", "tenant_id message_id", "application_id", "applicant_id", "challenge_id", "staff_id").
	keeping("application_id applicant_id challenge_id staff_id channel template locale created_at")

func (t *tx) saveMessage(w kyc.SaveMessage) error { return t.put(messages, w.Message, plainly) }

// Message reads one message, and the challenge whose code it brings: without an
// ID when it brings none, or one that is gone.
func (s *Store) Message(ctx context.Context, tenant kyc.TenantID, id kyc.MessageID) (kyc.Message, kyc.Challenge, error) {
	const that = "tenant_id = ? AND message_id = ?"
	var found []kyc.Message
	var codes []kyc.Challenge
	if err := s.of(tenant).together(ctx, required(&found, messages.selects("WHERE "+that), tenant, id),
		listed(&codes, challenges.selects("WHERE tenant_id = ? AND challenge_id = (SELECT challenge_id FROM messages WHERE "+that+")"), tenant, tenant, id)); err != nil {
		return kyc.Message{}, kyc.Challenge{}, coded(err, "message")
	}
	if len(codes) == 0 {
		return found[0], kyc.Challenge{}, nil
	}
	return found[0], codes[0], nil
}

// MessageByReference reads the message that a messenger's vendor knows under
// the reference.
func (s *Store) MessageByReference(ctx context.Context, tenant kyc.TenantID, messenger, reference string) (kyc.Message, error) {
	return one[kyc.Message](ctx, s.of(tenant), "message",
		messages.selects("WHERE tenant_id = ? AND messenger = ? AND reference = ? AND reference <> ''"), tenant, messenger, reference)
}

// Letters lists the letters of a kind to a tenant's staff, newest first. At most 500.
func (s *Store) Letters(ctx context.Context, tenant kyc.TenantID, template string) ([]kyc.Message, error) {
	return many[kyc.Message](ctx, s.of(tenant), "letters",
		messages.selects(`WHERE tenant_id = ? AND template = ? AND staff_id IS NOT NULL
		ORDER BY created_at DESC, message_id DESC LIMIT 500`), tenant, template)
}

// Messages lists what was sent about an application, newest first.
func (s *Store) Messages(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID, limit int) ([]kyc.Message, error) {
	return many[kyc.Message](ctx, s.of(tenant), "messages",
		messages.selects(`WHERE tenant_id = ? AND application_id = ?
		ORDER BY created_at DESC, message_id DESC LIMIT ?`), tenant, id, page(limit))
}
