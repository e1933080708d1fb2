-- Work that outlives a request: jobs with leases, schedules that start them, and the files they made. Its twin for
-- SQLite stands in migrations/sqlite.

create table jobs (
    id           uuid primary key,
    org_id       uuid not null references organizations(id),
    kind         text not null,
    input        jsonb not null,
    -- The same work asked for twice is one job; without a key of its own a job's id stands here.
    once_key     text not null,
    priority     bigint not null,
    state        text not null,
    run_at       bigint not null,
    created_at   bigint not null,
    actor_kind   text not null,
    actor_id     uuid not null,
    schedule_id  uuid,
    max_failures bigint not null,
    -- Times it ended in an error; times its worker was gone since it last moved.
    failures     bigint not null default 0,
    losses       bigint not null default 0,
    -- Raised with every claim: what an earlier holder still writes is refused by it.
    fence        bigint not null default 0,
    lease_owner  text,
    lease_until  bigint,
    started_at   bigint,
    moved_at     bigint,
    ended_at     bigint,
    cancel_at    bigint,
    done         bigint not null default 0,
    total        bigint,
    unit         text not null default '',
    checkpoint   jsonb,
    result       jsonb,
    error        text
);
create unique index idx_jobs_once on jobs(org_id, kind, once_key);
create index idx_jobs_next on jobs(priority desc, run_at, id) where state = 'queued';
create index idx_jobs_running on jobs(org_id, lease_until) where state = 'running';
create index idx_jobs_org_time on jobs(org_id, created_at, id);

-- A file of a job. It is whole before its row is here; `removed_at` says that the file is gone and the row stays.
create table job_outputs (
    job_id     uuid primary key references jobs(id),
    org_id     uuid not null references organizations(id),
    name       text not null,
    media_type text not null,
    file       text not null,
    size       bigint not null,
    digest     text not null,
    rows       bigint not null,
    totals     jsonb not null,
    created_at bigint not null,
    expires_at bigint not null,
    removed_at bigint
);
create index idx_job_outputs_expires on job_outputs(expires_at) where removed_at is null;

create table job_schedules (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    name       text not null,
    kind       text not null,
    input      jsonb not null,
    pattern    text not null,
    timezone   text not null,
    paused     boolean not null,
    actor_kind text not null,
    actor_id   uuid not null,
    version    bigint not null default 1,
    created_at bigint not null,
    -- The next planned instant; null while paused and when the pattern has no further one.
    next_at    bigint,
    last_at    bigint,
    last_job   uuid
);
create index idx_job_schedules_org on job_schedules(org_id, name, id);
create index idx_job_schedules_next on job_schedules(next_at) where next_at is not null;

select vyavs_tenant_table('jobs', 'org_id', 'select, insert, update');
select vyavs_tenant_table('job_outputs', 'org_id', 'select, insert, update');
select vyavs_tenant_table('job_schedules', 'org_id', 'select, insert, update, delete');
