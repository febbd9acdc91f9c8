import { problem } from '@aicarpool/shared-protocol';
import { describe, expect, test } from 'vitest';
import type { Role } from '../src/kernel/index.ts';
import type { TestConsole } from './console.ts';

export interface GuardedRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to `/api/v1`, with ids filled in. */
  readonly path: string;
  readonly body?: unknown;
  /** A role that is refused with 403; absent: every role may call it. */
  readonly refuses?: Role;
}

/** What every console route has to do: refuse whoever did not sign in, refuse the wrong role, and say so in one shape. */
export function guardRoutes(console: () => TestConsole, routes: readonly GuardedRoute[]): void {
  describe.each(routes)('$method $path', ({ method, path, body, refuses }) => {
    test('refuses whoever did not sign in', async () => {
      for (const token of [undefined, 'made.up', 'x'.repeat(600)]) {
        const answer = await console().call(method, path, { body, ...(token ? { token } : {}) });
        expect(answer.status).toBe(401);
        expectProblem(answer.body, 'unauthenticated');
      }
    });

    if (!refuses) return;
    test('refuses the wrong role', async () => {
      const { token } = await console().signInAs(refuses);
      const answer = await console().call(method, path, { body, token });
      expect(answer.status).toBe(403);
      expectProblem(answer.body, 'forbidden');
    });
  });
}

function expectProblem(body: unknown, code: string): void {
  const { error } = problem.parse(body);
  expect(error.code).toBe(code);
  expect(error.request_id).toMatch(/^req_/);
  expect(JSON.stringify(body)).not.toMatch(/select |insert |at \/|\.ts:/i);
}
