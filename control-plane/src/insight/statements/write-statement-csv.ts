import type { Statement } from '@aicarpool/shared-protocol/console';
import { type CsvValue, csvText } from '../exports/csv-text.ts';

const memberColumns =
  'month,user_id,name,requests,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens,total_tokens,measured_usd,' +
  'estimated_usd,lost_requests,unpriced_requests,fixed_usd,adjustment_usd,total_usd,status,complete,as_of_utc';
const modelColumns = 'month,user_id,name,service_name,model,requests,total_tokens,cost_usd,status,complete,as_of_utc';

/** A statement as a table for spreadsheets, one line a member, or one for each model that he used. */
export function writeStatementCsv(statement: Statement, detail: 'members' | 'models'): string {
  const quality: CsvValue[] = [statement.status, String(statement.settled.complete), statement.as_of];
  const lines = statement.members.flatMap((member) => {
    const who: CsvValue[] = [statement.month, member.user_id, member.name];
    if (detail === 'models') {
      return member.lines.map(({ service, model, requests, total_tokens, cost_usd }) => [
        ...who,
        service,
        model,
        requests,
        total_tokens,
        money(cost_usd),
        ...quality,
      ]);
    }
    const { tokens } = member;
    const used: CsvValue[] = [member.requests, tokens.input, tokens.cache_read, tokens.cache_write, tokens.output, tokens.total];
    const cost: CsvValue[] = [
      money(member.measured_usd),
      money(member.estimated_usd),
      member.lost_requests,
      member.unpriced_requests,
    ];
    const paid: CsvValue[] = [money(member.fixed_usd), money(member.adjustment_usd), money(member.total_usd)];
    return [[...who, ...used, ...cost, ...paid, ...quality]];
  });
  return csvText([(detail === 'models' ? modelColumns : memberColumns).split(','), ...lines]);
}

/** All nine digits, never in powers of ten. */
function money(usd: number): CsvValue {
  return usd.toFixed(9);
}
