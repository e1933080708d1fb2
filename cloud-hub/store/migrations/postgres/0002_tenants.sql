-- Who may see what. The hub's login acts through one of two roles, chosen at the start of every transaction:
--   vyavs_app  sees and writes rows of the organization named by the setting vyavs.org, and nothing without it;
--   vyavs_hub  sees every organization: ingest, enrolment, sign-in, administration. The one named way around.
-- If the login may not create roles, an administrator runs these two lines once:
--   create role vyavs_app nologin; create role vyavs_hub nologin;
--   grant vyavs_app, vyavs_hub to <login>;
do $$
declare
    wanted text;
begin
    foreach wanted in array array['vyavs_app', 'vyavs_hub'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null; -- another database of this cluster was quicker
            end;
        end if;
        if not pg_has_role(current_user, wanted, 'member') then
            execute format('grant %I to current_user', wanted);
        end if;
    end loop;
end $$;

create function vyavs_org() returns uuid language sql stable as
    $$ select nullif(current_setting('vyavs.org', true), '')::uuid $$;

do $$
declare
    target record;
begin
    for target in
        select c.relname,
               case when c.relname = 'organizations' then 'id'
                    when c.relname in ('users', 'stores', 'products') then 'organization_id'
                    else 'org_id' end as tenant
        from pg_class c
        where c.relnamespace = current_schema()::regnamespace
          and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname not in ('hub_meta', '_sqlx_migrations')
    loop
        execute format('alter table %I enable row level security', target.relname);
        execute format('alter table %I force row level security', target.relname);
        -- One lookup a query, not a row: the subselect makes it a constant of the plan.
        execute format('create policy tenant on %I to vyavs_app using (%I = (select vyavs_org())) with check (%I = (select vyavs_org()))',
                       target.relname, target.tenant, target.tenant);
        -- Acting as it, not merely being a member of it: a query outside of Db::begin sees nothing.
        execute format('create policy hub on %I to vyavs_hub using ((select current_user) = ''vyavs_hub'') with check (current_user = ''vyavs_hub'')',
                       target.relname);
        execute format('grant select on %I to vyavs_app', target.relname);
        execute format('grant select, insert, update, delete on %I to vyavs_hub', target.relname);
    end loop;
end $$;

grant select on daily_sales_summary, metrics to vyavs_app, vyavs_hub;
grant select, insert, update on hub_meta to vyavs_hub;
grant select on hub_meta to vyavs_app;
-- What a signed-in person may change through the API; sales and readings come from devices alone.
grant insert, update on organizations, users, stores, products, enrol_tokens, devices to vyavs_app;
revoke select on refresh_tokens from vyavs_app;

-- Makes the partition of one month (both bounds in microseconds), moving what the default partition already holds of it.
-- It runs as the owner of the tables, since vyavs_hub owns none. ATTACH lets other writers of the parent go on.
create function vyavs_ensure_month(parent text, child text, key text, lower_us bigint, upper_us bigint) returns boolean
language plpgsql security definer set search_path from current as $$
declare
    reserve text := parent || '_default';
begin
    if parent not in ('transactions', 'readings') or child !~ ('^' || parent || '_y[0-9]{4}m[0-9]{2}$')
       or key not in ('transaction_time', 'at') then
        raise exception '% is no partition of %', child, parent;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('vyavs.partition.' || parent, 0));
    if to_regclass(quote_ident(child)) is not null then
        return false;
    end if;
    execute format('create table %I (like %I including all)', child, parent);
    execute format('with moved as (delete from %I where %I >= $1 and %I < $2 returning *) insert into %I select * from moved',
                   reserve, key, key, child) using lower_us, upper_us;
    execute format('alter table %I add constraint bounds check (%I >= %s and %I < %s)', child, key, lower_us, key, upper_us);
    execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, child, lower_us, upper_us);
    execute format('alter table %I drop constraint bounds', child);
    return true;
end $$;
revoke all on function vyavs_ensure_month(text, text, text, bigint, bigint) from public;
grant execute on function vyavs_ensure_month(text, text, text, bigint, bigint) to vyavs_hub;
