CREATE TABLE "insight_fixed_costs" (
	"group_id" text PRIMARY KEY NOT NULL,
	"costs" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "insight_statements" (
	"group_id" text NOT NULL,
	"month" text NOT NULL,
	"figures" jsonb NOT NULL,
	"closed_at" timestamp with time zone NOT NULL,
	"closed_by" text,
	CONSTRAINT "insight_statements_group_id_month_pk" PRIMARY KEY("group_id","month")
);
