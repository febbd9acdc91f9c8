import { type PriceList, priceList } from '@aicarpool/shared-protocol/console';
import list from './generated/price-list.json' with { type: 'json' };

/** The price list that this release carries. */
export function readPriceList(): PriceList {
  return priceList.parse(list);
}
