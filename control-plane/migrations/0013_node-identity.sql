CREATE TABLE "fleet_node_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"node_id" text NOT NULL,
	"public_key" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "fleet_nonces" (
	"nonce" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fleet_sent_credentials" (
	"node_id" text NOT NULL,
	"upstream_id" text NOT NULL,
	"group_id" text NOT NULL,
	"sent_at" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_sent_credentials_node_id_upstream_id_pk" PRIMARY KEY("node_id","upstream_id")
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "fleet_session_keys" (
	"node_id" text NOT NULL,
	"session_no" integer NOT NULL,
	"generation" integer NOT NULL,
	"sealed" text NOT NULL,
	"boot_id" text NOT NULL,
	"address" text,
	"expires_at" timestamp with time zone NOT NULL,
	"high" bigint DEFAULT 0 NOT NULL,
	"seen" bit(256) DEFAULT B'0'::bit(256) NOT NULL,
	CONSTRAINT "fleet_session_keys_node_id_session_no_generation_pk" PRIMARY KEY("node_id","session_no","generation")
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
CREATE TABLE "fleet_signing_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"public_key" text NOT NULL,
	"wrapped" text,
	"state" text NOT NULL,
	"endorsed_by" text,
	"endorsement" text,
	"created_at" timestamp with time zone NOT NULL,
	"retired_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD COLUMN "secret_set_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "fleet_nodes" ADD COLUMN "identity_key_id" text;--> statement-breakpoint
ALTER TABLE "fleet_nodes" ADD COLUMN "waiting" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "fleet_nodes" ADD COLUMN "conflict_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "fleet_registration_tokens" ADD COLUMN "proof_key" text;--> statement-breakpoint
ALTER TABLE "fleet_registration_tokens" ADD COLUMN "approve_first" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "fleet_node_keys_node" ON "fleet_node_keys" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "fleet_nonces_expiry" ON "fleet_nonces" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "fleet_session_keys_expiry" ON "fleet_session_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "fleet_signing_keys_state" ON "fleet_signing_keys" USING btree ("state") WHERE "fleet_signing_keys"."state" <> 'past';