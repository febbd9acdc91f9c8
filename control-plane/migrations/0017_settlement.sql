CREATE TABLE "fleet_batches" (
	"book" text NOT NULL,
	"to_seq" bigint NOT NULL,
	"from_seq" bigint NOT NULL,
	"prev_chain" text NOT NULL,
	"chain" text NOT NULL,
	"kind" text NOT NULL,
	"late" boolean DEFAULT false NOT NULL,
	"settled_at" timestamp with time zone NOT NULL,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"input" bigint DEFAULT 0 NOT NULL,
	"cache_read" bigint DEFAULT 0 NOT NULL,
	"cache_write" bigint DEFAULT 0 NOT NULL,
	"output" bigint DEFAULT 0 NOT NULL,
	"cost_nano_usd" bigint DEFAULT 0 NOT NULL,
	"estimated" bigint DEFAULT 0 NOT NULL,
	"lost" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "fleet_batches_book_to_seq_pk" PRIMARY KEY("book","to_seq")
);
--> statement-breakpoint
CREATE TABLE "fleet_books" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"session_no" integer NOT NULL,
	"acked_seq" bigint DEFAULT 0 NOT NULL,
	"chain" text DEFAULT '' NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"missing_to" bigint DEFAULT 0 NOT NULL,
	"epoch" text NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"contact_at" timestamp with time zone NOT NULL,
	"settled_at" timestamp with time zone,
	"rights_until" timestamp with time zone NOT NULL,
	"finished" boolean DEFAULT false NOT NULL,
	"differs_at" timestamp with time zone,
	"ask_from" bigint,
	"ask_to" bigint,
	"asked_at" timestamp with time zone,
	"sweep_from" bigint
);
--> statement-breakpoint
CREATE TABLE "fleet_escrow" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"epoch" text DEFAULT '' NOT NULL,
	"began_at" timestamp with time zone,
	"heard_all_at" timestamp with time zone,
	CONSTRAINT "fleet_escrow_one" CHECK ("fleet_escrow"."one")
);
--> statement-breakpoint
CREATE TABLE "fleet_hourly_totals" (
	"hour_at" timestamp with time zone NOT NULL,
	"group_id" text NOT NULL,
	"user_id" text NOT NULL,
	"key_id" text NOT NULL,
	"service" text NOT NULL,
	"model" text NOT NULL,
	"upstream_id" text NOT NULL,
	"price_version" text NOT NULL,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"successes" bigint DEFAULT 0 NOT NULL,
	"timeout_errors" bigint DEFAULT 0 NOT NULL,
	"rate_limit_errors" bigint DEFAULT 0 NOT NULL,
	"auth_errors" bigint DEFAULT 0 NOT NULL,
	"other_errors" bigint DEFAULT 0 NOT NULL,
	"cancelled" bigint DEFAULT 0 NOT NULL,
	"input" bigint DEFAULT 0 NOT NULL,
	"cache_read" bigint DEFAULT 0 NOT NULL,
	"cache_write" bigint DEFAULT 0 NOT NULL,
	"output" bigint DEFAULT 0 NOT NULL,
	"thinking" bigint DEFAULT 0 NOT NULL,
	"cost_nano_usd" bigint DEFAULT 0 NOT NULL,
	"estimated" bigint DEFAULT 0 NOT NULL,
	"estimated_tokens" bigint DEFAULT 0 NOT NULL,
	"estimated_cost_nano_usd" bigint DEFAULT 0 NOT NULL,
	"lost" bigint DEFAULT 0 NOT NULL,
	"unpriced" bigint DEFAULT 0 NOT NULL,
	"duration_sum_ms" bigint DEFAULT 0 NOT NULL,
	"durations" jsonb NOT NULL,
	CONSTRAINT "fleet_hourly_totals_group_id_hour_at_user_id_key_id_service_model_upstream_id_price_version_pk" PRIMARY KEY("group_id","hour_at","user_id","key_id","service","model","upstream_id","price_version")
);
--> statement-breakpoint
CREATE TABLE "fleet_proofs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "fleet_proofs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"book" text NOT NULL,
	"node_id" text NOT NULL,
	"from_seq" bigint NOT NULL,
	"to_seq" bigint NOT NULL,
	"kind" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone NOT NULL,
	"outcome" text NOT NULL,
	"rows_settled" bigint NOT NULL,
	"rows_found" bigint NOT NULL,
	"settled" jsonb NOT NULL,
	"found" jsonb NOT NULL,
	"chain_settled" text NOT NULL,
	"chain_found" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fleet_settled_counts" (
	"group_id" text NOT NULL,
	"hour_at" timestamp with time zone NOT NULL,
	"node_id" text NOT NULL,
	"attempts" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "fleet_settled_counts_group_id_hour_at_node_id_pk" PRIMARY KEY("group_id","hour_at","node_id")
);
--> statement-breakpoint
CREATE TABLE "fleet_shares" (
	"name" text NOT NULL,
	"book" text NOT NULL,
	"node_id" text NOT NULL,
	"share" bigint NOT NULL,
	"demand" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_shares_name_book_pk" PRIMARY KEY("name","book")
);
--> statement-breakpoint
CREATE TABLE "fleet_slices" (
	"win" bigint NOT NULL,
	"book" text NOT NULL,
	"granted" bigint DEFAULT 0 NOT NULL,
	"returned" bigint DEFAULT 0 NOT NULL,
	"spent" bigint DEFAULT 0 NOT NULL,
	"charged" bigint DEFAULT 0 NOT NULL,
	"closed" boolean DEFAULT false NOT NULL,
	"held" bigint DEFAULT 0 NOT NULL,
	"contact_at" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_slices_win_book_pk" PRIMARY KEY("win","book"),
	CONSTRAINT "fleet_slices_returned" CHECK ("fleet_slices"."granted" >= 0 AND "fleet_slices"."returned" BETWEEN 0 AND "fleet_slices"."granted")
);
--> statement-breakpoint
CREATE TABLE "fleet_windows" (
	"win" bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (sequence name "fleet_windows_win_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"quota_id" text NOT NULL,
	"group_id" text NOT NULL,
	"subject" text NOT NULL,
	"unit" text NOT NULL,
	"window" text NOT NULL,
	"starts_at" timestamp with time zone,
	"ends_at" timestamp with time zone,
	"limit" bigint NOT NULL,
	"limit_peak" bigint NOT NULL,
	"granted" bigint DEFAULT 0 NOT NULL,
	"returned" bigint DEFAULT 0 NOT NULL,
	"spent" bigint DEFAULT 0 NOT NULL,
	"forced" bigint DEFAULT 0 NOT NULL,
	"told_percent" integer DEFAULT 0 NOT NULL,
	"wanted_at" timestamp with time zone,
	CONSTRAINT "fleet_windows_account" UNIQUE NULLS NOT DISTINCT("quota_id","subject","starts_at"),
	CONSTRAINT "fleet_windows_returned" CHECK ("fleet_windows"."granted" >= 0 AND "fleet_windows"."returned" BETWEEN 0 AND "fleet_windows"."granted")
);
--> statement-breakpoint
CREATE INDEX "fleet_batches_settled" ON "fleet_batches" USING btree ("settled_at");--> statement-breakpoint
CREATE INDEX "fleet_books_node" ON "fleet_books" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "fleet_books_rights" ON "fleet_books" USING btree ("state","rights_until");--> statement-breakpoint
CREATE INDEX "fleet_hourly_totals_user" ON "fleet_hourly_totals" USING btree ("user_id","hour_at");--> statement-breakpoint
CREATE INDEX "fleet_hourly_totals_upstream" ON "fleet_hourly_totals" USING btree ("upstream_id","hour_at");--> statement-breakpoint
CREATE INDEX "fleet_hourly_totals_hour" ON "fleet_hourly_totals" USING btree ("hour_at");--> statement-breakpoint
CREATE INDEX "fleet_proofs_answered" ON "fleet_proofs" USING btree ("answered_at");--> statement-breakpoint
CREATE INDEX "fleet_proofs_book" ON "fleet_proofs" USING btree ("book","to_seq");--> statement-breakpoint
CREATE INDEX "fleet_settled_counts_hour" ON "fleet_settled_counts" USING btree ("hour_at");--> statement-breakpoint
CREATE INDEX "fleet_shares_expiry" ON "fleet_shares" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "fleet_slices_book" ON "fleet_slices" USING btree ("book");--> statement-breakpoint
CREATE INDEX "fleet_windows_group" ON "fleet_windows" USING btree ("group_id","ends_at");