-- When something happened, by the hub's reckoning, beside what the device's clock said. `at` (and raised_at, cleared_at) is
-- the event time; device_at is the raw reading of the device's clock where that was wrong, and null where it was right.

alter table readings add column device_at integer;
alter table minutes add column device_at integer;
alter table alarms add column device_raised_at integer;
alter table alarms add column device_cleared_at integer;
alter table till_events add column device_at integer;

-- closed_at and business_day stay as the till said. Where a ticket's time follows the wrong clock of its box, event_at says
-- when it was; null everywhere else.
alter table receipts add column event_at integer;
create index idx_receipts_event_at on receipts(store_id, event_at) where event_at is not null;

-- Raw clock readings of devices: every hello, and every state of the clock a frame shows for the first time in its boot.
-- clock: 0 synced, 1 holdover, 2 unset. wall_us is the device's own clock, mono_ms its time since boot, received_at the
-- hub's clock when the message came, ahead_us how far the device was found ahead of the hub (0: right).
create table clock_marks (
    device_id   text not null,
    boot_id     text not null,
    mono_ms     integer not null,
    hello       boolean not null,
    org_id      text not null,
    wall_us     integer not null,
    clock       integer not null,
    received_at integer not null,
    ahead_us    integer not null,
    primary key (device_id, boot_id, mono_ms, hello)
) without rowid;
