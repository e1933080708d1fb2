-- Second factors of people, and the wrapped keys that seal them.

-- Data keys, wrapped: one a person whose fields are sealed, one for the hub's own secrets. Opened outside the database.
create table data_keys (
    id          text primary key,
    org_id      text not null references organizations(id),
    subject     text not null,
    made_at     integer not null,
    kek_version integer not null,
    wrapped     blob not null,
    unique (org_id, subject)
);
create index idx_data_keys_version on data_keys(org_id, kek_version);

-- Authenticator apps. Until a first code was shown, `confirmed_at` is null and the secret lets nobody in.
create table totp (
    user_id      text primary key references users(id),
    org_id       text not null references organizations(id),
    -- Sealed under the hub's own data key.
    secret       blob not null,
    made_at      integer not null,
    confirmed_at integer,
    -- The step of the last code that was good: the next one must be of a later step.
    last_step    integer
);

-- Codes on paper, as digests; a row is one person's whole set.
create table recovery_codes (
    user_id text primary key references users(id),
    org_id  text not null references organizations(id),
    codes   text not null,
    made_at integer not null
);
