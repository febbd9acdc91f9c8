import { providerExportsContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import type { ExportParts } from '../ports.ts';
import { getComparison, importProviderExport, listComparisons } from './import-provider-export.ts';

const os = implement(providerExportsContract).$context<{ ctx: Ctx }>();

export function providerExportRoutesOver(parts: ExportParts) {
  return os.router({
    import: os.import.handler(async ({ context, input: { params, body } }) =>
      ok(await importProviderExport(context.ctx, parts, params.groupId, body)),
    ),
    list: os.list.handler(async ({ context, input }) => {
      const { comparisons, total } = await listComparisons(context.ctx, parts, input.groupId, input);
      return ok({ comparisons, pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context, input }) =>
      ok(await getComparison(context.ctx, parts, input.groupId, input.comparisonId)),
    ),
  });
}
