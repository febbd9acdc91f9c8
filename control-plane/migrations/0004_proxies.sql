CREATE TABLE "carpool_group_proxies" (
	"group_id" text NOT NULL,
	"proxy_id" text NOT NULL,
	"password" jsonb,
	CONSTRAINT "carpool_group_proxies_group_id_proxy_id_pk" PRIMARY KEY("group_id","proxy_id")
);
--> statement-breakpoint
CREATE TABLE "carpool_proxies" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"type" text NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"username" text,
	"password" text,
	"provider" text,
	"provider_plan" text,
	"country" text,
	"country_code" text,
	"city" text,
	"region" text,
	"latitude" double precision,
	"longitude" double precision,
	"max_concurrent" integer NOT NULL,
	"anonymity_level" text NOT NULL,
	"status" text NOT NULL,
	"health_check" jsonb,
	"last_check_at" timestamp with time zone,
	"cost_per_month_nano_usd" bigint,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_proxy_group_hours" (
	"proxy_id" text NOT NULL,
	"group_id" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"failures" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "carpool_proxy_group_hours_proxy_id_group_id_hour_pk" PRIMARY KEY("proxy_id","group_id","hour")
);
--> statement-breakpoint
CREATE TABLE "carpool_proxy_hours" (
	"proxy_id" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"failures" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"peak_connections" integer DEFAULT 0 NOT NULL,
	"latency_sum_ms" double precision DEFAULT 0 NOT NULL,
	"latency_count" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "carpool_proxy_hours_proxy_id_hour_pk" PRIMARY KEY("proxy_id","hour")
);
--> statement-breakpoint
CREATE TABLE "carpool_proxy_members" (
	"proxy_id" text NOT NULL,
	"group_id" text NOT NULL,
	"user_id" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	CONSTRAINT "carpool_proxy_members_proxy_id_hour_group_id_user_id_pk" PRIMARY KEY("proxy_id","hour","group_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "carpool_proxy_pulses" (
	"node_id" text NOT NULL,
	"proxy_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"health" jsonb NOT NULL,
	CONSTRAINT "carpool_proxy_pulses_proxy_id_node_id_pk" PRIMARY KEY("proxy_id","node_id")
);
--> statement-breakpoint
ALTER TABLE "carpool_groups" ADD COLUMN "egress" jsonb;--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD COLUMN "proxy_id" text;--> statement-breakpoint
ALTER TABLE "carpool_group_proxies" ADD CONSTRAINT "carpool_group_proxies_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_group_proxies" ADD CONSTRAINT "carpool_group_proxies_proxy_id_carpool_proxies_id_fk" FOREIGN KEY ("proxy_id") REFERENCES "public"."carpool_proxies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_proxy_group_hours" ADD CONSTRAINT "carpool_proxy_group_hours_proxy_id_carpool_proxies_id_fk" FOREIGN KEY ("proxy_id") REFERENCES "public"."carpool_proxies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_proxy_group_hours" ADD CONSTRAINT "carpool_proxy_group_hours_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_proxy_hours" ADD CONSTRAINT "carpool_proxy_hours_proxy_id_carpool_proxies_id_fk" FOREIGN KEY ("proxy_id") REFERENCES "public"."carpool_proxies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_proxy_members" ADD CONSTRAINT "carpool_proxy_members_proxy_id_carpool_proxies_id_fk" FOREIGN KEY ("proxy_id") REFERENCES "public"."carpool_proxies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_proxy_members" ADD CONSTRAINT "carpool_proxy_members_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_proxy_pulses" ADD CONSTRAINT "carpool_proxy_pulses_proxy_id_carpool_proxies_id_fk" FOREIGN KEY ("proxy_id") REFERENCES "public"."carpool_proxies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "carpool_group_proxies_proxy" ON "carpool_group_proxies" USING btree ("proxy_id");--> statement-breakpoint
CREATE UNIQUE INDEX "carpool_proxies_place" ON "carpool_proxies" USING btree ("host","port",coalesce(username, ''));--> statement-breakpoint
CREATE INDEX "carpool_proxies_status" ON "carpool_proxies" USING btree ("status");--> statement-breakpoint
CREATE INDEX "carpool_proxy_group_hours_group" ON "carpool_proxy_group_hours" USING btree ("group_id","hour");--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD CONSTRAINT "carpool_upstreams_proxy_id_carpool_proxies_id_fk" FOREIGN KEY ("proxy_id") REFERENCES "public"."carpool_proxies"("id") ON DELETE no action ON UPDATE no action;