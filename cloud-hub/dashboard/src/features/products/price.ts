import type { Price } from '../../api';

/** How many digits behind the point a price was entered with, where a currency's own would round it. */
export function digitsOf(price: string): number | undefined {
  const digits = price.split('.')[1]?.length ?? 0;
  return digits > 2 ? digits : undefined;
}

/** Whether a price holds at `now`, will, or did; its end is excluded. */
export function standing({ valid_from, valid_to }: Pick<Price, 'valid_from' | 'valid_to'>, now: number): 'coming' | 'holds' | 'over' {
  if (Date.parse(valid_from) > now) return 'coming';
  return valid_to !== null && Date.parse(valid_to) <= now ? 'over' : 'holds';
}
