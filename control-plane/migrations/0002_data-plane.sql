CREATE TABLE "carpool_events" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"node_id" text,
	"service_id" text,
	"upstream_id" text,
	"proxy_id" text,
	"reason" text NOT NULL,
	"until" timestamp with time zone,
	"count" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_sign_in_flows" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"group_id" text NOT NULL,
	"kind" text NOT NULL,
	"sealed" text NOT NULL,
	"next_poll_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_sign_ins" (
	"upstream_id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"refresh_token" text,
	"refreshed_at" timestamp with time zone NOT NULL,
	"next_refresh_at" timestamp with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "fleet_probes" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"probe" jsonb NOT NULL,
	"result" jsonb,
	"deadline_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carpool_group_services" ADD COLUMN "model_aliases" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_groups" ADD COLUMN "routing" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_groups" ADD COLUMN "limits" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_groups" ADD COLUMN "denied_features" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_keys" ADD COLUMN "denied_models" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_keys" ADD COLUMN "denied_features" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_keys" ADD COLUMN "tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "carpool_keys" ADD COLUMN "concurrency" integer;--> statement-breakpoint
ALTER TABLE "carpool_models" ADD COLUMN "supports_vision" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_models" ADD COLUMN "features" jsonb;--> statement-breakpoint
ALTER TABLE "carpool_services" ADD COLUMN "vendor" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_services" ADD COLUMN "models_path" text;--> statement-breakpoint
ALTER TABLE "carpool_services" ADD COLUMN "usage_in_streams" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "carpool_services" ADD COLUMN "oauth" jsonb;--> statement-breakpoint
ALTER TABLE "carpool_services" ADD COLUMN "oauth_client_secret" text;--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD COLUMN "owner_id" text;--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD COLUMN "concurrency" integer;--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "carpool_events" ADD CONSTRAINT "carpool_events_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_sign_in_flows" ADD CONSTRAINT "carpool_sign_in_flows_user_id_identity_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."identity_users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_sign_in_flows" ADD CONSTRAINT "carpool_sign_in_flows_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_sign_ins" ADD CONSTRAINT "carpool_sign_ins_upstream_id_carpool_upstreams_id_fk" FOREIGN KEY ("upstream_id") REFERENCES "public"."carpool_upstreams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "carpool_events_group" ON "carpool_events" USING btree ("group_id","received_at");--> statement-breakpoint
CREATE INDEX "carpool_events_received" ON "carpool_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "carpool_sign_ins_due" ON "carpool_sign_ins" USING btree ("next_refresh_at");--> statement-breakpoint
CREATE INDEX "fleet_probes_deadline" ON "fleet_probes" USING btree ("deadline_at");--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD CONSTRAINT "carpool_upstreams_owner_id_identity_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."identity_users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "carpool_upstreams_owner" ON "carpool_upstreams" USING btree ("owner_id") WHERE owner_id IS NOT NULL;