-- The tables of the hub on SQLite. Its twin for PostgreSQL stands in migrations/postgres; a test compares the two.
-- Ids and decimals are text, so that people can read them; times are microseconds since 1970 UTC; amounts are minor
-- units beside their currency.

create table hub_meta (
    key   text primary key,
    value text not null
);

-- who and where

create table organizations (
    id         text primary key,
    name       text not null,
    industry   text,
    config     text not null default '{}',
    created_at integer not null,
    updated_at integer not null
);

create table users (
    id              text primary key,
    organization_id text not null references organizations(id),
    email           text not null unique,
    role            text not null,
    password_hash   text not null,
    disabled_at     integer,
    created_at      integer not null
);

create table refresh_tokens (
    hash       blob primary key,
    org_id     text not null references organizations(id),
    user_id    text not null references users(id),
    family     text not null,
    expires_at integer not null,
    used_at    integer,
    revoked_at integer
);
create index idx_refresh_tokens_family on refresh_tokens(family);
create index idx_refresh_tokens_user on refresh_tokens(user_id);

create table stores (
    id              text primary key,
    organization_id text not null references organizations(id),
    name            text not null,
    location        text not null,
    config          text not null,
    timezone        text not null,
    currency        text not null,
    day_starts      text not null,
    created_at      integer not null
);
create index idx_stores_org on stores(organization_id);

create table devices (
    id          text primary key,
    org_id      text not null references organizations(id),
    store_id    text not null references stores(id),
    name        text not null,
    identity    text not null unique,
    public_key  blob not null,
    cert_serial text not null,
    enrolled_at integer not null,
    revoked_at  integer
);
create index idx_devices_store on devices(store_id);

create table enrol_tokens (
    hash        blob primary key,
    org_id      text not null references organizations(id),
    store_id    text not null references stores(id),
    device_name text not null,
    expires_at  integer not null,
    used_at     integer
);

create table products (
    id              text primary key,
    organization_id text not null references organizations(id),
    sku             text not null,
    name            text not null,
    category        text,
    attributes      text not null default '{}',
    created_at      integer not null,
    unique (organization_id, sku)
);

-- what was sold

create table receipts (
    id             text primary key,
    org_id         text not null,
    store_id       text not null references stores(id),
    terminal       text not null,
    business_day   text not null,
    number         text not null,
    content_hash   integer not null,
    kind           text not null,
    source         text not null,
    currency       text not null,
    total_minor    integer not null,
    tax_minor      integer not null,
    discount_minor integer not null,
    line_count     integer not null,
    operator       text,
    customer_id    text,
    closed_at      integer not null,
    tenders        text not null,
    flagged        boolean not null default false,
    device_id      text not null,
    epoch          integer not null,
    stream         integer not null,
    seq            integer not null,
    ingested_at    integer not null
);
-- Not unique: one number with two contents is two tickets, kept and flagged.
create index idx_receipts_key on receipts(store_id, business_day, terminal, number);
create index idx_receipts_store_time on receipts(store_id, closed_at, id);

create table transactions (
    id               text not null,
    org_id           text not null,
    store_id         text not null references stores(id),
    product_id       text not null references products(id),
    receipt_id       text not null,
    terminal         text not null,
    receipt          text not null,
    business_day     text not null,
    line_no          integer not null,
    sku              text not null,
    name             text not null,
    quantity         text not null,
    unit_price       text not null,
    discount_minor   integer not null,
    total_amount     integer not null,
    currency         text not null,
    transaction_time integer not null,
    customer_id      text,
    metadata         text,
    device_id        text not null,
    epoch            integer not null,
    seq              integer not null,
    primary key (id)
);
create index idx_transactions_store_time on transactions(store_id, transaction_time);
create index idx_transactions_product_time on transactions(product_id, transaction_time);

-- Kept in the transaction that stores the lines; daily::recompute proves it equal to the lines.
create table daily_sales (
    org_id         text not null,
    store_id       text not null,
    product_id     text not null,
    sale_date      text not null,
    currency       text not null,
    lines          integer not null,
    quantity_micro integer not null,
    revenue_minor  integer not null,
    primary key (store_id, sale_date, product_id, currency)
) without rowid;

create view daily_sales_summary as
    select org_id, store_id, product_id, sale_date, currency, lines,
           quantity_micro / 1000000.0 as total_quantity, revenue_minor as total_revenue
    from daily_sales;

create table store_days (
    org_id         text not null,
    store_id       text not null,
    business_day   text not null,
    currency       text not null,
    receipts       integer not null,
    returns        integer not null,
    sales_minor    integer not null,
    quantity_micro integer not null,
    last_sale_at   integer not null,
    primary key (store_id, business_day, currency)
) without rowid;
create index idx_store_days_org on store_days(org_id, business_day);

create table till_events (
    id        text primary key,
    org_id    text not null,
    store_id  text not null references stores(id),
    device_id text not null,
    terminal  text not null,
    at        integer not null,
    kind      text not null,
    detail    text not null,
    epoch     integer not null,
    seq       integer not null
);
create index idx_till_events_store_time on till_events(store_id, at, id);

-- stock and advice: filled by later work

create table inventory (
    id             text primary key,
    org_id         text not null,
    store_id       text not null references stores(id),
    product_id     text not null references products(id),
    current_stock  text not null,
    reserved_stock text not null default '0',
    reorder_point  text,
    max_stock      text,
    last_updated   integer not null
);
create index idx_inventory_store_product on inventory(store_id, product_id);

create table forecasts (
    id                  text primary key,
    org_id              text not null,
    product_id          text not null references products(id),
    store_id            text not null references stores(id),
    forecast_date       text not null,
    predicted_demand    text,
    confidence_interval text,
    model_version       text,
    created_at          integer not null
);
create index idx_forecasts_product_date on forecasts(product_id, forecast_date);

create table pricing_recommendations (
    id                text primary key,
    org_id            text not null,
    product_id        text not null references products(id),
    current_price     text,
    recommended_price text,
    expected_impact   text,
    reasoning         text,
    created_at        integer not null
);

-- what was measured

create table sensors (
    store_id   text not null references stores(id),
    id         text not null,
    org_id     text not null,
    device_id  text not null,
    name       text not null,
    measure    text not null,
    low        real,
    high       real,
    updated_at integer not null,
    primary key (store_id, id)
);

-- quality: 0 good, 1 suspect, 2 bad; value is null where there is none.
create table readings (
    store_id text not null,
    sensor   text not null,
    at       integer not null,
    org_id   text not null,
    value    real,
    quality  integer not null,
    primary key (store_id, sensor, at)
) without rowid;

-- Thinned minutes; a minute that was thinned in two goes has two rows.
create table minutes (
    store_id  text not null,
    sensor    text not null,
    at        integer not null,
    device_id text not null,
    epoch     integer not null,
    seq       integer not null,
    org_id    text not null,
    count     integer not null,
    min       real,
    mean      real,
    max       real,
    primary key (store_id, sensor, at, device_id, epoch, seq)
) without rowid;

create table latest_readings (
    store_id text not null,
    sensor   text not null,
    org_id   text not null,
    at       integer not null,
    value    real,
    quality  integer not null,
    primary key (store_id, sensor)
) without rowid;

create view metrics as
    select r.at as time, r.org_id, r.store_id, cast(null as text) as product_id, r.sensor as metric_name, r.value,
           json_object('quality', r.quality) as tags
    from readings r;

create table alarms (
    id          text primary key,
    org_id      text not null,
    store_id    text not null references stores(id),
    device_id   text not null,
    kind        text not null,
    severity    text not null,
    subject     text not null,
    raised_at   integer not null,
    cleared_at  integer,
    value       real,
    limit_value real,
    reason      text not null,
    model       text,
    epoch       integer not null,
    seq         integer not null
);
create index idx_alarms_org_time on alarms(org_id, raised_at, id);
create index idx_alarms_store_time on alarms(store_id, raised_at, id);
create index idx_alarms_open on alarms(org_id, store_id) where cleared_at is null;

-- delivery

create table cursors (
    device_id      text not null,
    epoch          integer not null,
    stream         integer not null,
    org_id         text not null,
    stored_through integer not null,
    chain          blob not null,
    updated_at     integer not null,
    primary key (device_id, epoch, stream)
) without rowid;

create table losses (
    device_id   text not null,
    epoch       integer not null,
    stream      integer not null,
    first_seq   integer not null,
    last_seq    integer not null,
    org_id      text not null,
    store_id    text not null,
    reason      text not null,
    detail      text not null,
    at          integer not null,
    signature   blob not null,
    verified    boolean not null,
    ingested_at integer not null,
    primary key (device_id, epoch, stream, first_seq, last_seq)
);
create index idx_losses_store on losses(store_id, at);

create table dead_letters (
    id          text primary key,
    org_id      text not null,
    store_id    text not null,
    device_id   text not null,
    epoch       integer,
    stream      integer,
    first_seq   integer,
    last_seq    integer,
    reason      text not null,
    raw         blob not null,
    at          integer not null
);
create index idx_dead_letters_device on dead_letters(device_id);

create table device_state (
    device_id     text primary key,
    org_id        text not null,
    store_id      text not null,
    epoch         integer not null,
    connected     boolean not null,
    last_heard_at integer not null,
    hello         text,
    now           text
);
create index idx_device_state_store on device_state(store_id);

create table duplicates (
    device_id text not null,
    kind      text not null,
    org_id    text not null,
    count     integer not null,
    primary key (device_id, kind)
);
