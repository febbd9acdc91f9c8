CREATE TABLE "carpool_quotas" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"of" text NOT NULL,
	"subject" text,
	"service_id" text,
	"unit" text NOT NULL,
	"window" text NOT NULL,
	"limit" bigint NOT NULL,
	"mode" text DEFAULT 'soft' NOT NULL,
	"when_dry" text DEFAULT 'overrun' NOT NULL,
	"max_output_tokens" integer,
	"overdraft" bigint DEFAULT 0 NOT NULL,
	"strict" boolean DEFAULT false NOT NULL,
	"alert_percent" integer DEFAULT 80 NOT NULL,
	"origin" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "carpool_quotas_rule" UNIQUE NULLS NOT DISTINCT("group_id","of","subject","service_id","unit","window"),
	CONSTRAINT "carpool_quotas_limit" CHECK ("carpool_quotas"."limit" >= 0)
);
--> statement-breakpoint
ALTER TABLE "carpool_quotas" ADD CONSTRAINT "carpool_quotas_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_quotas" ADD CONSTRAINT "carpool_quotas_service_id_carpool_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."carpool_services"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "carpool_quotas_subject" ON "carpool_quotas" USING btree ("subject");