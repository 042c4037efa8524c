-- A member of a marketplace has one application in a market, unless the
-- earlier ones came to nothing. What an older version of the program let through
-- is told apart by forgetting whose the others are than the account, or else the
-- newest.

-- +goose Up
ALTER TABLE applications ADD COLUMN successor_id TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE replays ADD COLUMN application_id TEXT NOT NULL DEFAULT '';

UPDATE applications SET subject = ''
WHERE subject <> '' AND state NOT IN ('rejected', 'withdrawn', 'expired') AND EXISTS (
    SELECT 1 FROM applications AS kept
    WHERE kept.tenant_id = applications.tenant_id AND kept.market = applications.market
    AND kept.subject = applications.subject AND kept.test_mode = applications.test_mode
    AND kept.state NOT IN ('rejected', 'withdrawn', 'expired')
    AND (kept.state = 'activated' AND applications.state <> 'activated'
        OR (kept.state = 'activated') = (applications.state = 'activated') AND kept.application_id > applications.application_id));

CREATE UNIQUE INDEX applications_subject ON applications (tenant_id, market, subject, test_mode)
    WHERE subject <> '' AND state NOT IN ('rejected', 'withdrawn', 'expired');

-- Of the sweeper, which goes over all tenants at once.
CREATE INDEX applications_unreminded ON applications (expires_at, tenant_id, application_id)
    WHERE state IN ('open', 'needs_applicant') AND reminded_at = 0;
