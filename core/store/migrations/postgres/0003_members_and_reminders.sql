-- A member of a marketplace has one application in a market, unless the
-- earlier ones came to nothing. What an older version of the program let through
-- is told apart by forgetting whose the older ones are.

-- +goose Up
ALTER TABLE applications ADD COLUMN successor_id TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE replays ADD COLUMN application_id TEXT NOT NULL DEFAULT '';

UPDATE applications SET subject = ''
WHERE subject <> '' AND state NOT IN ('rejected', 'withdrawn', 'expired') AND EXISTS (
    SELECT 1 FROM applications AS newer
    WHERE newer.tenant_id = applications.tenant_id AND newer.market = applications.market
    AND newer.subject = applications.subject AND newer.test_mode = applications.test_mode
    AND newer.state NOT IN ('rejected', 'withdrawn', 'expired')
    AND newer.application_id > applications.application_id);

CREATE UNIQUE INDEX applications_subject ON applications (tenant_id, market, subject, test_mode)
    WHERE subject <> '' AND state NOT IN ('rejected', 'withdrawn', 'expired');

-- Of the sweeper, which goes over all tenants at once.
CREATE INDEX applications_unreminded ON applications (expires_at, tenant_id, application_id)
    WHERE state IN ('open', 'needs_applicant') AND reminded_at = 0;
