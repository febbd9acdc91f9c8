import { expect, test } from 'vitest';
import { openMetrics } from './metrics.ts';

test('gives what was counted in the text format of Prometheus', async () => {
  const metrics = openMetrics();
  metrics.requestEnded('gemini', 'ok');
  metrics.requestEnded('gemini', 'ok');
  metrics.refused('key_unknown');
  metrics.upstreamAnswered('gemini', 300);
  let active = 3;
  metrics.gauge('active_requests', () => active);
  active = 7;
  const { body, contentType } = await metrics.text();
  expect(contentType).toContain('text/plain');
  expect(body).toContain('carpool_edge_requests_total{dialect="gemini",status="ok"} 2');
  expect(body).toContain('carpool_edge_refusals_total{code="key_unknown"} 1');
  expect(body).toContain('carpool_edge_upstream_first_byte_seconds_bucket{le="0.5",dialect="gemini"} 1');
  expect(body).toContain('carpool_edge_active_requests 7');
});

test('two agents in one process count apart', async () => {
  const [one, other] = [openMetrics(), openMetrics()];
  one.bug();
  expect((await one.text()).body).toContain('carpool_edge_bugs_total 1');
  expect((await other.text()).body).toContain('carpool_edge_bugs_total 0');
});
