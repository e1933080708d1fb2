-- Products as people keep them, stock and its movements. Its twin for PostgreSQL stands in migrations/postgres.

-- Department, category and so on down: `path` is the names from the top, joined by '/'.
create table product_groups (
    id         text primary key,
    org_id     text not null references organizations(id),
    parent_id  text references product_groups(id),
    name       text not null,
    path       text not null,
    created_at integer not null,
    unique (org_id, path)
);

alter table products add column group_id text references product_groups(id);
alter table products add column retired_at integer;
alter table products add column updated_at integer;
-- Raised with every change by a person: the ETag of the row.
alter table products add column version integer not null default 1;
create index idx_products_category on products(organization_id, category, sku);
create index idx_products_group on products(group_id);

-- GTINs in 14 digits; `pack` is how many pieces one scan stands for.
create table product_barcodes (
    org_id     text not null references organizations(id),
    gtin       text not null,
    product_id text not null references products(id),
    pack       integer not null,
    created_at integer not null,
    primary key (org_id, gtin)
) without rowid;
create index idx_product_barcodes_product on product_barcodes(product_id);

-- Prices are added, never changed; which one holds is said in prices.rs.
create table product_prices (
    id         text primary key,
    org_id     text not null references organizations(id),
    product_id text not null references products(id),
    store_id   text references stores(id),
    price      text not null,
    currency   text not null,
    valid_from integer not null,
    valid_to   integer,
    created_by text not null,
    created_at integer not null
);
create index idx_product_prices_product on product_prices(product_id, valid_from);

-- The words a product is found by, cut and lowered by products/search.rs. `bare`: made before the product had a name.
create table product_search (
    n          integer primary key,
    product_id text not null unique references products(id),
    org_id     text not null,
    words      text not null,
    bare       integer not null
);
create virtual table product_fts using fts5(words, content = 'product_search', content_rowid = 'n',
    tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');
create trigger product_search_insert after insert on product_search begin
    insert into product_fts (rowid, words) values (new.n, new.words);
end;
create trigger product_search_update after update of words on product_search begin
    insert into product_fts (product_fts, rowid, words) values ('delete', old.n, old.words);
    insert into product_fts (rowid, words) values (new.n, new.words);
end;
create trigger product_search_delete after delete on product_search begin
    insert into product_fts (product_fts, rowid, words) values ('delete', old.n, old.words);
end;

-- Stock: `current_stock` is what was booked; what was sold since the first count is taken off when it is read (inventory.rs).
drop index idx_inventory_store_product;
create unique index idx_inventory_store_product on inventory(store_id, product_id);
create index idx_inventory_product on inventory(product_id);
alter table inventory add column counted_at integer;
alter table inventory add column version integer not null default 1;

create table stock_events (
    id             text primary key,
    org_id         text not null references organizations(id),
    store_id       text not null references stores(id),
    product_id     text not null references products(id),
    kind           text not null,
    quantity       text not null,
    change         text not null,
    other_store_id text references stores(id),
    reason         text,
    reference      text,
    occurred_at    integer not null,
    recorded_at    integer not null,
    actor_id       text not null
);
create index idx_stock_events_store_time on stock_events(store_id, occurred_at, id);
create index idx_stock_events_product on stock_events(product_id, store_id, occurred_at);

-- Advice may be for one store, and its prices have a currency.
alter table pricing_recommendations add column store_id text references stores(id);
alter table pricing_recommendations add column currency text;
create index idx_pricing_recommendations_product on pricing_recommendations(product_id, created_at);
