import { useStores } from '../../api';

/** What the stores trade in. */
export function useCurrencies(): string[] {
  const { data } = useStores();
  return [...new Set(data?.stores.map((store) => store.currency))].sort();
}
