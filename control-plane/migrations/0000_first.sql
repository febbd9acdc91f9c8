CREATE TABLE "carpool_data_keys" (
	"group_id" text NOT NULL,
	"version" integer NOT NULL,
	"wrapped" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "carpool_data_keys_group_id_version_pk" PRIMARY KEY("group_id","version")
);
--> statement-breakpoint
CREATE TABLE "carpool_group_services" (
	"group_id" text NOT NULL,
	"service_id" text NOT NULL,
	"enabled" boolean NOT NULL,
	"priority" integer NOT NULL,
	"weight" integer NOT NULL,
	"model_whitelist" jsonb,
	"model_blacklist" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"auth_method" text NOT NULL,
	"quota_config" jsonb,
	"proxy_enabled" boolean NOT NULL,
	CONSTRAINT "carpool_group_services_group_id_service_id_pk" PRIMARY KEY("group_id","service_id")
);
--> statement-breakpoint
CREATE TABLE "carpool_groups" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"manager_id" text NOT NULL,
	"max_members" integer NOT NULL,
	"status" text NOT NULL,
	"deployment_mode" text NOT NULL,
	"deployment_node_ids" jsonb,
	"failover_enabled" boolean NOT NULL,
	"failover_conditions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"time_zone" text NOT NULL,
	"config_valid_s" integer,
	"max_keys_per_user" integer NOT NULL,
	"global_quota_config" jsonb,
	"cost_limits" jsonb,
	"is_demo" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"hint" text NOT NULL,
	"user_id" text NOT NULL,
	"group_id" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"status" text NOT NULL,
	"token_limit" bigint,
	"rate_limit_requests" integer,
	"rate_limit_window_s" integer,
	"restricts_models" boolean NOT NULL,
	"restricted_models" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"expires_at" timestamp with time zone,
	"ip_allowlist" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "carpool_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "carpool_memberships" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"status" text NOT NULL,
	"joined_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_models" (
	"service_id" text NOT NULL,
	"model" text NOT NULL,
	"display_name" text NOT NULL,
	"context_length" integer,
	"max_output_tokens" integer,
	"supports_tools" boolean DEFAULT true NOT NULL,
	"price" jsonb,
	"price_version" text NOT NULL,
	"price_origin" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "carpool_models_service_id_model_pk" PRIMARY KEY("service_id","model")
);
--> statement-breakpoint
CREATE TABLE "carpool_seeds" (
	"name" text PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"applied_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_services" (
	"id" text PRIMARY KEY NOT NULL,
	"display_name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"base_url" text NOT NULL,
	"dialects" jsonb NOT NULL,
	"credential_headers" jsonb NOT NULL,
	"default_headers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"on_client_gone" text NOT NULL,
	"model_patterns" jsonb NOT NULL,
	"supports_tools" boolean DEFAULT true NOT NULL,
	"supports_vision" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carpool_upstreams" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"service_id" text NOT NULL,
	"name" text NOT NULL,
	"auth_type" text NOT NULL,
	"credential" jsonb,
	"credential_hint" text,
	"base_url" text,
	"priority" integer NOT NULL,
	"weight" integer NOT NULL,
	"status" text NOT NULL,
	"created_by" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fleet_answers" (
	"question_id" text NOT NULL,
	"node_id" text NOT NULL,
	"answer" jsonb NOT NULL,
	"answered_at" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_answers_question_id_node_id_pk" PRIMARY KEY("question_id","node_id")
);
--> statement-breakpoint
CREATE TABLE "fleet_node_scopes" (
	"node_id" text NOT NULL,
	"scope" text NOT NULL,
	"served_since" timestamp with time zone NOT NULL,
	"dropped_at" timestamp with time zone,
	"held" boolean DEFAULT false NOT NULL,
	"except_version" bigint,
	"data_key_sent" integer DEFAULT 0 NOT NULL,
	"data_key_sent_at_version" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "fleet_node_scopes_node_id_scope_pk" PRIMARY KEY("node_id","scope")
);
--> statement-breakpoint
CREATE TABLE "fleet_nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"region" text,
	"country_code" text,
	"server_ip" text,
	"sealing_key" text,
	"token_hash" text NOT NULL,
	"only_groups" text[],
	"admin_state" text DEFAULT 'active' NOT NULL,
	"supported_services" text[] NOT NULL,
	"max_concurrent_requests" integer,
	"registered_at" timestamp with time zone NOT NULL,
	"retired_at" timestamp with time zone,
	"session_no" integer DEFAULT 0 NOT NULL,
	"session_opened_at" timestamp with time zone,
	"protocol" integer,
	"build" text,
	"boot_id" text,
	"incarnation" text,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"chain" text DEFAULT '' NOT NULL,
	"listen" text,
	"config_epoch" text DEFAULT '' NOT NULL,
	"config_version" bigint DEFAULT 0 NOT NULL,
	"config_confirmed_at" timestamp with time zone,
	"reject_count" integer DEFAULT 0 NOT NULL,
	"stream_id" text,
	"online" boolean DEFAULT false NOT NULL,
	"last_heartbeat_at" timestamp with time zone,
	"heartbeat" jsonb
);
--> statement-breakpoint
CREATE TABLE "fleet_questions" (
	"id" text PRIMARY KEY NOT NULL,
	"question" jsonb NOT NULL,
	"node_ids" text[] NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"deadline_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fleet_registration_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"role" text NOT NULL,
	"node_name" text,
	"region" text,
	"group_ids" text[],
	"created_by" text,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"used_by_node" text,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "fleet_rejects" (
	"node_id" text NOT NULL,
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"resource_id" text NOT NULL,
	"rev" text NOT NULL,
	"code" text NOT NULL,
	"message" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_rejects_node_id_scope_kind_resource_id_pk" PRIMARY KEY("node_id","scope","kind","resource_id")
);
--> statement-breakpoint
CREATE TABLE "identity_accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identity_sessions_token_unique" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "identity_sign_in_attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"window_ends_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity_users" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"role" text DEFAULT 'group_member' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identity_users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "identity_verifications" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "insight_answers" (
	"digest" text PRIMARY KEY NOT NULL,
	"body" jsonb NOT NULL,
	"bytes" integer NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "insight_exports" (
	"id" text PRIMARY KEY NOT NULL,
	"group_id" text NOT NULL,
	"requested_by" text NOT NULL,
	"wish" jsonb NOT NULL,
	"format" text NOT NULL,
	"status" text NOT NULL,
	"progress" integer NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"result" text,
	"result_bytes" bigint,
	"error" text
);
--> statement-breakpoint
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
ALTER TABLE "carpool_data_keys" ADD CONSTRAINT "carpool_data_keys_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_group_services" ADD CONSTRAINT "carpool_group_services_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_group_services" ADD CONSTRAINT "carpool_group_services_service_id_carpool_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."carpool_services"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_groups" ADD CONSTRAINT "carpool_groups_manager_id_identity_users_id_fk" FOREIGN KEY ("manager_id") REFERENCES "public"."identity_users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_keys" ADD CONSTRAINT "carpool_keys_user_id_identity_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."identity_users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_keys" ADD CONSTRAINT "carpool_keys_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_memberships" ADD CONSTRAINT "carpool_memberships_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_memberships" ADD CONSTRAINT "carpool_memberships_user_id_identity_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."identity_users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_models" ADD CONSTRAINT "carpool_models_service_id_carpool_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."carpool_services"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD CONSTRAINT "carpool_upstreams_group_id_carpool_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."carpool_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carpool_upstreams" ADD CONSTRAINT "carpool_upstreams_service_id_carpool_services_id_fk" FOREIGN KEY ("service_id") REFERENCES "public"."carpool_services"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fleet_answers" ADD CONSTRAINT "fleet_answers_question_id_fleet_questions_id_fk" FOREIGN KEY ("question_id") REFERENCES "public"."fleet_questions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fleet_node_scopes" ADD CONSTRAINT "fleet_node_scopes_node_id_fleet_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."fleet_nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fleet_rejects" ADD CONSTRAINT "fleet_rejects_node_id_fleet_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."fleet_nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity_accounts" ADD CONSTRAINT "identity_accounts_user_id_identity_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."identity_users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity_sessions" ADD CONSTRAINT "identity_sessions_user_id_identity_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."identity_users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "carpool_group_services_service" ON "carpool_group_services" USING btree ("service_id");--> statement-breakpoint
CREATE INDEX "carpool_groups_status" ON "carpool_groups" USING btree ("status","created_at");--> statement-breakpoint
CREATE INDEX "carpool_keys_group" ON "carpool_keys" USING btree ("group_id");--> statement-breakpoint
CREATE INDEX "carpool_keys_user" ON "carpool_keys" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "carpool_memberships_group_user" ON "carpool_memberships" USING btree ("group_id","user_id");--> statement-breakpoint
CREATE INDEX "carpool_memberships_user" ON "carpool_memberships" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "carpool_upstreams_name" ON "carpool_upstreams" USING btree ("group_id","name") WHERE status <> 'deleted';--> statement-breakpoint
CREATE INDEX "carpool_upstreams_service" ON "carpool_upstreams" USING btree ("service_id");--> statement-breakpoint
CREATE INDEX "fleet_node_scopes_scope" ON "fleet_node_scopes" USING btree ("scope");--> statement-breakpoint
CREATE UNIQUE INDEX "fleet_nodes_token_hash" ON "fleet_nodes" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "fleet_nodes_online" ON "fleet_nodes" USING btree ("online","last_heartbeat_at");--> statement-breakpoint
CREATE INDEX "fleet_questions_deadline" ON "fleet_questions" USING btree ("deadline_at");--> statement-breakpoint
CREATE UNIQUE INDEX "fleet_registration_tokens_hash" ON "fleet_registration_tokens" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "fleet_registration_tokens_expiry" ON "fleet_registration_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "identity_accounts_user" ON "identity_accounts" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "identity_sessions_user" ON "identity_sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "identity_sign_in_attempts_end" ON "identity_sign_in_attempts" USING btree ("window_ends_at");--> statement-breakpoint
CREATE INDEX "identity_verifications_identifier" ON "identity_verifications" USING btree ("identifier");--> statement-breakpoint
CREATE INDEX "insight_answers_expiry" ON "insight_answers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "insight_exports_owner" ON "insight_exports" USING btree ("requested_by","requested_at");--> statement-breakpoint
CREATE INDEX "insight_exports_expiry" ON "insight_exports" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "cfg_log_scope_version" ON "cfg_log" USING btree ("scope","version");--> statement-breakpoint
CREATE INDEX "cfg_log_version" ON "cfg_log" USING btree ("version");--> statement-breakpoint
CREATE INDEX "cfg_log_unassigned" ON "cfg_log" USING btree ("xid") WHERE version is null;--> statement-breakpoint
CREATE INDEX "kernel_audit_at" ON "kernel_audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "kernel_audit_target" ON "kernel_audit" USING btree ("target_kind","target_id","at");--> statement-breakpoint
CREATE INDEX "kernel_audit_group" ON "kernel_audit" USING btree ("group_id","at");