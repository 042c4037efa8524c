-- Decisions that take two people: a proposal is the first one's, and at most one of a
-- case waits. Why the risk of a case is what it is. What was proposed to grant
-- requests of recovery before is proposed anew: nothing was released with it.

-- +goose Up
CREATE TABLE proposals (
    tenant_id       TEXT NOT NULL,
    proposal_id     TEXT NOT NULL,
    case_id         TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    staff_id        TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    reasons         TEXT NOT NULL,
    note_sealed     BYTEA,
    evidence_digest BYTEA,
    risk            TEXT NOT NULL,
    state           TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    ended_by        TEXT,
    answer_sealed   BYTEA,
    ended_at        BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, proposal_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, case_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, staff_id) REFERENCES staff (tenant_id, staff_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, ended_by) REFERENCES staff (tenant_id, staff_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX proposals_waiting ON proposals (tenant_id, case_id) WHERE state = 'waits';
CREATE INDEX proposals_case ON proposals (tenant_id, case_id, created_at);
CREATE INDEX proposals_application ON proposals (tenant_id, application_id);

-- proposed_by is that of the proposal that waits, which holds the reference: the
-- queue is filtered by it.
ALTER TABLE cases ADD COLUMN risk_whys TEXT NOT NULL DEFAULT '[]';
ALTER TABLE cases ADD COLUMN proposed_by TEXT;
CREATE INDEX cases_by_risk ON cases (tenant_id, (CASE risk WHEN 'low' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END), due_at, case_id) WHERE state <> 'decided';
ALTER TABLE tenants ADD COLUMN two_people_from TEXT NOT NULL DEFAULT '';

ALTER TABLE recoveries DROP COLUMN proposed_by, DROP COLUMN proposed_digest, DROP COLUMN proposed_at;
