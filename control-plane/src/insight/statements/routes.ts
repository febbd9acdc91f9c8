import { statementsContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import type { StatementParts } from '../ports.ts';
import { closeStatement } from './close-statement.ts';
import { readFixedCosts, setFixedCosts } from './fixed-costs.ts';
import { listStatements } from './list-statements.ts';
import { readStatement } from './read-statement.ts';
import { writeStatementCsv } from './write-statement-csv.ts';

const os = implement(statementsContract).$context<{ ctx: Ctx }>();

export function statementRoutesOver(parts: StatementParts) {
  return os.router({
    getFixedCosts: os.getFixedCosts.handler(async ({ context, input }) =>
      ok({ fixed_costs: [...(await readFixedCosts(context.ctx, parts, input.groupId))] }),
    ),
    setFixedCosts: os.setFixedCosts.handler(async ({ context, input: { params, body } }) =>
      ok({ fixed_costs: [...(await setFixedCosts(context.ctx, parts, params.groupId, body.fixed_costs, body.expected))] }),
    ),
    list: os.list.handler(async ({ context, input }) => {
      const { statements, total } = await listStatements(context.ctx, parts, input.groupId, input);
      return ok({ statements, pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context, input }) => ok(await readStatement(context.ctx, parts, input.groupId, input.month))),
    csv: os.csv.handler(async ({ context, input }) => {
      const statement = await readStatement(context.ctx, parts, input.groupId, input.month);
      const name = `statement-${input.groupId}-${input.month}.csv`;
      return new File([writeStatementCsv(statement, input.detail)], name, { type: 'text/csv; charset=utf-8' });
    }),
    close: os.close.handler(async ({ context, input: { params, body } }) =>
      ok(await closeStatement(context.ctx, parts, params.groupId, params.month, body.even_if_incomplete)),
    ),
  });
}
