-- Who may do what, where, and what they did.

-- How people are called; whether they reach all stores ('all') or those in `reach` ('some').
alter table users add column name text not null default '';
alter table users add column reach text not null default 'all';
-- Raised with every change by a person: the ETag of the row.
alter table users add column version integer not null default 1;
alter table stores add column version integer not null default 1;
alter table organizations add column version integer not null default 1;

-- The stores of those who do not reach all. The holder is a person or a key.
create table reach (
    holder   text not null,
    store_id text not null references stores(id),
    org_id   text not null references organizations(id),
    primary key (holder, store_id)
) without rowid;

-- One sign-in of one person: the family of its refresh tokens, as people see it in their list.
create table sign_ins (
    family           text primary key,
    org_id           text not null references organizations(id),
    user_id          text not null references users(id),
    began_at         integer not null,
    seen_at          integer not null,
    -- When a factor was last shown, and which: what a step-up asks for.
    authenticated_at integer not null,
    factors          text not null,
    client           text not null,
    address          text not null,
    ended_at         integer
);
create index idx_sign_ins_user on sign_ins(user_id, began_at);

-- Keys of machines: only the hash of the secret is here.
create table machine_keys (
    id           text primary key,
    org_id       text not null references organizations(id),
    name         text not null,
    hash         blob not null,
    permissions  text not null,
    reach        text not null default 'all',
    created_by   text not null,
    created_at   integer not null,
    expires_at   integer,
    last_used_at integer,
    revoked_at   integer
);
create index idx_machine_keys_org on machine_keys(org_id, created_at);

-- Every call that changed something or tried to, chained: hash = SHA-256(hash of the one before ‖ entry).
-- `entry` is the text that was hashed; the columns beside it are for searching and say nothing of their own.
create table audit_log (
    org_id   text not null references organizations(id),
    seq      integer not null,
    at       integer not null,
    actor_id text not null,
    action   text not null,
    object   text,
    entry    text not null,
    hash     blob not null,
    primary key (org_id, seq)
) without rowid;
create index idx_audit_log_at on audit_log(org_id, at);
create index idx_audit_log_actor on audit_log(org_id, actor_id, seq);

create table audit_heads (
    org_id text primary key references organizations(id),
    seq    integer not null,
    hash   blob not null
);

-- Answers to writes that named an Idempotency-Key, so that the same call again changes nothing.
create table idempotency (
    org_id     text not null references organizations(id),
    actor_id   text not null,
    key        text not null,
    request    blob not null,
    status     integer,
    body       blob,
    content    text,
    created_at integer not null,
    primary key (org_id, actor_id, key)
) without rowid;
create index idx_idempotency_created on idempotency(created_at);
