import type { StatsWarning } from '@aicarpool/shared-protocol/console';
import type { AskedNode, Gathered } from './ask-fleet.ts';
import type { StatsSums } from './sum-cells.ts';

type Params = StatsWarning['params'];

/** What a reader must know before trusting the figures, the gravest first. */
export function warningsOf(
  { asked, range, askedAtMs, covered }: Pick<Gathered, 'asked' | 'range' | 'askedAtMs' | 'covered'>,
  sums: StatsSums,
  timeoutMs: number,
): StatsWarning[] {
  if (asked.length === 0) return [warning('no_nodes', 'no node served this in the chosen time; there is nothing to count', {})];
  const gaps = asked.filter(({ keeper }) => covered?.has(keeper.nodeId) !== true);
  const silent = gaps.flatMap((node) => silenceOf(node, timeoutMs));
  const answers = asked.filter(({ reply }) => reply.answer !== undefined);
  const none =
    answers.length === 0 && gaps.length > 0
      ? [warning('nothing_answered', 'no node answered: the figures are unknown, not zero', {})]
      : [];
  const again = gaps.some(({ reply }) => reply.status === 'timeout' || reply.answer?.outcome === 'partial');
  return [
    ...none,
    ...silent,
    ...answers.flatMap((node) => qualityOf(node, range.startMs, askedAtMs)),
    ...countsOf(sums),
    ...(again ? [warning('ask_again', 'ask again with force_refresh=true, and a longer timeout, for complete figures', {})] : []),
  ];
}

function silenceOf({ keeper, reply }: AskedNode, timeoutMs: number): StatsWarning[] {
  const params = { node_id: keeper.nodeId, node_name: keeper.name };
  const missing = 'its part of the figures is missing';
  switch (reply.status) {
    case 'responded':
      return [];
    case 'timeout':
      return [
        warning('node_timeout', `node ${keeper.name} did not answer within ${timeoutMs / 1000} s; ${missing}`, {
          ...params,
          timeout_s: timeoutMs / 1000,
        }),
      ];
    case 'failed':
      return [warning('node_failed', `node ${keeper.name} failed: ${reply.error ?? 'no reason given'}; ${missing}`, params)];
    case 'offline': {
      if (keeper.state === 'retired') {
        return [warning('node_retired', `node ${keeper.name} is retired and took its books along; ${missing}`, params)];
      }
      const since = keeper.lastSeenAt?.toISOString() ?? null;
      const seen = since === null ? 'and was never seen' : `since ${since}`;
      const more: Params = since === null ? params : { ...params, last_seen: since };
      return [warning('node_offline', `node ${keeper.name} is offline ${seen}; ${missing}`, more)];
    }
  }
}

function qualityOf({ keeper, reply: { answer } }: AskedNode, startMs: number, nowMs: number): StatsWarning[] {
  if (!answer) return [];
  const params = { node_id: keeper.nodeId, node_name: keeper.name };
  const found: StatsWarning[] = [];
  if (answer.outcome === 'partial') {
    const why = answer.message === undefined ? '' : ` (${answer.message})`;
    found.push(warning('answer_partial', `node ${keeper.name} sent only a part of its figures${why}`, params));
  }
  if (answer.approximate) {
    found.push(
      warning('edges_approximate', `node ${keeper.name} keeps only sums of some hours or days that the buckets cut`, params),
    );
  }
  const cut = historyCut(keeper.sinceAt.getTime(), answer.covered_from, startMs, nowMs);
  if (cut)
    found.push(
      warning(
        'history_cut',
        `node ${keeper.name} holds this detail only since ${cut}; older figures are sums of whole days, or gone`,
        { ...params, covered_from: cut },
      ),
    );
  return found;
}

const keptInFullMs = 7 * 86_400_000;

/** Books that begin later than the question and the node may just be young; only what is a week old can have been cut. */
function historyCut(sinceMs: number, coveredFrom: string | null, startMs: number, nowMs: number): string | undefined {
  if (coveredFrom === null) return undefined;
  const coveredMs = Date.parse(coveredFrom);
  return coveredMs > startMs && coveredMs > sinceMs && coveredMs <= nowMs - keptInFullMs ? coveredFrom : undefined;
}

function countsOf(sums: StatsSums): StatsWarning[] {
  const found: StatsWarning[] = [];
  const of = `of ${sums.requests} requests`;
  if (sums.estimated > 0) {
    found.push(warning('usage_estimated', `the usage of ${sums.estimated} ${of} is estimated`, { requests: sums.estimated }));
  }
  if (sums.lost > 0) {
    found.push(
      warning('requests_lost', `${sums.lost} ${of} were open when a node died; they are booked by estimate`, {
        requests: sums.lost,
      }),
    );
  }
  if (sums.unpriced > 0) {
    found.push(
      warning('price_unknown', `${sums.unpriced} ${of} used a model without a known price; their cost is not in the sum`, {
        requests: sums.unpriced,
      }),
    );
  }
  return found;
}

function warning(code: StatsWarning['code'], message: string, params: Params): StatsWarning {
  return { code, message, params };
}
