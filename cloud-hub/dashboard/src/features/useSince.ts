import { useMemo } from 'react';
import { useNow } from '../ui/useNow';

/**
 * The start of a span that ends now, to a quarter of an hour: a moving start would ask a new question every second. */
export function useSince(hours: number): string {
  const quarter = useNow(900_000);
  return useMemo(() => new Date(quarter - hours * 3_600_000).toISOString(), [hours, quarter]);
}
