-- Personal data: what is known of customers, what people asked for under the GDPR, and how long what is kept. Its twin for
-- PostgreSQL stands in migrations/postgres.

-- What a loyalty programme tells of a customer. `id` is a pseudonym that stays the same (cus_…); the fields are sealed under
-- the customer's own data key, which stands in data_keys until it is destroyed.
create table customers (
    id         text not null,
    org_id     text not null references organizations(id),
    name       blob,
    email      blob,
    phone      blob,
    created_at integer not null,
    updated_at integer not null,
    primary key (org_id, id)
) without rowid;

-- What somebody asked for. `subject` is the id of a person, or the standing pseudonym of a customer; `pseudonyms` is a list of
-- all under which rows of the customer may stand. Both are emptied once the subject is erased.
create table privacy_requests (
    id         text primary key,
    org_id     text not null references organizations(id),
    kind       text not null,
    about      text not null,
    subject    text not null,
    pseudonyms text not null,
    reason     text not null,
    state      text not null,
    asked_by   text not null,
    created_at integer not null,
    due_at     integer not null,
    ended_at   integer,
    job_id     text,
    preview    text,
    result     text,
    version    integer not null default 1
);
create index idx_privacy_requests_org on privacy_requests(org_id, created_at, id);

-- How long what is kept, where it is not the default of the country; {"class": "period"}.
create table retention_policies (
    org_id     text primary key references organizations(id),
    country    text not null,
    timezone   text not null,
    periods    text not null,
    version    integer not null default 1,
    updated_at integer not null
);

-- What the last run did to a class.
create table retention_runs (
    org_id  text not null references organizations(id),
    class   text not null,
    ran_at  integer not null,
    cutoff  integer not null,
    removed integer not null,
    total   integer not null,
    primary key (org_id, class)
) without rowid;
