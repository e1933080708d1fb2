import { useStores } from '../../api';

/** The clocks by which times are read: a store's, those of all stores where they agree, else the viewer's own. */
export function useZone(store: string): { id: string | undefined; name: string } {
  const stores = useStores().data?.stores ?? [];
  const zones = new Set(stores.map((each) => each.timezone));
  const id = stores.find((each) => each.id === store)?.timezone ?? (zones.size === 1 ? [...zones][0] : undefined);
  return { id, name: id ?? Intl.DateTimeFormat().resolvedOptions().timeZone };
}
