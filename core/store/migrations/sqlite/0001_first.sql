-- Every primary and foreign key begins with the tenant. Foreign keys are
-- deferred: a change names its writes in the order that reads best, and the
-- whole of it must fit when the transaction commits. Times are milliseconds
-- since 1970 UTC, 0 is never. Lists are JSON text. Columns named *_sealed hold
-- what the vault sealed.

-- +goose Up
CREATE TABLE tenants (
    tenant_id  TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    accent     TEXT NOT NULL,
    support    TEXT NOT NULL,
    locales    TEXT NOT NULL,
    test_mode  BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE tenant_keys (
    tenant_id     TEXT NOT NULL PRIMARY KEY,
    seal_wrapped  BLOB NOT NULL,
    index_wrapped BLOB NOT NULL,
    created_at    BIGINT NOT NULL,
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE tenant_markets (
    tenant_id TEXT NOT NULL,
    market    TEXT NOT NULL,
    enabled   BOOLEAN NOT NULL,
    config    BLOB,
    PRIMARY KEY (tenant_id, market),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE legal_documents (
    tenant_id  TEXT NOT NULL,
    document   TEXT NOT NULL,
    version    TEXT NOT NULL,
    locale     TEXT NOT NULL,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, document, version, locale),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX legal_documents_valid ON legal_documents (tenant_id, document, locale, valid_from);

CREATE TABLE api_keys (
    tenant_id  TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key_hash   BLOB NOT NULL,
    test_mode  BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
-- Tells the tenant of a key, so it cannot begin with the tenant.
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);

CREATE TABLE assertion_keys (
    tenant_id  TEXT NOT NULL,
    kid        TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    public_key BLOB NOT NULL,
    PRIMARY KEY (tenant_id, kid),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE staff (
    tenant_id     TEXT NOT NULL,
    staff_id      TEXT NOT NULL,
    login         TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    locale        TEXT NOT NULL,
    state         TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, staff_id),
    UNIQUE (tenant_id, login),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE applicants (
    tenant_id    TEXT NOT NULL,
    applicant_id TEXT NOT NULL,
    key_wrapped  BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, applicant_id),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE applications (
    tenant_id        TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    applicant_id     TEXT NOT NULL,
    market           TEXT NOT NULL,
    provider_version TEXT NOT NULL,
    locale           TEXT NOT NULL,
    state            TEXT NOT NULL,
    version          BIGINT NOT NULL,
    tier             TEXT NOT NULL,
    subject          TEXT NOT NULL,
    requested        TEXT NOT NULL,
    test_mode        BOOLEAN NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    submitted_at     BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, application_id),
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX applications_applicant ON applications (tenant_id, applicant_id);
-- Of the sweeper, which goes over all tenants at once.
CREATE INDEX applications_expiring ON applications (expires_at, tenant_id, application_id)
    WHERE state IN ('open', 'needs_applicant') AND expires_at > 0;

CREATE TABLE steps (
    tenant_id        TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    step_id          TEXT NOT NULL,
    state            TEXT NOT NULL,
    values_sealed    BLOB,
    derived_sealed   BLOB,
    draft_sealed     BLOB,
    problems         TEXT NOT NULL,
    reasons          TEXT NOT NULL,
    attempts         BIGINT NOT NULL,
    provider_version TEXT NOT NULL,
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, application_id, step_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE holders (
    tenant_id      TEXT NOT NULL,
    token_hash     BLOB NOT NULL,
    application_id TEXT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX holders_application ON holders (tenant_id, application_id);
CREATE INDEX holders_expiring ON holders (expires_at);

CREATE TABLE consents (
    tenant_id      TEXT NOT NULL,
    application_id TEXT NOT NULL,
    document       TEXT NOT NULL,
    version        TEXT NOT NULL,
    locale         TEXT NOT NULL,
    agreed_at      BIGINT NOT NULL,
    address_sealed BLOB,
    PRIMARY KEY (tenant_id, application_id, document, version),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE accounts (
    tenant_id      TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    applicant_id   TEXT NOT NULL,
    application_id TEXT NOT NULL,
    market         TEXT NOT NULL,
    tier           TEXT NOT NULL,
    state          TEXT NOT NULL,
    locale         TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account_id),
    UNIQUE (tenant_id, application_id),
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX accounts_applicant ON accounts (tenant_id, applicant_id);

CREATE TABLE balances (
    tenant_id  TEXT NOT NULL,
    account_id TEXT NOT NULL,
    currency   TEXT NOT NULL,
    minor      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account_id, currency),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, account_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE credentials (
    tenant_id    TEXT NOT NULL,
    applicant_id TEXT NOT NULL,
    kind         TEXT NOT NULL,
    slot         BIGINT NOT NULL,
    hash         TEXT NOT NULL,
    question     TEXT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, applicant_id, kind, slot),
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE identifiers (
    tenant_id      TEXT NOT NULL,
    identifier_id  TEXT NOT NULL,
    applicant_id   TEXT NOT NULL,
    application_id TEXT NOT NULL,
    account_id     TEXT,
    step_id        TEXT NOT NULL,
    kind           TEXT NOT NULL,
    value_index    BLOB NOT NULL,
    value_sealed   BLOB,
    state          TEXT NOT NULL,
    login          BOOLEAN NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, identifier_id),
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, account_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX identifiers_taken ON identifiers (tenant_id, kind, value_index)
    WHERE state IN ('reserved', 'bound') AND kind IN ('phone', 'email') AND login;
CREATE INDEX identifiers_value ON identifiers (tenant_id, kind, value_index);
CREATE INDEX identifiers_application ON identifiers (tenant_id, application_id);
CREATE INDEX identifiers_account ON identifiers (tenant_id, account_id);

CREATE TABLE challenges (
    tenant_id      TEXT NOT NULL,
    challenge_id   TEXT NOT NULL,
    application_id TEXT NOT NULL,
    applicant_id   TEXT NOT NULL,
    identifier_id  TEXT,
    step_id        TEXT NOT NULL,
    purpose        TEXT NOT NULL,
    channel        TEXT NOT NULL,
    code_hash      BLOB,
    link_hash      BLOB,
    state          TEXT NOT NULL,
    tries          BIGINT NOT NULL,
    sends          BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    resend_at      BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, challenge_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, identifier_id) REFERENCES identifiers (tenant_id, identifier_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX challenges_link ON challenges (tenant_id, link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX challenges_step ON challenges (tenant_id, application_id, step_id);

CREATE TABLE messages (
    tenant_id      TEXT NOT NULL,
    message_id     TEXT NOT NULL,
    application_id TEXT,
    applicant_id   TEXT,
    challenge_id   TEXT,
    channel        TEXT NOT NULL,
    template       TEXT NOT NULL,
    locale         TEXT NOT NULL,
    body_sealed    BLOB,
    state          TEXT NOT NULL,
    messenger      TEXT NOT NULL,
    reference      TEXT NOT NULL,
    failure        TEXT NOT NULL,
    attempts       BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, challenge_id) REFERENCES challenges (tenant_id, challenge_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX messages_application ON messages (tenant_id, application_id, created_at, message_id);

CREATE TABLE files (
    tenant_id      TEXT NOT NULL,
    file_id        TEXT NOT NULL,
    application_id TEXT NOT NULL,
    applicant_id   TEXT NOT NULL,
    requirement    TEXT NOT NULL,
    side           TEXT NOT NULL,
    state          TEXT NOT NULL,
    media_type     TEXT NOT NULL,
    size           BIGINT NOT NULL,
    width          BIGINT NOT NULL,
    height         BIGINT NOT NULL,
    digest         BLOB,
    original_ref   TEXT NOT NULL,
    rendition_ref  TEXT NOT NULL,
    key_sealed     BLOB,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, file_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX files_current ON files (tenant_id, application_id, requirement, side) WHERE state = 'current';

CREATE TABLE checks (
    tenant_id       TEXT NOT NULL,
    check_id        TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    name            TEXT NOT NULL,
    check_version   TEXT NOT NULL,
    input_digest    BLOB NOT NULL,
    result          TEXT NOT NULL,
    reasons         TEXT NOT NULL,
    evidence_sealed BLOB,
    source          TEXT NOT NULL,
    duration_us     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, check_id),
    UNIQUE (tenant_id, application_id, name, input_digest),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE cases (
    tenant_id      TEXT NOT NULL,
    case_id        TEXT NOT NULL,
    application_id TEXT NOT NULL,
    applicant_id   TEXT NOT NULL,
    market         TEXT NOT NULL,
    locale         TEXT NOT NULL,
    state          TEXT NOT NULL,
    version        BIGINT NOT NULL,
    claimed_by     TEXT,
    claim_until    BIGINT NOT NULL,
    risk           TEXT NOT NULL,
    opened_at      BIGINT NOT NULL,
    due_at         BIGINT NOT NULL,
    decided_at     BIGINT NOT NULL,
    outcome        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, case_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, applicant_id) REFERENCES applicants (tenant_id, applicant_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, claimed_by) REFERENCES staff (tenant_id, staff_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX cases_queue ON cases (tenant_id, due_at, case_id);
CREATE INDEX cases_undecided ON cases (tenant_id, due_at, case_id) WHERE state <> 'decided';
CREATE INDEX cases_application ON cases (tenant_id, application_id, opened_at, case_id);

CREATE TABLE decisions (
    tenant_id       TEXT NOT NULL,
    decision_id     TEXT NOT NULL,
    case_id         TEXT,
    application_id  TEXT NOT NULL,
    staff_id        TEXT,
    outcome         TEXT NOT NULL,
    reasons         TEXT NOT NULL,
    note_sealed     BLOB,
    evidence_digest BLOB,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, decision_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, case_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, application_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant_id, staff_id) REFERENCES staff (tenant_id, staff_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX decisions_application ON decisions (tenant_id, application_id, created_at, decision_id);

CREATE TABLE sessions (
    tenant_id  TEXT NOT NULL,
    token_hash BLOB NOT NULL,
    kind       TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX sessions_expiring ON sessions (expires_at);

CREATE TABLE used_tokens (
    tenant_id  TEXT NOT NULL,
    token_hash BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX used_tokens_expiring ON used_tokens (expires_at);

CREATE TABLE budgets (
    tenant_id    TEXT NOT NULL,
    budget_key   TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    used         BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, budget_key, window_start),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX budgets_expiring ON budgets (expires_at);

CREATE TABLE replays (
    tenant_id    TEXT NOT NULL,
    scope        TEXT NOT NULL,
    key_hash     BLOB NOT NULL,
    request_hash BLOB,
    status       BIGINT NOT NULL,
    body_sealed  BLOB,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, scope, key_hash),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX replays_expiring ON replays (expires_at);

-- seq is given when lines are sealed into the tenant's transparency log.
CREATE TABLE audit_lines (
    tenant_id   TEXT NOT NULL,
    audit_id    TEXT NOT NULL,
    at          BIGINT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    detail      TEXT NOT NULL,
    seq         BIGINT,
    PRIMARY KEY (tenant_id, audit_id),
    UNIQUE (tenant_id, seq),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX audit_lines_object ON audit_lines (tenant_id, object_kind, object_id, audit_id);
