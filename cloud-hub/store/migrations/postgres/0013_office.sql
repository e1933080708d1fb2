-- What goes when its time is over: audit entries from the front, closed cases, what people were told; and to whom reports go.

-- Up to where entries went, and the hash that the chain goes on from; null while nothing went.
alter table audit_heads add column dropped_seq bigint not null default 0;
alter table audit_heads add column dropped_hash bytea;

-- The hub may take away what the head says is gone, and nothing else; nobody may change an entry.
grant delete on audit_log to vyavs_hub;
create policy gone on audit_log as restrictive for delete to vyavs_hub using
    (seq <= (select h.dropped_seq from audit_heads h where h.org_id = audit_log.org_id));

-- How a closed case ended; a confirmed one is kept for longer.
alter table cases add column finding text;
update cases set finding = body->'state'->>'finding' where state = 'closed';
create index idx_cases_closed on cases(org_id, changed_at, id) where state = 'closed';
-- The timeline goes with its case, and only once that is closed.
grant delete on case_entries to vyavs_hub;
create policy gone on case_entries as restrictive for delete to vyavs_hub using
    (exists (select 1 from cases c where c.org_id = case_entries.org_id and c.id = case_entries.case_id and c.state = 'closed'));

create index idx_notifications_age on notifications(org_id, at);
create index idx_notices_age on notices(org_id, ended_at) where ended_at is not null;
create index idx_webhook_deliveries_age on webhook_deliveries(org_id, ended_at) where ended_at is not null;
create index idx_minutes_age on minutes(org_id, at);

-- Answers under an Idempotency-Key are sealed from now on; those that were kept in clear go.
delete from idempotency;

-- To whom a schedule's reports go.
alter table job_schedules add column attach boolean not null default false;
create table schedule_recipients (
    schedule_id uuid not null references job_schedules(id) on delete cascade,
    user_id     uuid not null references users(id) on delete cascade,
    org_id      uuid not null references organizations(id),
    primary key (schedule_id, user_id)
);
create index idx_schedule_recipients_user on schedule_recipients(org_id, user_id);

-- Reports that went to somebody; the id is that of the notification and of the mail.
create table report_deliveries (
    id      uuid primary key,
    org_id  uuid not null references organizations(id),
    job_id  uuid not null,
    user_id uuid not null references users(id) on delete cascade,
    attach  boolean not null,
    at      bigint not null
);
create index idx_report_deliveries_user on report_deliveries(org_id, user_id, job_id);
create index idx_report_deliveries_age on report_deliveries(org_id, at);
select vyavs_tenant_table('schedule_recipients', 'org_id', 'select, insert, delete');
select vyavs_tenant_table('report_deliveries', 'org_id', 'select, insert, delete');
