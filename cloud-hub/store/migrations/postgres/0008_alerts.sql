-- Rules, what they remember, the incidents they open, and cases. Its twin for SQLite stands in migrations/sqlite.

-- A rule is what its revisions say. `latest` is the newest of them, `active` the one that runs; null: none does.
create table rules (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    latest     bigint not null,
    active     bigint,
    version    bigint not null default 1,
    created_at bigint not null,
    changed_at bigint not null,
    deleted_at bigint
);
create index idx_rules_org on rules(org_id, created_at, id);

create table rule_revisions (
    rule_id       uuid not null references rules(id),
    revision      bigint not null,
    org_id        uuid not null,
    body          jsonb not null,
    author        jsonb not null,
    created_at    bigint not null,
    backtest_job  uuid,
    backtest      jsonb,
    backtested_at bigint,
    primary key (rule_id, revision)
);

-- What a rule remembers of one subject. `device_id` is the box whose records it lives on; zeros: the hub's own clock.
create table rule_watches (
    rule_id   uuid not null references rules(id),
    store_id  uuid not null,
    subject   text not null,
    org_id    uuid not null,
    device_id uuid not null,
    state     jsonb not null,
    due       bigint,
    primary key (rule_id, store_id, subject)
);
create index idx_rule_watches_subject on rule_watches(org_id, store_id, subject);
create index idx_rule_watches_due on rule_watches(org_id, device_id, due) where due is not null;

-- What was stored and no rule has looked at yet: a queue, not a log.
create table rule_arrivals (
    n          bigint generated always as identity primary key,
    org_id     uuid not null,
    store_id   uuid not null,
    device_id  uuid not null,
    detail     jsonb not null,
    arrived_at bigint not null
);
create index idx_rule_arrivals_org on rule_arrivals(org_id, n);

-- One row an organization: who holds it looks at the organization's rules.
create table rule_desks (
    org_id   uuid primary key references organizations(id),
    turn     bigint not null default 0,
    swept_at bigint
);

-- What the hub itself observed and stands in no other table over time: stock levels, the health of devices.
create table hub_observations (
    store_id uuid not null,
    measure  text not null,
    subject  text not null,
    at       bigint not null,
    org_id   uuid not null,
    value    double precision not null,
    kind     text not null,
    category text not null,
    primary key (store_id, measure, subject, at)
);
create index idx_hub_observations_time on hub_observations(org_id, at);

-- How far an alarm of a device went into an incident: 0 not, 1 raised, 2 cleared.
alter table alarms add column told bigint not null default 0;

create table incidents (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    store_id   uuid not null,
    key        text not null,
    rule_id    uuid,
    state      text not null,
    severity   text not null,
    assignee   uuid,
    opened_at  bigint not null,
    changed_at bigint not null,
    -- When time alone changes it next.
    due        bigint,
    events     bigint not null,
    useful     bigint not null,
    useless    bigint not null,
    -- Title, cause and subjects in lower case, to be searched.
    words      text not null,
    body       jsonb not null
);
create index idx_incidents_org_time on incidents(org_id, opened_at, id);
create index idx_incidents_key on incidents(org_id, key, opened_at);
create index idx_incidents_due on incidents(org_id, due) where due is not null;
create index idx_incidents_rule on incidents(rule_id);

create table incident_events (
    incident_id uuid not null references incidents(id),
    seq         bigint not null,
    org_id      uuid not null,
    at          bigint not null,
    body        jsonb not null,
    primary key (incident_id, seq)
);

create table cases (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    store_id   uuid not null,
    kind       text not null,
    state      text not null,
    assignee   uuid,
    opened_at  bigint not null,
    changed_at bigint not null,
    entries    bigint not null,
    body       jsonb not null
);
create index idx_cases_org_time on cases(org_id, opened_at, id);

-- `line` is hashed as it stands; see vyavs-rules.
create table case_entries (
    case_id uuid not null references cases(id),
    seq     bigint not null,
    org_id  uuid not null,
    at      bigint not null,
    line    text not null,
    hash    text not null,
    primary key (case_id, seq)
);

select vyavs_tenant_table('rules', 'org_id', 'select, insert, update');
select vyavs_tenant_table('rule_revisions', 'org_id', 'select, insert, update');
select vyavs_tenant_table('rule_watches', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('rule_arrivals', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('rule_desks', 'org_id', 'select, insert, update');
select vyavs_tenant_table('hub_observations', 'org_id', 'select, insert, delete');
select vyavs_tenant_table('incidents', 'org_id', 'select, insert, update');
select vyavs_tenant_table('cases', 'org_id', 'select, insert, update');
-- Nobody rewrites what happened.
select vyavs_tenant_table('incident_events', 'org_id', 'select, insert');
select vyavs_tenant_table('case_entries', 'org_id', 'select, insert');
revoke update, delete on incident_events, case_entries from vyavs_hub;
grant update (told) on alarms to vyavs_app;
