CREATE TABLE "cfg_history" (
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"version" bigint NOT NULL,
	"state" jsonb,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cfg_history_scope_kind_id_version_pk" PRIMARY KEY("scope","kind","id","version")
);
--> statement-breakpoint
CREATE INDEX "cfg_history_version" ON "cfg_history" USING btree ("scope","version");