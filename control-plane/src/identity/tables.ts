import type { UserId } from '@aicarpool/shared-protocol';
import { boolean, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const roleNames = ['super_admin', 'admin', 'distributor', 'group_manager', 'group_member'] as const;

/** People. Written by better-auth and by `createFirstAdmin`. */
export const identityUsers = pgTable('identity_users', {
  id: text().$type<UserId>().primaryKey(),
  name: text().notNull(),
  email: text().notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text(),
  role: text({ enum: roleNames }).notNull().default('group_member'),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** Who is signed in where. Written by better-auth; the token alone signs nobody in (it has to be signed). */
export const identitySessions = pgTable(
  'identity_sessions',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => identityUsers.id, { onDelete: 'cascade' }),
    token: text().notNull().unique(),
    expiresAt: instant('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [index('identity_sessions_user').on(table.userId)],
);

/** How a person proves who they are; `password` is an argon2id hash. Written by better-auth and by `createFirstAdmin`. */
export const identityAccounts = pgTable(
  'identity_accounts',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: text('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => identityUsers.id, { onDelete: 'cascade' }),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: instant('access_token_expires_at'),
    refreshTokenExpiresAt: instant('refresh_token_expires_at'),
    scope: text(),
    password: text(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [index('identity_accounts_user').on(table.userId)],
);

/** One-time proofs of better-auth (none are used yet; its adapter asks for the table). */
export const identityVerifications = pgTable(
  'identity_verifications',
  {
    id: text().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [index('identity_verifications_identifier').on(table.identifier)],
);

/** Sign-ins under way or failed, by address and by address and email. Written by `limitSignIns`. */
export const identitySignInAttempts = pgTable(
  'identity_sign_in_attempts',
  {
    key: text().primaryKey(),
    count: integer().notNull(),
    windowEndsAt: instant('window_ends_at').notNull(),
  },
  (table) => [index('identity_sign_in_attempts_end').on(table.windowEndsAt)],
);
