import type { QuotaTerms } from '@aicarpool/shared-protocol/console';
import { numberIn, textIn } from '../../../lib/form-values.ts';

export type Unit = 'tokens' | 'usd';

/** What a form says of the terms of a quota. undefined: it says no limit, which is not zero. */
export function termsIn(fields: FormData): QuotaTerms | undefined {
  const limit = numberIn(fields, 'limit');
  if (limit === null) return undefined;
  return {
    limit,
    mode: (textIn(fields, 'mode') ?? 'soft') as QuotaTerms['mode'],
    when_dry: (textIn(fields, 'when_dry') ?? 'overrun') as QuotaTerms['when_dry'],
    max_output_tokens: numberIn(fields, 'max_output_tokens'),
    overdraft: numberIn(fields, 'overdraft') ?? 0,
    strict: fields.has('strict'),
    alert_percent: numberIn(fields, 'alert_percent') ?? 80,
  };
}

/** Where a new quota counts. */
export function placeIn(fields: FormData) {
  const of = textIn(fields, 'of') ?? 'group';
  return {
    of,
    subject: of === 'group' ? null : textIn(fields, 'subject'),
    service_name: textIn(fields, 'service_name'),
    unit: textIn(fields, 'unit') ?? 'tokens',
    window: textIn(fields, 'window') ?? 'month',
  };
}

/** The reason, as a part of a body: nothing where none is given. */
export function reasonIn(fields: FormData): { reason?: string } {
  const reason = textIn(fields, 'reason');
  return reason === null ? {} : { reason };
}
