import { useTranslation } from 'react-i18next';
import { useProducts } from '../../api';
import { useZone } from '../products/useZone';
import { askFor, faultsOf, type Key, type Search } from './search';

/** A filter as it can be asked for: with its clocks, its product found out, and what is wrong with it. */
export function useSearched(search: Search) {
  const { t } = useTranslation('search');
  const zone = useZone(search.store);
  const wanted = search.product.trim();
  const spoken = /[\p{L}\p{N}]/u.test(wanted);
  const found = useProducts({ search: wanted, retired: 'all', limit: 10 }, { skip: !spoken });
  const hits = found.currentData?.products ?? [];
  // By its number it is meant exactly; words must leave no choice.
  const exact = hits.find((each) => each.sku === wanted || each.barcodes.some((code) => code.gtin === wanted));
  const product = exact ?? (hits.length === 1 ? hits[0] : undefined);
  const faults: Partial<Record<Key, string>> = {};
  for (const key of faultsOf(search, zone.id)) faults[key] = t(key === 'to' ? 'fault.turned' : 'fault.amount');
  if (wanted && !product && !found.isFetching) faults.product = t(hits.length > 1 ? 'fault.manyProducts' : 'fault.noProduct');
  return { zone, product: wanted ? product : undefined, faults, skip: Object.keys(faults).length > 0 || (wanted !== '' && !product), asked: askFor(search, zone.id, product?.id) };
}
