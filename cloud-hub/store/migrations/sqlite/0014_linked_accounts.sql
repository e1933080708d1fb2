-- A link to a sign-in service has an id of its own, so that its owner can name it without its subject.
alter table external_identities add column id text;
update external_identities set id = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
    || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)));
create unique index idx_external_identities_id on external_identities(id);
