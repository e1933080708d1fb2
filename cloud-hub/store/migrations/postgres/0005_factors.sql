-- Second factors of people, and the wrapped keys that seal them. Its twin for SQLite stands in migrations/sqlite.

-- Data keys, wrapped: one a person whose fields are sealed, one for the hub's own secrets. Opened outside the database.
create table data_keys (
    id          uuid primary key,
    org_id      uuid not null references organizations(id),
    subject     text not null,
    made_at     bigint not null,
    kek_version bigint not null,
    wrapped     bytea not null,
    unique (org_id, subject)
);
create index idx_data_keys_version on data_keys(org_id, kek_version);

-- Authenticator apps. Until a first code was shown, `confirmed_at` is null and the secret lets nobody in.
create table totp (
    user_id      uuid primary key references users(id),
    org_id       uuid not null references organizations(id),
    -- Sealed under the hub's own data key.
    secret       bytea not null,
    made_at      bigint not null,
    confirmed_at bigint,
    -- The step of the last code that was good: the next one must be of a later step.
    last_step    bigint
);

-- Codes on paper, as digests; a row is one person's whole set.
create table recovery_codes (
    user_id uuid primary key references users(id),
    org_id  uuid not null references organizations(id),
    codes   text not null,
    made_at bigint not null
);

select vyavs_tenant_table('data_keys', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('totp', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('recovery_codes', 'org_id', 'select, insert, update, delete');
