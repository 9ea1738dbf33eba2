-- Michael's tables, as Phase 1 has them, and Paris's own table of widget instances. Run it as the owner of the database.
create table widget_templates (
  id uuid primary key default gen_random_uuid(),
  widget_type text not null,
  template_id text not null unique,
  name text not null,
  layout text check (layout in ('LIST', 'GRID', 'CAROUSEL', 'CARD', 'ACCORDION', 'MARQUEE', 'STACKED', 'INLINE')),
  skin text check (skin in ('MINIMAL', 'SOFT', 'SHARP', 'GLASS')),
  density text check (density in ('COZY', 'COMPACT')),
  accents text[],
  premium boolean,
  schema_version text not null,
  defaults jsonb,
  descriptor jsonb not null,
  created_at timestamptz not null default now()
);
create table widget_schemas (
  id uuid primary key default gen_random_uuid(),
  widget_type text not null,
  schema_version text not null,
  schema jsonb not null,
  created_at timestamptz not null default now(),
  unique (widget_type, schema_version)
);
create table plan_features (
  plan_id text not null,
  feature_key text not null,
  enabled boolean not null,
  limit_value integer,
  metadata jsonb,
  updated_at timestamptz not null default now(),
  primary key (plan_id, feature_key)
);
create table plan_limits (
  plan_id text not null,
  limit_type text not null,
  limit_value integer,
  enforcement text check (enforcement in ('soft', 'hard')),
  grace_amount integer,
  primary key (plan_id, limit_type)
);
create table widget_instances (
  public_id text primary key,
  status text not null default 'published',
  widget_type text,
  template_id text,
  schema_version text,
  plan_id text,
  config jsonb not null default '{}',
  branding jsonb not null default '{"hide": false, "enforced": true}',
  updated_at timestamptz not null default now()
);

-- Row security without a policy hides every row from all but the owner.
alter table widget_templates enable row level security;
alter table widget_schemas enable row level security;
alter table plan_features enable row level security;
alter table plan_limits enable row level security;
alter table widget_instances enable row level security;
