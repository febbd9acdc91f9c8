CREATE TABLE "fleet_rollouts" (
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"base_version" bigint NOT NULL,
	"version" bigint NOT NULL,
	"ring" integer DEFAULT 0 NOT NULL,
	"healthy_since" timestamp with time zone,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fleet_rollouts_scope_kind_id_pk" PRIMARY KEY("scope","kind","id")
);
--> statement-breakpoint
ALTER TABLE "fleet_nodes" ADD COLUMN "ring" integer DEFAULT 0 NOT NULL;