CREATE TABLE "insight_comparisons" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"imported_at" timestamp with time zone NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "insight_comparisons_group" ON "insight_comparisons" USING btree ("group_id","imported_at");