import type { Dialect } from '@aicarpool/shared-protocol';
import { type Headroom, type Room, shareLeft, tightest } from './headroom.ts';

/** Notices about a window shorter than this would come and go with every request. */
const worthNoticeMs = 3_600_000;
const thresholds = [0.95, 0.75];
const none: readonly string[] = [];

/**
 * Our own limits in the headers that clients of a dialect read, as a flat list; the upstream's never pass. A window slides,
 * so "reset" is when it would be whole again if nothing more were sent. Nothing is limited: no headers.
 */
export function limitHeaders(dialect: Dialect, { requests, tokens }: Headroom, nowMs: number): readonly string[] {
  if ((!requests && !tokens) || dialect === 'gemini') return none;
  const room = tightest([requests, tokens].filter((one) => one !== undefined));
  if (!room) return none;
  if (dialect === 'anthropic-messages')
    return [...anthropic('requests', requests, nowMs), ...anthropic('tokens', tokens, nowMs), ...unified(room, nowMs)];
  const common = [...openai('requests', requests), ...openai('tokens', tokens)];
  return dialect === 'openai-responses' ? [...common, ...codex(room, nowMs)] : common;
}

function anthropic(unit: string, room: Room | undefined, nowMs: number): string[] {
  if (!room) return [];
  const name = `anthropic-ratelimit-${unit}`;
  const reset = new Date(resetAtMs(room, nowMs)).toISOString();
  return [`${name}-limit`, String(room.limit), `${name}-remaining`, String(room.remaining), `${name}-reset`, reset];
}

/** Claude Code shows "You've used NN%" when a threshold is named. */
function unified(room: Room, nowMs: number): string[] {
  const used = 1 - shareLeft(room);
  const reset = String(Math.ceil(resetAtMs(room, nowMs) / 1000));
  const passed = room.windowMs >= worthNoticeMs ? thresholds.find((threshold) => used >= threshold) : undefined;
  const prefix = 'anthropic-ratelimit-unified';
  const notice = passed === undefined ? [] : [`${prefix}-overage-surpassed-threshold`, String(passed)];
  return [
    `${prefix}-status`,
    passed === undefined ? 'allowed' : 'allowed_warning',
    `${prefix}-representative-claim`,
    'overage',
    `${prefix}-reset`,
    reset,
    `${prefix}-overage-status`,
    passed === undefined ? 'allowed' : 'allowed_warning',
    `${prefix}-overage-reset`,
    reset,
    `${prefix}-overage-utilization`,
    used.toFixed(2),
    ...notice,
  ];
}

function openai(unit: string, room: Room | undefined): string[] {
  if (!room) return [];
  const seconds = room.wholeInMs / 1000;
  return [
    `x-ratelimit-limit-${unit}`,
    String(room.limit),
    `x-ratelimit-remaining-${unit}`,
    String(room.remaining),
    `x-ratelimit-reset-${unit}`,
    `${seconds.toFixed(seconds < 10 ? 1 : 0)}s`,
  ];
}

function codex(room: Room, nowMs: number): string[] {
  return [
    'x-codex-primary-used-percent',
    String(Math.round((1 - shareLeft(room)) * 100)),
    'x-codex-primary-window-minutes',
    String(Math.max(1, Math.round(room.windowMs / 60_000))),
    'x-codex-primary-reset-at',
    String(Math.ceil(resetAtMs(room, nowMs) / 1000)),
  ];
}

function resetAtMs(room: Room, nowMs: number): number {
  return nowMs + room.wholeInMs;
}
