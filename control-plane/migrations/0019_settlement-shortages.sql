ALTER TABLE "fleet_shares" ADD COLUMN "served_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "fleet_windows" ADD COLUMN "short_books" text;--> statement-breakpoint
ALTER TABLE "fleet_windows" ADD COLUMN "short_amount" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "fleet_windows" ADD COLUMN "short_until" timestamp with time zone;