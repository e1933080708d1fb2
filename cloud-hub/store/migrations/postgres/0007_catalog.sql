-- Products as people keep them, stock and its movements. Its twin for SQLite stands in migrations/sqlite.

-- Department, category and so on down: `path` is the names from the top, joined by '/'.
create table product_groups (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    parent_id  uuid references product_groups(id),
    name       text not null,
    path       text not null,
    created_at bigint not null,
    unique (org_id, path)
);

alter table products add column group_id uuid references product_groups(id);
alter table products add column retired_at bigint;
alter table products add column updated_at bigint;
-- Raised with every change by a person: the ETag of the row.
alter table products add column version bigint not null default 1;
create index idx_products_category on products(organization_id, category, sku);
create index idx_products_group on products(group_id);

-- GTINs in 14 digits; `pack` is how many pieces one scan stands for.
create table product_barcodes (
    org_id     uuid not null references organizations(id),
    gtin       text not null,
    product_id uuid not null references products(id),
    pack       bigint not null,
    created_at bigint not null,
    primary key (org_id, gtin)
);
create index idx_product_barcodes_product on product_barcodes(product_id);

-- Prices are added, never changed; which one holds is said in prices.rs.
create table product_prices (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    product_id uuid not null references products(id),
    store_id   uuid references stores(id),
    price      numeric not null,
    currency   text not null,
    valid_from bigint not null,
    valid_to   bigint,
    created_by uuid not null,
    created_at bigint not null
);
create index idx_product_prices_product on product_prices(product_id, valid_from);

-- The words a product is found by, cut and lowered by products/search.rs. `bare`: made before the product had a name.
create table product_search (
    n          bigint generated always as identity primary key,
    product_id uuid not null unique references products(id),
    org_id     uuid not null,
    words      text not null,
    -- The words are lexemes already: nothing parses or stems them a second time. Stored, because under row-level security
    -- `@@` (not leakproof) may not go before the policy: a tenant's search reads the rows of product_search one by one.
    lexemes    tsvector not null generated always as (array_to_tsvector(string_to_array(words, ' '))) stored,
    bare       boolean not null
);
create index gin_product_search on product_search using gin (lexemes);

-- Stock: `current_stock` is what was booked; what was sold since the first count is taken off when it is read (inventory.rs).
drop index idx_inventory_store_product;
create unique index idx_inventory_store_product on inventory(store_id, product_id);
create index idx_inventory_product on inventory(product_id);
alter table inventory add column counted_at bigint;
alter table inventory add column version bigint not null default 1;
grant insert, update on inventory to vyavs_app;

create table stock_events (
    id             uuid primary key,
    org_id         uuid not null references organizations(id),
    store_id       uuid not null references stores(id),
    product_id     uuid not null references products(id),
    kind           text not null,
    quantity       numeric not null,
    change         numeric not null,
    other_store_id uuid references stores(id),
    reason         text,
    reference      text,
    occurred_at    bigint not null,
    recorded_at    bigint not null,
    actor_id       uuid not null
);
create index idx_stock_events_store_time on stock_events(store_id, occurred_at, id);
create index idx_stock_events_product on stock_events(product_id, store_id, occurred_at);

-- Advice may be for one store, and its prices have a currency.
alter table pricing_recommendations add column store_id uuid references stores(id);
alter table pricing_recommendations add column currency text;
create index idx_pricing_recommendations_product on pricing_recommendations(product_id, created_at);

select vyavs_tenant_table('product_groups', 'org_id', 'select, insert');
select vyavs_tenant_table('product_barcodes', 'org_id', 'select, insert, update, delete');
select vyavs_tenant_table('product_prices', 'org_id', 'select, insert');
select vyavs_tenant_table('product_search', 'org_id', 'select, insert, update');
select vyavs_tenant_table('stock_events', 'org_id', 'select, insert');
