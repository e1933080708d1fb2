-- What the hub says to people and to other systems: mail, links that work once, calls of webhooks, notifications, and who
-- is told of what. Instants are microseconds since 1970.

-- Mail on its way. `body` is sealed, for it holds links that let somebody in; it is gone once the mail was sent.
create table mails (
    id         text primary key,
    org_id     text not null references organizations(id),
    user_id    text,
    kind       text not null,
    recipient  text not null,
    subject    text not null,
    body       blob,
    state      text not null,
    attempts   integer not null default 0,
    next_at    integer not null,
    created_at integer not null,
    -- After this it is of no use to whoever gets it.
    good_until integer,
    ended_at   integer,
    error      text,
    -- When it was written into the folder of a hub without a mail server.
    filed_at   integer,
    lease      text,
    lease_until integer
);
create index idx_mails_next on mails(next_at, id) where state = 'waiting';
create index idx_mails_org on mails(org_id, created_at, id);

-- Links that work once: only a digest of the token is here.
create table links (
    digest     blob primary key,
    org_id     text not null references organizations(id),
    user_id    text not null references users(id),
    purpose    text not null,
    state      blob not null,
    expires_at integer not null,
    used_at    integer,
    created_at integer not null
);
create index idx_links_user on links(org_id, user_id, purpose);

-- Other systems that are called. The secrets are sealed.
create table webhook_endpoints (
    id           text primary key,
    org_id       text not null references organizations(id),
    name         text not null,
    url          text not null,
    -- Kinds with spaces between; all of them when empty.
    events       text not null,
    secret       blob not null,
    -- The one before, which still signs until then.
    old_secret   blob,
    old_until    integer,
    enabled      boolean not null,
    -- Why the hub switched it off itself.
    off_reason   text,
    -- Calls in a row that failed, and until when it rests because of that.
    failures     integer not null default 0,
    paused_until integer,
    version      integer not null default 1,
    created_by   text not null,
    created_at   integer not null
);
create index idx_webhook_endpoints_org on webhook_endpoints(org_id, created_at, id);

-- One event to one endpoint. `body` is what is signed and sent, byte by byte.
create table webhook_deliveries (
    id          text primary key,
    org_id      text not null references organizations(id),
    endpoint_id text not null references webhook_endpoints(id) on delete cascade,
    kind        text not null,
    store_id    text,
    body        text not null,
    state       text not null,
    -- Attempts since it was made or replayed, and in all.
    attempt     integer not null default 0,
    attempts    integer not null default 0,
    next_at     integer not null,
    created_at  integer not null,
    ended_at    integer,
    error       text,
    lease       text,
    lease_until integer
);
create index idx_webhook_deliveries_next on webhook_deliveries(next_at, id) where state = 'waiting';
create index idx_webhook_deliveries_held on webhook_deliveries(endpoint_id, lease_until) where state = 'waiting';
create index idx_webhook_deliveries_endpoint on webhook_deliveries(org_id, endpoint_id, created_at, id);

create table webhook_attempts (
    delivery_id text not null references webhook_deliveries(id) on delete cascade,
    number      integer not null,
    org_id      text not null references organizations(id),
    at          integer not null,
    took_ms     integer not null,
    status      integer,
    error       text,
    -- The first of what was answered.
    head        text,
    primary key (delivery_id, number)
);

-- What a person is told in the dashboard.
create table notifications (
    id        text primary key,
    org_id    text not null references organizations(id),
    user_id   text not null references users(id),
    kind      text not null,
    title     text not null,
    body      text not null,
    link      text,
    store_id  text,
    at        integer not null,
    read_at   integer,
    -- Whether it still has to go out as mail, too.
    mail_due  boolean not null
);
create index idx_notifications_user on notifications(org_id, user_id, at, id);
create index idx_notifications_unread on notifications(org_id, user_id) where read_at is null;
create index idx_notifications_mail on notifications(at, id) where mail_due;

create table notification_preferences (
    user_id text primary key references users(id),
    org_id  text not null references organizations(id),
    kinds   text not null
);

-- Who is told of which incidents.
create table notification_routes (
    id         text primary key,
    org_id     text not null references organizations(id),
    name       text not null,
    enabled    boolean not null,
    route      text not null,
    version    integer not null default 1,
    created_at integer not null
);
create index idx_notification_routes_org on notification_routes(org_id, name, id);

-- What is to be told, planned with the event it tells of. The id hangs on what is told to whom.
create table notices (
    id          text primary key,
    org_id      text not null references organizations(id),
    incident_id text not null,
    store_id    text not null,
    notice      text not null,
    due_at      integer not null,
    state       text not null,
    ended_at    integer,
    why         text
);
create index idx_notices_due on notices(due_at, id) where state = 'waiting';
create index idx_notices_incident on notices(org_id, incident_id, due_at, id);
