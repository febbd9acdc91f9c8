import type { RefusalCode } from '@aicarpool/shared-protocol';
import type { Demand } from '../routing/demand.ts';
import { findOptions, type Obstacle, obstacles, type Ways } from '../routing/find-options.ts';
import { keyAllows } from '../routing/models/key-allows.ts';
import { offeredModels } from '../routing/models/offered-models.ts';
import { orderAccounts } from '../routing/order-accounts.ts';
import { orderOptions } from '../routing/order-options.ts';
import type { ServiceOption } from '../routing/service-option.ts';
import { affinityOf } from '../routing/sticky/affinity.ts';
import { chance, type Draw, fate } from '../routing/sticky/draw.ts';
import { strategies } from '../routing/strategies/table.ts';
import type { UpstreamEntry } from '../snapshot/snapshot.ts';
import { servedHeaders } from '../upstreams/response-headers.ts';
import type { Agent } from './agent.ts';
import type { Call, Caller, Candidate, Question, Refused } from './exchange.ts';

export type Plan = { readonly ok: true; readonly candidates: readonly Candidate[] } | Refused;

type Part = Pick<Agent, 'answerHomes' | 'inFlight' | 'random' | 'nowMs'> & {
  readonly health: Pick<Agent['health'], 'figures' | 'sift'>;
};
type Asked = Pick<Call, 'endpoint' | 'request'>;

/**
 * The accounts that may answer, best first. Services with the model itself, in the caller's own format, go before others;
 * the strategy of the group orders the rest; a session stays with its account. Accounts at their cap go last.
 */
export function route(agent: Part, call: Asked, caller: Caller, question: Question): Plan {
  const { key, group } = caller;
  const demand = demandOf(call, question);
  if (!keyAllows(key, demand.model)) {
    return no('model_not_allowed', `this API key may not use model "${demand.model}"${offersOf(caller, demand)}`);
  }
  const ways = findOptions(group, key, demand);
  if (ways.options.length === 0) return whyNone(caller, demand, ways);
  const candidates = homeFirst(agent, question, inOrder(agent, call, caller, question, demand, ways.options));
  const free = candidates.filter((candidate) => !isFull(agent, candidate));
  if (free.length === 0) {
    for (const { upstream } of candidates) agent.inFlight.turnedAway?.(upstream.id, upstream.concurrency);
    return allFull;
  }
  if (free.length === candidates.length) return { ok: true, candidates };
  return { ok: true, candidates: [...free, ...candidates.filter((candidate) => !free.includes(candidate))] };
}

/** Which service and model answered; on every answer of an account. */
export function answerHeaders({ service, model, substituted }: Candidate): string[] {
  return servedHeaders(service.id, model, substituted);
}

const bytesPerToken = 4;

function demandOf({ endpoint }: Asked, { body, facts, hints }: Question): Demand {
  const { dialect, operation, nativePath } = endpoint;
  const isCommon = operation === 'generate' || operation === 'count_tokens';
  return {
    dialect,
    operation,
    translatable: isCommon && !nativePath.endsWith('/compact'),
    model: facts.model,
    inputTokens: Math.ceil(body.length / bytesPerToken),
    maxOutputTokens: facts.maxOutputTokens,
    features: () => hints.features,
  };
}

function inOrder(
  agent: Part,
  call: Asked,
  { key, group }: Caller,
  question: Question,
  demand: Demand,
  options: readonly ServiceOption[],
): readonly Candidate[] {
  const [only] = options;
  if (options.length === 1 && only?.upstreams.length === 1) return candidatesOf(only, only.upstreams);
  const { body, facts, hints } = question;
  const { headers } = call.request;
  const conversation = { headers, named: () => hints.affinity, keyId: key.id, model: facts.model, dialect: demand.dialect, body };
  const draw: Draw = group.routing.sticky ? fate(affinityOf(conversation)) : chance(agent.random);
  const strategy = strategies[group.routing.strategy];
  const circumstances = { demand, figuresOf: (id: string) => agent.health.figures(id, agent.nowMs()) };
  const loadOf = group.routing.sticky ? (id: string) => agent.inFlight.of(id) : null;
  return orderOptions(options, strategy, circumstances, draw).flatMap((option) => {
    const [open, closed] = partByOpen(agent, group, candidatesOf(option, option.upstreams));
    const order = { strategy, circumstances, draw, loadOf };
    return candidatesOf(option, [...orderAccounts(open, order), ...orderAccounts(closed, order)]);
  });
}

/** A request that goes on from an answer belongs to the account that keeps it. */
function homeFirst(agent: Part, { hints }: Question, candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const previous = hints.previousAnswer;
  const homeId = previous === null ? undefined : agent.answerHomes.find(previous);
  const home = homeId === undefined ? undefined : candidates.find(({ upstream }) => upstream.id === homeId);
  return home ? [home, ...candidates.filter((one) => one !== home)] : candidates;
}

/** Accounts that rest or are at their cap have no share in what is to be spread, and go behind those that may be asked. */
function partByOpen(agent: Part, group: Caller['group'], candidates: readonly Candidate[]): [UpstreamEntry[], UpstreamEntry[]] {
  const { ready } = agent.health.sift(candidates, group, agent.nowMs());
  if (ready === candidates && !candidates.some((one) => isFull(agent, one)))
    return [candidates.map(({ upstream }) => upstream), []];
  const open: UpstreamEntry[] = [];
  const closed: UpstreamEntry[] = [];
  for (const candidate of candidates) {
    const { upstream } = candidate;
    const isOpen = ready.includes(candidate) && !isFull(agent, candidate);
    (isOpen ? open : closed).push(upstream);
  }
  return [open, closed];
}

function isFull(agent: Part, { upstream }: Candidate): boolean {
  return agent.inFlight.isFull(upstream.id, upstream.concurrency);
}

function candidatesOf(option: ServiceOption, upstreams: ServiceOption['upstreams']): readonly Candidate[] {
  const { route: way, model, dialect, translation, substituted } = option;
  return upstreams.map((upstream) => ({ service: way.service, upstream, route: way, model, dialect, translation, substituted }));
}

/** The obstacle that is nearest to an answer is the one worth telling. */
function whyNone(caller: Caller, demand: Demand, { closed }: Ways): Refused {
  let nearest: Ways['closed'][number] | undefined;
  for (const one of closed) {
    if (!nearest || obstacles.indexOf(one.obstacle) > obstacles.indexOf(nearest.obstacle)) nearest = one;
  }
  if (!nearest) return no('service_not_offered', 'this group has no service yet; its manager can add one');
  const [code, say] = words[nearest.obstacle];
  return no(
    code,
    say(demand.model, nearest.route.service.id, () => offersOf(caller, demand)),
  );
}

type Say = (model: string, service: string, offers: () => string) => string;

const words: Readonly<Record<Obstacle, readonly [RefusalCode, Say]>> = {
  other_dialect: ['service_not_offered', () => 'this group has no service that speaks this API'],
  model_unknown: ['model_unknown', (model, _, offers) => `no service of this group knows model "${model}"${offers()}`],
  model_not_allowed: ['model_not_allowed', (model, _, offers) => `model "${model}" is not offered to this group${offers()}`],
  switched_off: ['service_not_offered', (_, service) => `service "${service}" is switched off`],
  maintenance: ['upstream_none', (_, service) => `service "${service}" is under maintenance; try again later`],
  no_account: ['upstream_none', (model) => `no account is ready that could answer for model "${model}"`],
  own_account_missing: [
    'account_missing',
    (_, service) =>
      `in this group everybody uses an own account of service "${service}", and you have none here: add your own key first`,
  ],
};

const named = 10;

function offersOf({ group, key }: Caller, { dialect }: Demand): string {
  const offered = offeredModels(group, key, dialect).map(({ model }) => model);
  if (offered.length === 0) return '';
  const rest = offered.length > named ? `, and ${offered.length - named} more` : '';
  return `; offered: ${offered.slice(0, named).join(', ')}${rest}`;
}

function no(code: RefusalCode, message: string): Refused {
  return { ok: false, refusal: { code, message } };
}

const allFull: Refused = {
  ok: false,
  refusal: {
    code: 'too_many_at_once',
    message: 'all accounts that could answer are as busy as they may be; try again',
    retryAfterSeconds: 1,
  },
};
