import type { Refusal } from '@aicarpool/shared-protocol';
import { RequestHints } from '../dialects/index.ts';
import { spentHeaders } from '../limits/spent-headers.ts';
import { admit, checkFeatures, leave, tokensToPromise } from './admit.ts';
import type { Agent } from './agent.ts';
import { authenticate } from './authenticate.ts';
import type { Call, Caller, Question } from './exchange.ts';
import { failOver } from './fail-over/fail-over.ts';
import { answerModels } from './intake/answer-models.ts';
import { readClearBody } from './intake/decode-body.ts';
import { releaseBody } from './intake/read-body.ts';
import { unlessSpoilt } from './intake/spoilt-config.ts';
import { refuse } from './refuse.ts';
import { route } from './route.ts';

/** One request, start to end. Every stage adds facts or refuses; nothing but the body and the upstream is waited for. */
export async function serve(agent: Agent, call: Call): Promise<void> {
  const { dialect } = call.dialect;
  if (agent.load.draining) return refuse(agent, call, dialect, draining);
  const snapshot = agent.snapshots.pin();
  if (!snapshot) return refuse(agent, call, dialect, noConfig);

  const caller = authenticate(snapshot, call, agent.nowMs());
  if (!caller.ok) return refuse(agent, call, dialect, caller.refusal);
  const { operation } = call.endpoint;
  if (operation === 'list_models' || operation === 'get_model') return answerModels(agent, call, caller);

  const admitting = admit(agent, call, caller);
  const admission = admitting instanceof Promise ? await admitting : admitting;
  if (!admission) return;
  if (!admission.ok) return refuseSpent(agent, call, caller, admission.refusal);
  try {
    // While it waited for its turn the node may have begun to stop; who makes room then makes it for nobody.
    if (agent.load.draining) return refuse(agent, call, dialect, draining);
    await serveAdmitted(agent, call, caller);
  } finally {
    leave(agent, admission.visitor);
  }
}

async function serveAdmitted(agent: Agent, call: Call, caller: Caller): Promise<void> {
  const { dialect } = call.dialect;
  const reading = await readClearBody(agent, call);
  if (!reading.ok) {
    if (reading.refusal) refuse(agent, call, dialect, reading.refusal);
    return;
  }
  const { body } = reading;
  try {
    const request = call.dialect.readRequest(call.endpoint, body);
    if (!request.ok) return refuse(agent, call, dialect, request.refusal);
    const question = { body, facts: request.facts, hints: new RequestHints(dialect, body), booked: { tokens: 0 } };
    const allowed = checkFeatures(caller, question);
    if (!allowed.ok) return refuse(agent, call, dialect, allowed.refusal);
    await answer(agent, call, caller, question);
  } finally {
    releaseBody(agent, body);
  }
}

/** What the request is promised of the tokens per minute is held until it is known what it used. */
async function answer(agent: Agent, call: Call, caller: Caller, question: Question): Promise<void> {
  const { dialect } = call.dialect;
  const promised = tokensToPromise(question);
  const promising = agent.gate.promiseTokens(caller, promised, agent.monotonicMs());
  const promise = promising instanceof Promise ? await promising : promising;
  if (!promise.ok) return refuseSpent(agent, call, caller, promise.refusal);
  try {
    const plan = route(agent, call, caller, question);
    if (!plan.ok) return refuse(agent, call, dialect, unlessSpoilt(caller, plan.refusal));
    await failOver(agent, call, caller, question, plan.candidates);
  } finally {
    agent.gate.useTokens(caller, promised, question.booked.tokens, agent.monotonicMs(), promise.ticket);
  }
}

/** With what is left of the limits, where one of them is why. */
function refuseSpent(agent: Agent, call: Call, caller: Caller, refusal: Refusal): void {
  const { dialect } = call.dialect;
  const headroom = agent.gate.headroom(caller, agent.monotonicMs());
  refuse(agent, call, dialect, refusal, spentHeaders(dialect, refusal, headroom, agent.nowMs()));
}

const draining = {
  code: 'node_draining',
  message: 'this node is being shut down; try again',
  retryAfterSeconds: 1,
} as const;
const noConfig = {
  code: 'config_missing',
  message: 'this node has no config yet; try again in a moment',
  retryAfterSeconds: 2,
} as const;
