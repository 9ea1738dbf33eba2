-- Who may read what: the job reads the four tables of the snapshot and nothing else, Paris reads them and the instances.
-- Neither may write. Run it as the owner of the tables, after tables.sql, and set both passwords to your own.
create role atlas_reader login password 'atlas-reader';
create role paris login password 'paris';
grant usage on schema public to atlas_reader, paris;
grant select on widget_templates, widget_schemas, plan_features, plan_limits to atlas_reader, paris;
grant select on widget_instances to paris;

create policy published_data on widget_templates for select to atlas_reader, paris using (true);
create policy published_data on widget_schemas for select to atlas_reader, paris using (true);
create policy published_data on plan_features for select to atlas_reader, paris using (true);
create policy published_data on plan_limits for select to atlas_reader, paris using (true);
create policy instances on widget_instances for select to paris using (true);
