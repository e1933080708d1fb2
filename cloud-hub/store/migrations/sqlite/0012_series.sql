-- Searches that stay quick over ten million lines. Its twin for PostgreSQL stands in migrations/postgres; the words of
-- products have their own index here (FTS5) since 0007.

-- The newest lines of a whole chain, and lines that come to much or little. Without the organization, which leads their twins
-- on PostgreSQL: SQLite plans without knowing how many stores one has, and would take such an index for the one of the store.
create index idx_transactions_org_time on transactions(transaction_time, id);
create index idx_transactions_org_total on transactions(total_amount);

-- What only a ticket's head knows is looked up there: one row a ticket, where the lines would be ten.
-- What the whole chain did within some hours.
create index idx_receipts_org_time on receipts(closed_at, id);
create index idx_receipts_number on receipts(org_id, number, closed_at, id);
create index idx_receipts_terminal on receipts(org_id, terminal, closed_at, id);
create index idx_receipts_operator on receipts(org_id, operator, closed_at, id) where operator is not null;
create index idx_receipts_customer on receipts(org_id, customer_id, closed_at, id) where customer_id is not null;
-- Nearly every ticket is a sale.
create index idx_receipts_kind on receipts(org_id, kind, closed_at, id) where kind <> 'sale';

-- Curves over long times: readings rolled up to minutes (tier 1), hours (2) and days (3) of UTC. A row counts the usable
-- readings alone; `last` is the last of them, null where all that is left are minutes that a device thinned.
create table series (
    store_id text not null,
    sensor   text not null,
    tier     integer not null,
    at       integer not null,
    org_id   text not null,
    count    integer not null,
    min      real not null,
    max      real not null,
    sum      real not null,
    last_at  integer,
    last     real,
    primary key (store_id, sensor, tier, at)
) without rowid;
create index idx_series_age on series(org_id, tier, at);

-- Minutes whose readings changed since they were rolled up: noted by a trigger, in the transaction that stores the readings.
create table series_dirty (
    store_id text not null,
    sensor   text not null,
    minute   integer not null,
    org_id   text not null,
    primary key (store_id, sensor, minute)
) without rowid;
create index idx_series_dirty_minute on series_dirty(minute);

-- Before when the rows of a tier (0: the readings themselves) are gone.
create table series_pruned (
    org_id  text not null,
    tier    integer not null,
    through integer not null,
    primary key (org_id, tier)
) without rowid;

create trigger series_dirty_reading after insert on readings begin
    insert into series_dirty (store_id, sensor, minute, org_id)
        values (new.store_id, new.sensor, new.at - ((new.at % 60000000) + 60000000) % 60000000, new.org_id)
        on conflict do nothing;
end;
create trigger series_dirty_minute after insert on minutes begin
    insert into series_dirty (store_id, sensor, minute, org_id)
        values (new.store_id, new.sensor, new.at - ((new.at % 60000000) + 60000000) % 60000000, new.org_id)
        on conflict do nothing;
end;

-- What was measured before is rolled up by the hub that starts next.
insert into series_dirty (store_id, sensor, minute, org_id)
    select distinct store_id, sensor, at - ((at % 60000000) + 60000000) % 60000000, org_id
    from (select store_id, sensor, at, org_id from readings union all select store_id, sensor, at, org_id from minutes) r
    where true;

-- Readings that are still to be copied to a time-series server, while hub_meta says mirror = on.
create table mirror_outbox (
    n        integer primary key autoincrement,
    org_id   text not null,
    store_id text not null,
    sensor   text not null,
    at       integer not null,
    value    real,
    quality  integer not null
);
create trigger mirror_reading after insert on readings when (select value from hub_meta where key = 'mirror') = 'on' begin
    insert into mirror_outbox (org_id, store_id, sensor, at, value, quality)
        values (new.org_id, new.store_id, new.sensor, new.at, new.value, new.quality);
end;
