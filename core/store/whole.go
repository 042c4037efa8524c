package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

// parts are the reads of a whole application. Their rows stand in lists until then.
type parts struct {
	applications []kyc.Application
	steps        []kyc.StepRecord
	identifiers  []identifierRow
	messages     []kyc.Message
}

// newestMessages is how many messages of an application are read with it.
const newestMessages = 10

func (p *parts) reads(tenant kyc.TenantID, id kyc.ApplicationID) []read {
	return []read{
		listed(&p.steps, steps.selects(thatApplication+" ORDER BY step_id"), tenant, id),
		listed(&p.identifiers, identifiers.selects(thatApplication+" ORDER BY identifier_id"), tenant, id),
		listed(&p.messages, messages.selects(thatApplication+" ORDER BY created_at DESC, message_id DESC LIMIT ?"), tenant, id, newestMessages),
	}
}

const thatApplication = "WHERE tenant_id = ? AND application_id = ?"

func (p *parts) whole() (whole kyc.Whole) {
	if len(p.applications) > 0 {
		whole.Application = p.applications[0]
	}
	whole.Steps, whole.Messages = p.steps, p.messages
	for _, row := range p.identifiers {
		whole.Identifiers = append(whole.Identifiers, row.whole())
	}
	return whole
}

// Whole reads an application with the rows that nearly everything done to it needs.
func (s *Store) Whole(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Whole, error) {
	var p parts
	asked := append([]read{required(&p.applications, applications.selects(thatApplication), tenant, id)}, p.reads(tenant, id)...)
	if err := s.of(tenant).together(ctx, asked...); err != nil {
		return kyc.Whole{}, coded(err, "application")
	}
	return p.whole(), nil
}

// Held reads the holder of a token, and with it the application that was asked for,
// which may be another one than the holder's, or none: then its Application has no ID.
// NotFound without such a holder.
func (s *Store) Held(ctx context.Context, tenant kyc.TenantID, hash []byte, id kyc.ApplicationID) (kyc.Holder, kyc.Whole, error) {
	var p parts
	var found []kyc.Holder
	asked := append([]read{
		required(&found, holders.selects("WHERE tenant_id = ? AND token_hash = ?"), tenant, hash),
		listed(&p.applications, applications.selects(thatApplication), tenant, id),
	}, p.reads(tenant, id)...)
	if err := s.of(tenant).together(ctx, asked...); err != nil {
		return kyc.Holder{}, kyc.Whole{}, coded(err, "holder")
	}
	return found[0], p.whole(), nil
}
