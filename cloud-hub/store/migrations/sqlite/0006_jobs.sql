-- Work that outlives a request: jobs with leases, schedules that start them, and the files they made.

create table jobs (
    id           text primary key,
    org_id       text not null references organizations(id),
    kind         text not null,
    input        text not null,
    -- The same work asked for twice is one job; without a key of its own a job's id stands here.
    once_key     text not null,
    priority     integer not null,
    state        text not null,
    run_at       integer not null,
    created_at   integer not null,
    actor_kind   text not null,
    actor_id     text not null,
    schedule_id  text,
    max_failures integer not null,
    -- Times it ended in an error; times its worker was gone since it last moved.
    failures     integer not null default 0,
    losses       integer not null default 0,
    -- Raised with every claim: what an earlier holder still writes is refused by it.
    fence        integer not null default 0,
    lease_owner  text,
    lease_until  integer,
    started_at   integer,
    moved_at     integer,
    ended_at     integer,
    cancel_at    integer,
    done         integer not null default 0,
    total        integer,
    unit         text not null default '',
    checkpoint   text,
    result       text,
    error        text
);
create unique index idx_jobs_once on jobs(org_id, kind, once_key);
create index idx_jobs_next on jobs(priority desc, run_at, id) where state = 'queued';
create index idx_jobs_running on jobs(org_id, lease_until) where state = 'running';
create index idx_jobs_org_time on jobs(org_id, created_at, id);

-- A file of a job. It is whole before its row is here; `removed_at` says that the file is gone and the row stays.
create table job_outputs (
    job_id     text primary key references jobs(id),
    org_id     text not null references organizations(id),
    name       text not null,
    media_type text not null,
    file       text not null,
    size       integer not null,
    digest     text not null,
    rows       integer not null,
    totals     text not null,
    created_at integer not null,
    expires_at integer not null,
    removed_at integer
);
create index idx_job_outputs_expires on job_outputs(expires_at) where removed_at is null;

create table job_schedules (
    id         text primary key,
    org_id     text not null references organizations(id),
    name       text not null,
    kind       text not null,
    input      text not null,
    pattern    text not null,
    timezone   text not null,
    paused     boolean not null,
    actor_kind text not null,
    actor_id   text not null,
    version    integer not null default 1,
    created_at integer not null,
    -- The next planned instant; null while paused and when the pattern has no further one.
    next_at    integer,
    last_at    integer,
    last_job   text
);
create index idx_job_schedules_org on job_schedules(org_id, name, id);
create index idx_job_schedules_next on job_schedules(next_at) where next_at is not null;
