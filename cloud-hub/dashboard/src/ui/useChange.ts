import { useEffect, useRef } from 'react';

/**
 * Changes parts of a filter that lives in the address. The address is a render behind what was reported, and may pass
 * through several filters on its way: a part that is changed meanwhile goes onto the last one reported, not onto the one
 * that the address is at, and what it is made of may be asked for. Where the address turns to something else (Back, a cleared filter, a saved view), that counts.
 */
export function useChange<T extends object>(value: T, report: (next: T) => void): (part: Partial<T> | ((latest: T) => Partial<T>)) => void {
  const latest = useRef(value);
  const underWay = useRef<string[]>([]);
  const at = JSON.stringify(value);
  useEffect(() => {
    const reached = underWay.current.indexOf(at);
    underWay.current = reached < 0 ? [] : underWay.current.slice(reached + 1);
    if (underWay.current.length === 0) latest.current = JSON.parse(at) as T;
  }, [at]);
  return (part) => {
    const next = { ...latest.current, ...(typeof part === 'function' ? part(latest.current) : part) };
    if (JSON.stringify(next) === JSON.stringify(latest.current)) return;
    latest.current = next;
    underWay.current.push(JSON.stringify(next));
    report(next);
  };
}
