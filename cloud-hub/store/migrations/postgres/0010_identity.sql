-- Who proves how who they are: machines, passkeys, people who sign in elsewhere. Its twin for SQLite stands in migrations/sqlite.

-- A 'key' is shown with every call, a 'client' trades its secret for access tokens. `public_id` is the part of it that may
-- be seen; a row without one is of a format that opens nothing any more.
alter table machine_keys add column kind text not null default 'key';
alter table machine_keys add column public_id text;
create unique index idx_machine_keys_public on machine_keys(public_id);

-- Passkeys: what must be known of each to verify it, in `record`. A credential belongs to one person of all.
create table passkeys (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    user_id    uuid not null references users(id),
    credential bytea not null unique,
    name       text not null,
    record     text not null
);
create index idx_passkeys_user on passkeys(user_id);

-- Sign-in services of an organization (OpenID Connect). Who is let in the first time: people who are there already
-- ('invited'), or anybody of its e-mail domains ('domain'), with this role and this reach (its stores are in `reach`).
create table identity_providers (
    id          uuid primary key,
    org_id      uuid not null references organizations(id),
    name        text not null,
    issuer      text not null,
    client_id   text not null,
    method      text not null,
    -- Sealed under the hub's own data key; null for a public client.
    secret      bytea,
    -- Separated by spaces.
    domains     text not null,
    admits      text not null,
    role        text not null,
    reach       text not null default 'all',
    created_at  bigint not null,
    disabled_at bigint,
    version     bigint not null default 1
);
create index idx_identity_providers_org on identity_providers(org_id, name);

-- Who somebody is at a sign-in service: issuer and subject, and never an address, which may be another's tomorrow.
create table external_identities (
    org_id    uuid not null references organizations(id),
    issuer    text not null,
    subject   text not null,
    user_id   uuid not null references users(id),
    linked_at bigint not null,
    used_at   bigint,
    primary key (org_id, issuer, subject)
);
create index idx_external_identities_user on external_identities(user_id);

select vyavs_tenant_table('passkeys', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('identity_providers', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('external_identities', 'org_id', 'select, insert, update, delete');
