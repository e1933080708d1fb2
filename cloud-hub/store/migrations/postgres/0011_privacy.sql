-- Personal data: what is known of customers, what people asked for under the GDPR, and how long what is kept. Its twin for
-- SQLite stands in migrations/sqlite.

-- What a loyalty programme tells of a customer. `id` is a pseudonym that stays the same (cus_…); the fields are sealed under
-- the customer's own data key, which stands in data_keys until it is destroyed.
create table customers (
    id         text not null,
    org_id     uuid not null references organizations(id),
    name       bytea,
    email      bytea,
    phone      bytea,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (org_id, id)
);

-- What somebody asked for. `subject` is the id of a person, or the standing pseudonym of a customer; `pseudonyms` is a list of
-- all under which rows of the customer may stand. Both are emptied once the subject is erased.
create table privacy_requests (
    id         uuid primary key,
    org_id     uuid not null references organizations(id),
    kind       text not null,
    about      text not null,
    subject    text not null,
    pseudonyms jsonb not null,
    reason     text not null,
    state      text not null,
    asked_by   uuid not null,
    created_at bigint not null,
    due_at     bigint not null,
    ended_at   bigint,
    job_id     uuid,
    preview    jsonb,
    result     jsonb,
    version    bigint not null default 1
);
create index idx_privacy_requests_org on privacy_requests(org_id, created_at, id);

-- How long what is kept, where it is not the default of the country; {"class": "period"}.
create table retention_policies (
    org_id     uuid primary key references organizations(id),
    country    text not null,
    timezone   text not null,
    periods    jsonb not null,
    version    bigint not null default 1,
    updated_at bigint not null
);

-- What the last run did to a class.
create table retention_runs (
    org_id  uuid not null references organizations(id),
    class   text not null,
    ran_at  bigint not null,
    cutoff  bigint not null,
    removed bigint not null,
    total   bigint not null,
    primary key (org_id, class)
);

select vyavs_tenant_table('customers', 'org_id', 'select, insert, update');
select vyavs_tenant_table('privacy_requests', 'org_id', 'select, insert, update');
select vyavs_tenant_table('retention_policies', 'org_id', 'select, insert, update');
select vyavs_tenant_table('retention_runs', 'org_id', 'select');

-- Takes a whole month off a partitioned table when every row of it is of one organization and past its time. It runs as the
-- owner of the tables, as vyavs_ensure_month does. What is not so old, or is shared with others, is left to DELETE.
create function vyavs_drop_month(parent text, child text, upper_us bigint, org uuid) returns bigint
language plpgsql security definer set search_path from current as $$
declare
    gone bigint;
    others boolean;
    bound text;
begin
    if parent not in ('transactions', 'readings') or child !~ ('^' || parent || '_y[0-9]{4}m[0-9]{2}$') then
        raise exception '% is no partition of %', child, parent;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('vyavs.partition.' || parent, 0));
    if to_regclass(quote_ident(child)) is null then
        return 0;
    end if;
    select pg_get_expr(c.relpartbound, c.oid) into bound from pg_class c where c.oid = to_regclass(quote_ident(child));
    if bound is null or (regexp_match(bound, 'TO \(''?(-?[0-9]+)''?\)'))[1]::bigint > upper_us then
        return 0;
    end if;
    -- Nobody inserts between the look and the drop.
    execute format('lock table %I in access exclusive mode', child);
    execute format('select exists (select 1 from %I where org_id <> $1)', child) into others using org;
    if others then
        return 0;
    end if;
    execute format('select count(*) from %I', child) into gone;
    execute format('drop table %I', child);
    return gone;
end $$;
revoke all on function vyavs_drop_month(text, text, bigint, uuid) from public;
grant execute on function vyavs_drop_month(text, text, bigint, uuid) to vyavs_hub;
