import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { MemberStatement, Statement } from '@aicarpool/shared-protocol/console';
import type { BehindNode } from '../ports.ts';
import { adjustedBy, fixedOf, type MemberFigures, type StatementFigures, sumUse, type UseSums } from './figures.ts';

export interface ViewParts {
  readonly groupId: string;
  readonly month: string;
  readonly figures: StatementFigures;
  readonly closed: { readonly closedAt: Date; readonly closedBy: string | null } | undefined;
  readonly behind: readonly BehindNode[];
  readonly now: Date;
}

/** A statement in the shape of the console API. */
export function statementView({ groupId, month, figures, closed, behind, now }: ViewParts): Statement {
  const { members } = figures;
  const use = sumUse(members.map((member) => member.use));
  const fixed = members.reduce((sum, member) => sum + fixedOf(member), 0);
  const adjusted = members.reduce((sum, member) => sum + adjustedBy(member), 0);
  const hasEnded = now.getTime() >= Date.parse(figures.endsAt);
  return {
    group_id: groupId,
    group_name: figures.groupName,
    month,
    time_zone: figures.timeZone,
    starts_at: figures.startsAt,
    ends_at: figures.endsAt,
    status: closed ? 'closed' : hasEnded ? 'ended' : 'running',
    members: members.map(memberView),
    totals: {
      requests: use.requests,
      tokens: tokensOf(use),
      measured_usd: nanoUsdToUsd(use.costNanoUsd),
      estimated_usd: nanoUsdToUsd(use.estimatedCostNanoUsd),
      lost_requests: use.lost,
      unpriced_requests: use.unpriced,
      fixed_usd: nanoUsdToUsd(fixed),
      adjustment_usd: nanoUsdToUsd(adjusted),
      total_usd: nanoUsdToUsd(use.costNanoUsd + fixed + adjusted),
    },
    fixed_costs: figures.fixedCosts.map(({ name, nanoUsd, rule }) => ({ name, amount_usd: nanoUsdToUsd(nanoUsd), rule })),
    settled: {
      complete: behind.length === 0,
      behind: behind.map(({ nodeId, name, settledUntil, rowsKnown }) => ({
        node_id: nodeId,
        node_name: name,
        settled_until: settledUntil?.toISOString() ?? null,
        rows_known: rowsKnown,
      })),
    },
    closed_at: closed?.closedAt.toISOString() ?? null,
    closed_by: closed?.closedBy ?? null,
    as_of: now.toISOString(),
  };
}

function memberView(member: MemberFigures): MemberStatement {
  const { use } = member;
  const fixed = fixedOf(member);
  const adjusted = adjustedBy(member);
  return {
    user_id: member.userId,
    name: member.name,
    is_member: member.isMember,
    requests: use.requests,
    tokens: tokensOf(use),
    measured_usd: nanoUsdToUsd(use.costNanoUsd),
    estimated_usd: nanoUsdToUsd(use.estimatedCostNanoUsd),
    lost_requests: use.lost,
    unpriced_requests: use.unpriced,
    fixed_usd: nanoUsdToUsd(fixed),
    fixed: member.fixed.map(({ name, nanoUsd }) => ({ name, amount_usd: nanoUsdToUsd(nanoUsd) })),
    adjustment_usd: nanoUsdToUsd(adjusted),
    adjustments: member.adjustments.map(({ month, nanoUsd }) => ({ month, amount_usd: nanoUsdToUsd(nanoUsd) })),
    total_usd: nanoUsdToUsd(use.costNanoUsd + fixed + adjusted),
    lines: member.lines.map((line) => ({
      service: line.service,
      model: line.model,
      requests: line.requests,
      total_tokens: tokensOf(line).total,
      cost_usd: nanoUsdToUsd(line.costNanoUsd),
    })),
  };
}

function tokensOf({ input, cacheRead, cacheWrite, output }: UseSums): MemberStatement['tokens'] {
  return { input, cache_read: cacheRead, cache_write: cacheWrite, output, total: input + cacheRead + cacheWrite + output };
}
