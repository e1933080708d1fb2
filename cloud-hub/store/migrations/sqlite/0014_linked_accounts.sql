-- A link to a sign-in service has an id of its own, so that its owner can name it without its subject. Made anew: a column
-- without a default cannot be added as one that is never null.
create table linked_accounts (
    org_id    text not null references organizations(id),
    issuer    text not null,
    subject   text not null,
    user_id   text not null references users(id),
    linked_at integer not null,
    used_at   integer,
    id        text not null,
    primary key (org_id, issuer, subject)
) without rowid;
insert into linked_accounts (org_id, issuer, subject, user_id, linked_at, used_at, id)
select org_id, issuer, subject, user_id, linked_at, used_at,
    lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
        || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
from external_identities;
drop table external_identities;
alter table linked_accounts rename to external_identities;
create index idx_external_identities_user on external_identities(user_id);
create unique index idx_external_identities_id on external_identities(id);
