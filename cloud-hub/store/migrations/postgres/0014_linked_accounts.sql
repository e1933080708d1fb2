-- A link to a sign-in service has an id of its own, so that its owner can name it without its subject.
alter table external_identities add column id uuid not null default gen_random_uuid();
alter table external_identities alter column id drop default;
create unique index idx_external_identities_id on external_identities(id);
