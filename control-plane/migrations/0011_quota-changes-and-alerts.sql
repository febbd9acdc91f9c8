CREATE TABLE "carpool_alerts" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"quota_id" text NOT NULL,
	"place" jsonb NOT NULL,
	"subject" text NOT NULL,
	"user_id" text,
	"level" text NOT NULL,
	"limit" bigint NOT NULL,
	"used" bigint NOT NULL,
	"starts_at" timestamp with time zone,
	"ends_at" timestamp with time zone,
	"raised_at" timestamp with time zone NOT NULL,
	"acknowledged_at" timestamp with time zone,
	"acknowledged_by" text,
	CONSTRAINT "carpool_alerts_once" UNIQUE NULLS NOT DISTINCT("quota_id","subject","starts_at","limit","level")
);
--> statement-breakpoint
CREATE TABLE "carpool_quota_changes" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"quota_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"request_id" text NOT NULL,
	"reason" text,
	"origin" text NOT NULL,
	"place" jsonb NOT NULL,
	"before" jsonb,
	"after" jsonb
);
--> statement-breakpoint
ALTER TABLE "carpool_events" ADD COLUMN "user_id" text;--> statement-breakpoint
ALTER TABLE "carpool_alerts" ADD CONSTRAINT "carpool_alerts_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_alerts" ADD CONSTRAINT "carpool_alerts_user_id_identity_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."identity_users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_alerts" ADD CONSTRAINT "carpool_alerts_acknowledged_by_identity_users_id_fk" FOREIGN KEY ("acknowledged_by") REFERENCES "public"."identity_users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_quota_changes" ADD CONSTRAINT "carpool_quota_changes_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "carpool_alerts_group" ON "carpool_alerts" USING btree ("group_id","raised_at");--> statement-breakpoint
CREATE INDEX "carpool_alerts_user" ON "carpool_alerts" USING btree ("user_id","raised_at");--> statement-breakpoint
CREATE INDEX "carpool_quota_changes_group" ON "carpool_quota_changes" USING btree ("group_id","at");--> statement-breakpoint
CREATE INDEX "carpool_quota_changes_quota" ON "carpool_quota_changes" USING btree ("quota_id","at");