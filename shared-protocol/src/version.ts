/**
 * The version both programs say at every session. One dated line per change of any
 * message under `edge/`; `test/version.test.ts` fails when a schema changes without one.
 *
 * 2026-11-21  1  first wire: register, session, events, sync, heartbeat, stats query and answer
 *                the same day, members that may be absent: routing, health, limits, egress, proxies, probes, signals
 *                the same day, before the first release: quotas, settle, recall
 *                the same day, before the first release: identity keys, signed sessions, calls and config
 */
export const PROTOCOL_VERSION = 1;

/** The oldest edge that this control plane still talks to. Older ones get 426. */
export const MIN_EDGE_VERSION = 1;
