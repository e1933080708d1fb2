import { useAppSelector } from '../app/store';
import { linkState, type LinkState } from '../api/link';
import { useNow } from './useNow';

/** The stream's state now. Silence is measured with the local clock that also stamped the last byte. */
export function useLink(): LinkState {
  useNow(1_000);
  const facts = useAppSelector((state) => state.connection);
  return linkState(facts, Date.now());
}
