-- Searches that stay quick over ten million lines. Its twin for SQLite stands in migrations/sqlite.

-- The newest lines of a whole chain, and lines that come to much or little.
create index idx_transactions_org_time on transactions(org_id, transaction_time, id);
create index idx_transactions_org_total on transactions(org_id, total_amount);

-- What only a ticket's head knows is looked up there: one row a ticket, where the lines would be ten.
-- What the whole chain did within some hours.
create index idx_receipts_org_time on receipts(org_id, closed_at, id);
create index idx_receipts_number on receipts(org_id, number, closed_at, id);
create index idx_receipts_terminal on receipts(org_id, terminal, closed_at, id);
create index idx_receipts_operator on receipts(org_id, operator, closed_at, id) where operator is not null;
create index idx_receipts_customer on receipts(org_id, customer_id, closed_at, id) where customer_id is not null;
-- Nearly every ticket is a sale.
create index idx_receipts_kind on receipts(org_id, kind, closed_at, id) where kind <> 'sale';

-- The words of products, one row each. Under row-level security an index serves what is leakproof alone: comparing texts is,
-- `@@` is not, so a vector of lexemes is never looked up by its index (15.6 ms against 3 ms at 20,000 products).
-- A trigger keeps them, so that no way of writing product_search can forget them.
create table product_words (
    org_id     uuid not null,
    word       text collate "C" not null,
    product_id uuid not null references products(id),
    primary key (org_id, word, product_id)
);
create index product_words_product on product_words(product_id);
select vyavs_tenant_table('product_words', 'org_id', 'select, insert, delete');

create function vyavs_product_words() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        delete from product_words where org_id = old.org_id and product_id = old.product_id;
    end if;
    if tg_op <> 'DELETE' then
        insert into product_words (org_id, word, product_id)
            select distinct new.org_id, w, new.product_id from unnest(string_to_array(new.words, ' ')) w where w <> '';
    end if;
    return null;
end $$;
create trigger product_words after insert or update of words or delete on product_search
    for each row execute function vyavs_product_words();

-- The owner of the tables sees no row of them.
set local role vyavs_hub;
insert into product_words (org_id, word, product_id)
    select distinct org_id, w, product_id from product_search, unnest(string_to_array(words, ' ')) w where w <> '';
reset role;
alter table product_search drop column lexemes;

-- Curves over long times: readings rolled up to minutes (tier 1), hours (2) and days (3) of UTC. A row counts the usable
-- readings alone; `last` is the last of them, null where all that is left are minutes that a device thinned.
create table series (
    store_id uuid not null,
    sensor   text not null,
    tier     smallint not null,
    at       bigint not null,
    org_id   uuid not null,
    count    bigint not null,
    min      double precision not null,
    max      double precision not null,
    sum      double precision not null,
    last_at  bigint,
    last     double precision,
    primary key (store_id, sensor, tier, at)
);
create index idx_series_age on series(org_id, tier, at);

-- Minutes whose readings changed since they were rolled up: noted by a trigger, in the transaction that stores the readings.
create table series_dirty (
    store_id uuid not null,
    sensor   text not null,
    minute   bigint not null,
    org_id   uuid not null,
    primary key (store_id, sensor, minute)
);
create index idx_series_dirty_minute on series_dirty(minute);

-- Before when the rows of a tier (0: the readings themselves) are gone.
create table series_pruned (
    org_id  uuid not null,
    tier    smallint not null,
    through bigint not null,
    primary key (org_id, tier)
);

-- `do update`: it locks the row, so that a minute that is being rolled up is noted again and not forgotten.
create function vyavs_series_dirty() returns trigger language plpgsql as $$
begin
    insert into series_dirty (store_id, sensor, minute, org_id)
        select distinct store_id, sensor, at - ((at % 60000000) + 60000000) % 60000000, org_id from fresh order by 1, 2, 3
        on conflict (store_id, sensor, minute) do update set org_id = excluded.org_id;
    return null;
end $$;
create trigger series_dirty after insert on readings referencing new table as fresh
    for each statement execute function vyavs_series_dirty();
create trigger series_dirty after insert on minutes referencing new table as fresh
    for each statement execute function vyavs_series_dirty();

select vyavs_tenant_table('series', 'org_id', 'select');
select vyavs_tenant_table('series_dirty', 'org_id', 'select');
select vyavs_tenant_table('series_pruned', 'org_id', 'select');

-- What was measured before is rolled up by the hub that starts next.
set local role vyavs_hub;
insert into series_dirty (store_id, sensor, minute, org_id)
    select distinct store_id, sensor, at - ((at % 60000000) + 60000000) % 60000000, org_id
    from (select store_id, sensor, at, org_id from readings union all select store_id, sensor, at, org_id from minutes) r;
reset role;

-- Readings that are still to be copied to a time-series server, while hub_meta says mirror = on.
create table mirror_outbox (
    n        bigint generated always as identity primary key,
    org_id   uuid not null,
    store_id uuid not null,
    sensor   text not null,
    at       bigint not null,
    value    double precision,
    quality  smallint not null
);
select vyavs_tenant_table('mirror_outbox', 'org_id', 'select');
create function vyavs_mirror() returns trigger language plpgsql as $$
begin
    if exists (select from hub_meta where key = 'mirror' and value = 'on') then
        insert into mirror_outbox (org_id, store_id, sensor, at, value, quality)
            select org_id, store_id, sensor, at, value, quality from fresh;
    end if;
    return null;
end $$;
create trigger mirror after insert on readings referencing new table as fresh
    for each statement execute function vyavs_mirror();
