CREATE TABLE "cfg_head" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"v" bigint NOT NULL,
	CONSTRAINT "cfg_head_one" CHECK ("cfg_head"."one")
);
--> statement-breakpoint
CREATE TABLE "cfg_log" (
	"n" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "cfg_log_n_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"version" bigint,
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"op" char(1) NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kernel_audit" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"target_kind" text NOT NULL,
	"target_id" text NOT NULL,
	"group_id" text,
	"request_id" text NOT NULL,
	"address" text,
	"before" jsonb,
	"after" jsonb
);
--> statement-breakpoint
CREATE INDEX "cfg_log_scope_version" ON "cfg_log" USING btree ("scope","version");--> statement-breakpoint
CREATE INDEX "cfg_log_version" ON "cfg_log" USING btree ("version");--> statement-breakpoint
CREATE INDEX "cfg_log_unassigned" ON "cfg_log" USING btree ("xid") WHERE version is null;--> statement-breakpoint
CREATE INDEX "kernel_audit_at" ON "kernel_audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "kernel_audit_target" ON "kernel_audit" USING btree ("target_kind","target_id","at");--> statement-breakpoint
CREATE INDEX "kernel_audit_group" ON "kernel_audit" USING btree ("group_id","at");