-- What the hub says to people and to other systems: mail, links that work once, calls of webhooks, notifications, and who
-- is told of what. Its twin for SQLite stands in migrations/sqlite.

-- Mail on its way. `body` is sealed, for it holds links that let somebody in; it is gone once the mail was sent.
create table mails (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    user_id    uuid,
    kind       text not null,
    recipient  text not null,
    subject    text not null,
    body       bytea,
    state      text not null,
    attempts   bigint not null default 0,
    next_at    bigint not null,
    created_at bigint not null,
    -- After this it is of no use to whoever gets it.
    good_until bigint,
    ended_at   bigint,
    error      text,
    -- When it was written into the folder of a hub without a mail server.
    filed_at   bigint,
    lease      uuid,
    lease_until bigint
);
create index idx_mails_next on mails(next_at, id) where state = 'waiting';
create index idx_mails_org on mails(org_id, created_at, id);

-- Links that work once: only a digest of the token is here.
create table links (
    digest     bytea primary key,
    org_id     uuid not null references organizations(id),
    user_id    uuid not null references users(id),
    purpose    text not null,
    state      bytea not null,
    expires_at bigint not null,
    used_at    bigint,
    created_at bigint not null
);
create index idx_links_user on links(org_id, user_id, purpose);

-- Other systems that are called. The secrets are sealed.
create table webhook_endpoints (
    id           uuid primary key,
    org_id       uuid not null references organizations(id),
    name         text not null,
    url          text not null,
    -- Kinds with spaces between; all of them when empty.
    events       text not null,
    secret       bytea not null,
    -- The one before, which still signs until then.
    old_secret   bytea,
    old_until    bigint,
    enabled      boolean not null,
    -- Why the hub switched it off itself.
    off_reason   text,
    -- Calls in a row that failed, and until when it rests because of that.
    failures     bigint not null default 0,
    paused_until bigint,
    version      bigint not null default 1,
    created_by   uuid not null,
    created_at   bigint not null
);
create index idx_webhook_endpoints_org on webhook_endpoints(org_id, created_at, id);

-- One event to one endpoint. `body` is what is signed and sent, byte by byte.
create table webhook_deliveries (
    id          uuid primary key,
    org_id      uuid not null references organizations(id),
    endpoint_id uuid not null references webhook_endpoints(id) on delete cascade,
    kind        text not null,
    store_id    uuid,
    body        text not null,
    state       text not null,
    -- Attempts since it was made or replayed, and in all.
    attempt     bigint not null default 0,
    attempts    bigint not null default 0,
    next_at     bigint not null,
    created_at  bigint not null,
    ended_at    bigint,
    error       text,
    lease       uuid,
    lease_until bigint
);
create index idx_webhook_deliveries_next on webhook_deliveries(next_at, id) where state = 'waiting';
create index idx_webhook_deliveries_held on webhook_deliveries(endpoint_id, lease_until) where state = 'waiting';
create index idx_webhook_deliveries_endpoint on webhook_deliveries(org_id, endpoint_id, created_at, id);

create table webhook_attempts (
    delivery_id uuid not null references webhook_deliveries(id) on delete cascade,
    number      bigint not null,
    org_id      uuid not null references organizations(id),
    at          bigint not null,
    took_ms     bigint not null,
    status      bigint,
    error       text,
    -- The first of what was answered.
    head        text,
    primary key (delivery_id, number)
);

-- What a person is told in the dashboard.
create table notifications (
    id        uuid primary key,
    org_id    uuid not null references organizations(id),
    user_id   uuid not null references users(id),
    kind      text not null,
    title     text not null,
    body      text not null,
    link      text,
    store_id  uuid,
    at        bigint not null,
    read_at   bigint,
    -- Whether it still has to go out as mail, too.
    mail_due  boolean not null
);
create index idx_notifications_user on notifications(org_id, user_id, at, id);
create index idx_notifications_unread on notifications(org_id, user_id) where read_at is null;
create index idx_notifications_mail on notifications(at, id) where mail_due;

create table notification_preferences (
    user_id uuid primary key references users(id),
    org_id  uuid not null references organizations(id),
    kinds   jsonb not null
);

-- Who is told of which incidents.
create table notification_routes (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    name       text not null,
    enabled    boolean not null,
    route      jsonb not null,
    version    bigint not null default 1,
    created_at bigint not null
);
create index idx_notification_routes_org on notification_routes(org_id, name, id);

-- What is to be told, planned with the event it tells of. The id hangs on what is told to whom.
create table notices (
    id          uuid primary key,
    org_id      uuid not null references organizations(id),
    incident_id uuid not null,
    store_id    uuid not null,
    notice      jsonb not null,
    due_at      bigint not null,
    state       text not null,
    ended_at    bigint,
    why         text
);
create index idx_notices_due on notices(due_at, id) where state = 'waiting';
create index idx_notices_incident on notices(org_id, incident_id, due_at, id);

select vyavs_tenant_table('mails', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('links', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('webhook_endpoints', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('webhook_deliveries', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('webhook_attempts', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('notifications', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('notification_preferences', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('notification_routes', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('notices', 'org_id', 'select, insert, update, delete');
