import type { SettleRequest } from '@aicarpool/shared-protocol';

/** What one book tells and asks, without the number of the session, which whoever sends it adds. */
export type SettleQuestion = Omit<SettleRequest, 'session_no'>;
