-- What goes when its time is over: audit entries from the front, closed cases, what people were told; and to whom reports go.

-- Up to where entries went, and the hash that the chain goes on from; null while nothing went.
alter table audit_heads add column dropped_seq integer not null default 0;
alter table audit_heads add column dropped_hash blob;

-- How a closed case ended; a confirmed one is kept for longer.
alter table cases add column finding text;
update cases set finding = json_extract(body, '$.state.finding') where state = 'closed';
create index idx_cases_closed on cases(org_id, changed_at, id) where state = 'closed';

create index idx_notifications_age on notifications(org_id, at);
create index idx_notices_age on notices(org_id, ended_at) where ended_at is not null;
create index idx_webhook_deliveries_age on webhook_deliveries(org_id, ended_at) where ended_at is not null;
create index idx_minutes_age on minutes(org_id, at);

-- Answers under an Idempotency-Key are sealed from now on; those that were kept in clear go.
delete from idempotency;

-- To whom a schedule's reports go.
alter table job_schedules add column attach boolean not null default false;
create table schedule_recipients (
    schedule_id text not null references job_schedules(id) on delete cascade,
    user_id     text not null references users(id) on delete cascade,
    org_id      text not null references organizations(id),
    primary key (schedule_id, user_id)
);
create index idx_schedule_recipients_user on schedule_recipients(org_id, user_id);

-- Reports that went to somebody; the id is that of the notification and of the mail.
create table report_deliveries (
    id      text primary key,
    org_id  text not null references organizations(id),
    job_id  text not null,
    user_id text not null references users(id) on delete cascade,
    attach  boolean not null,
    at      integer not null
);
create index idx_report_deliveries_user on report_deliveries(org_id, user_id, job_id);
create index idx_report_deliveries_age on report_deliveries(org_id, at);
