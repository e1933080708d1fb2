-- Who may do what, where, and what they did. Its twin for SQLite stands in migrations/sqlite.

-- How people are called; whether they reach all stores ('all') or those in `reach` ('some').
alter table users add column name text not null default '';
alter table users add column reach text not null default 'all';
-- Raised with every change by a person: the ETag of the row.
alter table users add column version bigint not null default 1;
alter table stores add column version bigint not null default 1;
alter table organizations add column version bigint not null default 1;

-- The stores of those who do not reach all. The holder is a person or a key.
create table reach (
    holder   uuid not null,
    store_id uuid not null references stores(id),
    org_id   uuid not null references organizations(id),
    primary key (holder, store_id)
);

-- One sign-in of one person: the family of its refresh tokens, as people see it in their list.
create table sign_ins (
    family           uuid primary key,
    org_id           uuid not null references organizations(id),
    user_id          uuid not null references users(id),
    began_at         bigint not null,
    seen_at          bigint not null,
    -- When a factor was last shown, and which: what a step-up asks for.
    authenticated_at bigint not null,
    factors          text not null,
    client           text not null,
    address          text not null,
    ended_at         bigint
);
create index idx_sign_ins_user on sign_ins(user_id, began_at);

-- Keys of machines: only the hash of the secret is here.
create table machine_keys (
    id           uuid primary key,
    org_id       uuid not null references organizations(id),
    name         text not null,
    hash         bytea not null,
    permissions  text not null,
    reach        text not null default 'all',
    created_by   uuid not null,
    created_at   bigint not null,
    expires_at   bigint,
    last_used_at bigint,
    revoked_at   bigint
);
create index idx_machine_keys_org on machine_keys(org_id, created_at);

-- Every call that changed something or tried to, chained: hash = SHA-256(hash of the one before ‖ entry).
-- `entry` is the text that was hashed; the columns beside it are for searching and say nothing of their own.
create table audit_log (
    org_id   uuid not null references organizations(id),
    seq      bigint not null,
    at       bigint not null,
    actor_id uuid not null,
    action   text not null,
    object   text,
    entry    text not null,
    hash     bytea not null,
    primary key (org_id, seq)
);
create index idx_audit_log_at on audit_log(org_id, at);
create index idx_audit_log_actor on audit_log(org_id, actor_id, seq);

create table audit_heads (
    org_id uuid primary key references organizations(id),
    seq    bigint not null,
    hash   bytea not null
);

-- Answers to writes that named an Idempotency-Key, so that the same call again changes nothing.
create table idempotency (
    org_id     uuid not null references organizations(id),
    actor_id   uuid not null,
    key        text not null,
    request    bytea not null,
    status     bigint,
    body       bytea,
    content    text,
    created_at bigint not null,
    primary key (org_id, actor_id, key)
);
create index idx_idempotency_created on idempotency(created_at);

-- Puts a table under the tenant's and the hub's policies, as 0002 did for the first ones; `rights` is what a signed-in
-- person's transaction may do with it.
create function vyavs_tenant_table(target text, tenant text, rights text) returns void language plpgsql as $$
begin
    execute format('alter table %I enable row level security', target);
    execute format('alter table %I force row level security', target);
    execute format('create policy tenant on %I to vyavs_app using (%I = (select vyavs_org())) with check (%I = (select vyavs_org()))',
                   target, tenant, tenant);
    execute format('create policy hub on %I to vyavs_hub using ((select current_user) = ''vyavs_hub'') with check (current_user = ''vyavs_hub'')',
                   target);
    if rights <> '' then
        execute format('grant %s on %I to vyavs_app', rights, target);
    end if;
    execute format('grant select, insert, update, delete on %I to vyavs_hub', target);
end $$;

select vyavs_tenant_table('reach', 'org_id', 'select, insert, delete');
select vyavs_tenant_table('sign_ins', 'org_id', 'select, update');
select vyavs_tenant_table('machine_keys', 'org_id', 'select, insert, update');
-- Nobody may change what was written, not even the hub.
select vyavs_tenant_table('audit_log', 'org_id', 'select, insert');
revoke update, delete on audit_log from vyavs_hub;
select vyavs_tenant_table('audit_heads', 'org_id', 'select, insert, update');
select vyavs_tenant_table('idempotency', 'org_id', 'select, insert, update, delete');
