-- What is asked in an order is found in that order: else the database goes
-- through all that a tenant has, from the primary key, rather than sort a few.

-- +goose Up
DROP INDEX identifiers_value;
CREATE INDEX identifiers_value ON identifiers (tenant_id, kind, value_index, identifier_id);
DROP INDEX identifiers_application;
CREATE INDEX identifiers_application ON identifiers (tenant_id, application_id, identifier_id);
DROP INDEX identifiers_account;
CREATE INDEX identifiers_account ON identifiers (tenant_id, account_id, identifier_id);
CREATE INDEX files_application ON files (tenant_id, application_id, requirement, side, created_at, file_id);
-- Of the sweeper, which goes over all tenants at once.
CREATE INDEX applications_unverified ON applications (updated_at) WHERE state IN ('submitted', 'verifying');
