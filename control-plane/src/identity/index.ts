/**
 * Identity: who is asking. A person signs in with email and password and holds a signed session token, as a bearer token
 * or as a cookie; ending a session counts from the next call on. Tokens and hashes never leave this domain.
 */

export { sessionLifetimeS } from './auth.ts';
export { authenticateRequest, isForeignPage, sessionCookie } from './authenticate-request.ts';
export { createFirstAdmin, type FirstAdmin } from './create-first-admin.ts';
export { findPeople, type Person } from './find-people.ts';
export { identityJobs } from './jobs.ts';
export { type IdentityHttp, identityRouter } from './routes.ts';
