-- Rules, what they remember, the incidents they open, and cases. Its twin for PostgreSQL stands in migrations/postgres.

-- A rule is what its revisions say. `latest` is the newest of them, `active` the one that runs; null: none does.
create table rules (
    id         text primary key,
    org_id     text not null references organizations(id),
    latest     integer not null,
    active     integer,
    version    integer not null default 1,
    created_at integer not null,
    changed_at integer not null,
    deleted_at integer
);
create index idx_rules_org on rules(org_id, created_at, id);

create table rule_revisions (
    rule_id       text not null references rules(id),
    revision      integer not null,
    org_id        text not null,
    body          text not null,
    author        text not null,
    created_at    integer not null,
    backtest_job  text,
    backtest      text,
    backtested_at integer,
    primary key (rule_id, revision)
) without rowid;

-- What a rule remembers of one subject. `device_id` is the box whose records it lives on; zeros: the hub's own clock.
create table rule_watches (
    rule_id   text not null references rules(id),
    store_id  text not null,
    subject   text not null,
    org_id    text not null,
    device_id text not null,
    state     text not null,
    due       integer,
    primary key (rule_id, store_id, subject)
) without rowid;
create index idx_rule_watches_subject on rule_watches(org_id, store_id, subject);
create index idx_rule_watches_due on rule_watches(org_id, device_id, due) where due is not null;

-- What was stored and no rule has looked at yet: a queue, not a log.
create table rule_arrivals (
    n          integer primary key autoincrement,
    org_id     text not null,
    store_id   text not null,
    device_id  text not null,
    detail     text not null,
    arrived_at integer not null
);
create index idx_rule_arrivals_org on rule_arrivals(org_id, n);

-- One row an organization: who holds it looks at the organization's rules.
create table rule_desks (
    org_id   text primary key references organizations(id),
    turn     integer not null default 0,
    swept_at integer
) without rowid;

-- What the hub itself observed and stands in no other table over time: stock levels, the health of devices.
create table hub_observations (
    store_id text not null,
    measure  text not null,
    subject  text not null,
    at       integer not null,
    org_id   text not null,
    value    real not null,
    kind     text not null,
    category text not null,
    primary key (store_id, measure, subject, at)
) without rowid;
create index idx_hub_observations_time on hub_observations(org_id, at);

-- How far an alarm of a device went into an incident: 0 not, 1 raised, 2 cleared.
alter table alarms add column told integer not null default 0;

create table incidents (
    id         text primary key,
    org_id     text not null references organizations(id),
    store_id   text not null,
    key        text not null,
    rule_id    text,
    state      text not null,
    severity   text not null,
    assignee   text,
    opened_at  integer not null,
    changed_at integer not null,
    -- When time alone changes it next.
    due        integer,
    events     integer not null,
    useful     integer not null,
    useless    integer not null,
    -- Title, cause and subjects in lower case, to be searched.
    words      text not null,
    body       text not null
);
create index idx_incidents_org_time on incidents(org_id, opened_at, id);
create index idx_incidents_key on incidents(org_id, key, opened_at);
create index idx_incidents_due on incidents(org_id, due) where due is not null;
create index idx_incidents_rule on incidents(rule_id);

create table incident_events (
    incident_id text not null references incidents(id),
    seq         integer not null,
    org_id      text not null,
    at          integer not null,
    body        text not null,
    primary key (incident_id, seq)
) without rowid;

create table cases (
    id         text primary key,
    org_id     text not null references organizations(id),
    store_id   text not null,
    kind       text not null,
    state      text not null,
    assignee   text,
    opened_at  integer not null,
    changed_at integer not null,
    entries    integer not null,
    body       text not null
);
create index idx_cases_org_time on cases(org_id, opened_at, id);

-- `line` is hashed as it stands; see vyavs-rules.
create table case_entries (
    case_id text not null references cases(id),
    seq     integer not null,
    org_id  text not null,
    at      integer not null,
    line    text not null,
    hash    text not null,
    primary key (case_id, seq)
) without rowid;
