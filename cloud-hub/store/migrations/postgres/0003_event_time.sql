-- When something happened, by the hub's reckoning, beside what the device's clock said. `at` (and raised_at, cleared_at) is
-- the event time; device_at is the raw reading of the device's clock where that was wrong, and null where it was right.

alter table readings add column device_at bigint;
alter table minutes add column device_at bigint;
alter table alarms add column device_raised_at bigint;
alter table alarms add column device_cleared_at bigint;
alter table till_events add column device_at bigint;

-- closed_at and business_day stay as the till said. Where a ticket's time follows the wrong clock of its box, event_at says
-- when it was; null everywhere else.
alter table receipts add column event_at bigint;
create index idx_receipts_event_at on receipts(store_id, event_at) where event_at is not null;

-- Raw clock readings of devices: every hello, and every state of the clock a frame shows for the first time in its boot.
-- clock: 0 synced, 1 holdover, 2 unset. wall_us is the device's own clock, mono_ms its time since boot, received_at the
-- hub's clock when the message came, ahead_us how far the device was found ahead of the hub (0: right).
create table clock_marks (
    device_id   uuid not null,
    boot_id     uuid not null,
    mono_ms     bigint not null,
    hello       boolean not null,
    org_id      uuid not null,
    wall_us     bigint not null,
    clock       bigint not null,
    received_at bigint not null,
    ahead_us    bigint not null,
    primary key (device_id, boot_id, mono_ms, hello)
);

alter table clock_marks enable row level security;
alter table clock_marks force row level security;
create policy tenant on clock_marks to vyavs_app using (org_id = (select vyavs_org())) with check (org_id = (select vyavs_org()));
create policy hub on clock_marks to vyavs_hub using ((select current_user) = 'vyavs_hub') with check (current_user = 'vyavs_hub');
grant select on clock_marks to vyavs_app;
grant select, insert, update, delete on clock_marks to vyavs_hub;
