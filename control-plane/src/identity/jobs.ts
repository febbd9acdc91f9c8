import { z } from 'zod';
import { defineJob } from '../kernel/index.ts';
import { pruneSignInAttempts } from './limit-sign-ins.ts';
import { pruneSessions } from './sessions/revoke-session.ts';

export const identityJobs = [
  defineJob({
    name: 'identity.prune',
    schema: z.object({}),
    async handler(ctx) {
      await pruneSessions(ctx);
      await pruneSignInAttempts(ctx);
    },
    retryLimit: 0,
    cron: { expression: '17 * * * *', input: {} },
  }),
];
